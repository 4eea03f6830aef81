"""Every command in README and docs: run where it can be, else held against the program's own options.

A fenced `sh` block is run, line by line, in a folder with made motion and the scripted engine. A block with
`<!-- test: parse: why -->` above it is only parsed. A command of a program that this file does not know fails.
"""

from __future__ import annotations

import ast
import re
import shlex
import tomllib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import made_packs
import numpy as np
import pytest
from fake_engine import FakeEngine, waving
from typer.main import get_command

from reprise.cli.main import app, main
from reprise_core.bvh import to_bvh
from reprise_core.contract import Request
from reprise_core.motion import to_npz

ROOT = Path(__file__).resolve().parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
OTHERS = (*ROOT.glob("*.md"), *(ROOT / "backend/reprise/assets").glob("*.md"))  # their commands are indented
LANGUAGES = {"sh", "python", "text", "csv", "json"}
_MARKER = re.compile(r"<!-- test: (run|parse): (.+) -->")
_FENCE = re.compile(r"^\s*```(\S*)$")
_BLENDER = {"-b", "-P", "-r", "-e", "--command"}
_SYSTEM = {"ssh", "du"}  # programs that are not ours to check


@dataclass(frozen=True)
class Block:
    """A fenced block: `how` is run or parse."""

    page: str
    line: int
    language: str
    how: str
    text: str

    @property
    def commands(self) -> list[list[str]]:
        """Its commands as words, without comments."""
        lines = [shlex.split(line, comments=True) for line in self.text.replace("\\\n", " ").splitlines()]
        return [words for words in lines if words]


def blocks(page: Path) -> Iterator[Block]:
    lines = page.read_text(encoding="utf-8").splitlines()
    above, begin, language, how = "", -1, "", "run"
    for number, line in enumerate(lines):
        fence = _FENCE.match(line)
        if fence and begin < 0:
            marker = _MARKER.search(above)
            begin, language, how = number, fence[1], marker[1] if marker else "run"
        elif fence:
            inside = lines[begin + 1 : number]
            indent = min((len(each) - len(each.lstrip()) for each in inside if each.strip()), default=0)
            yield Block(page.name, begin + 1, language, how, "\n".join(each[indent:] for each in inside))
            begin = -1
        if line.strip():
            above = line
    assert begin < 0, f"{page.name}: the block of line {begin + 1} does not end"


BLOCKS = [block for page in PAGES for block in blocks(page)]
SHELL = [block for block in BLOCKS if block.language == "sh"]


def name(block: Block) -> str:
    return f"{block.page}:{block.line}"


def parse_reprise(arguments: list[str]) -> None:
    """As the command line would, up to calling the command; raises what typer raises."""
    command, context, called = get_command(app), None, "reprise"
    while hasattr(command, "commands"):
        context = command.make_context(called, list(arguments), parent=context)
        rest = [*context._protected_args, *context.args]
        if not rest:
            return
        called, command, arguments = command.resolve_command(context, rest)
    command.make_context(called, list(arguments), parent=context)


def check_script(path: Path, arguments: list[str]) -> None:
    """The script is there and declares the options."""
    assert path.is_file(), path
    known = {node.value for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if _is_text(node)}
    for word in arguments:
        assert not word.startswith("--") or word in known, f"{path.name} has no option {word}"
    if path == ROOT / "scripts/run.py":
        runner = (ROOT / "scripts/runner/main.py").read_text(encoding="utf-8")
        assert f'add_parser("{arguments[0]}"' in runner, arguments


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def check(words: list[str]) -> None:
    """Raises where a command is not what its program takes, or where the program is not known here."""
    while re.fullmatch(r"[A-Z_]+=\S*", words[0]):
        variable, words = words[0].partition("=")[0], words[1:]
        sources = (path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py"))
        assert not variable.startswith("REPRISE_") or any(variable in source for source in sources), variable
    program, arguments = words[0], words[1:]
    version = PROJECT["project"]["version"]
    if program == "reprise":
        parse_reprise(arguments)
    elif program.rpartition("/")[2] in ("python", "python3") and arguments[0] == "-m":
        check_script(ROOT / "backend" / f"{arguments[1].replace('.', '/')}.py", arguments[2:])
    elif program.rpartition("/")[2] in ("python", "python3"):
        check_script(ROOT / arguments[0], arguments[1:])
    elif program == "blender":
        own = arguments[: arguments.index("--")] if "--" in arguments else arguments
        assert {word for word in own if word.startswith("-")} <= _BLENDER, own
        assert all(f"-{version}.zip" in word for word in own if word.endswith(".zip")), own
        if "-P" in own:
            check_script(ROOT / own[own.index("-P") + 1], arguments[len(own) + 1 :])
    elif program == "torchrun":
        check(arguments[arguments.index("-m") + 1 :])
    elif program == "pytest":
        assert (ROOT / arguments[0].partition("::")[0]).exists(), arguments
    elif program == "pip":
        assert arguments == ["install", f"dist/reprise-{version}-py3-none-any.whl"]
    elif program == "zensical":
        assert any(each.startswith("zensical==") for each in PROJECT["dependency-groups"]["docs"])
    else:
        assert program in _SYSTEM, f"a command that nobody knows how to test: {shlex.join(words)}"


def test_blocks_are_what_this_file_can_hold_to_their_word() -> None:
    assert len(SHELL) > 20
    assert [name(block) for block in BLOCKS if block.language not in LANGUAGES] == []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        assert text.count("<!-- test:") == len(_MARKER.findall(text)), f"{page.name}: a marker without a reason"
        outside = re.sub(r"^\s*```.*?^\s*```$", "", text, flags=re.DOTALL | re.MULTILINE)
        assert not re.search(r"^ {4,}(reprise|python3?|blender|pip|\.venv)\b", outside, re.MULTILINE), page.name


@pytest.mark.parametrize("block", SHELL, ids=name)
def test_every_command_is_one_that_its_program_takes(block: Block) -> None:
    for words in block.commands:
        check(words)


def test_commands_of_contributing_and_of_the_cards_are_taken() -> None:
    lines = [line for page in OTHERS for line in page.read_text(encoding="utf-8").splitlines()]
    commands = [shlex.split(line, comments=True) for line in lines if re.match(r" {4}[A-Za-z_0-9./=]+ \S", line)]
    assert commands
    for words in commands:
        check(words)


def test_what_prose_names_exists() -> None:
    for page in (*PAGES, *OTHERS):
        for code in re.findall(r"`(reprise [^`]*)`", page.read_text(encoding="utf-8")):
            words = [word for word in code.split()[1:] if word != "..."]
            command = get_command(app)
            while hasattr(command, "commands") and words and not words[0].startswith("-"):
                assert words[0] in command.commands, f"{page.name}: {code}"
                command = command.commands[words.pop(0)]
            options = {option for parameter in command.params for option in parameter.opts} | {"--help"}
            assert {word for word in words if word.startswith("-")} <= options, f"{page.name}: {code}"
        for extra in re.findall(r"reprise\[(\w+)\]", page.read_text(encoding="utf-8")):
            assert extra in PROJECT["project"]["optional-dependencies"], f"{page.name}: {extra}"


def test_operators_that_are_named_exist_with_what_they_are_given() -> None:
    classes, operators = {}, {}
    for path in (ROOT / "addon/ops").glob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                own = {each.target.id for each in node.body if isinstance(each, ast.AnnAssign)}
                inherited = [classes.get(base.id, set()) for base in node.bases if isinstance(base, ast.Name)]
                classes[node.name] = own.union(*inherited)
                for each in node.body:
                    if isinstance(each, ast.Assign) and each.targets[0].id == "bl_idname":
                        operators[each.value.value] = classes[node.name]
    text = (ROOT / "docs/batch.md").read_text(encoding="utf-8")
    assert set(re.findall(r"`(reprise\.\w+)`", text)) <= set(operators)
    (row,) = re.findall(r"\| `reprise\.generate` \| `([^`]+)`", text)
    assert set(row.split(", ")) == operators["reprise.generate"]
    for block in BLOCKS:
        if block.language == "python":
            for call in ast.walk(ast.parse(block.text)):
                if isinstance(call, ast.Call) and ast.unparse(call.func).startswith("bpy.ops."):
                    given = {keyword.arg for keyword in call.keywords}
                    assert given <= operators[ast.unparse(call.func).removeprefix("bpy.ops.")], name(block)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoder: object) -> Path:
    """What a reader of the pages has: motion in several files, a list of prompts; and the scripted engine."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REPRISE_DATA", str(tmp_path / "own"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("reprise.text.load", lambda name="": encoder)
    monkeypatch.setattr("reprise.pipelines.load", lambda name="remodiffuse", **options: FakeEngine(step_seconds=0.0))
    (tmp_path / "mocap").mkdir()
    rows = [("limp", "someone limps forward"), ("walk", "a person walks"), ("run", "a person runs forward")]
    for number, (file, caption) in enumerate(rows * 2):
        motion = waving(Request(caption, seconds=3.0, seed=number))
        (tmp_path / "mocap" / f"{file}{number}.bvh").write_text(to_bvh(motion))
        (tmp_path / "mocap" / f"{file}{number}.txt").write_text(caption)
    with zipfile.ZipFile(tmp_path / "more.zip", "w") as archive:
        archive.writestr("slide.bvh", made_packs.bvh(3.0))
    motion = waving(Request("a person walks forward", seconds=4.0, seed=9))
    (tmp_path / "walk.bvh").write_text(to_bvh(motion))
    (tmp_path / "jump.npz").write_bytes(to_npz([motion]))
    np.save(tmp_path / "joints.npy", motion.positions)
    (listed,) = (block for block in BLOCKS if block.language == "csv")
    (tmp_path / "prompts.csv").write_text(listed.text + "\n")
    return tmp_path


@pytest.mark.parametrize("page", sorted({block.page for block in SHELL if block.how == "run"}))
def test_the_commands_of_a_page_run_one_after_the_other(
    page: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for block in SHELL:
        if (block.page, block.how) != (page, "run"):
            continue
        for words in block.commands:
            assert words[0] == "reprise", f"{name(block)}: {words[0]} cannot be run here; say why, and `parse`"
            code = main([str(folder / word[2:]) if word.startswith("~/") else word for word in words[1:]])
            assert code == 0, f"{name(block)}: {shlex.join(words)}: {capsys.readouterr().err}"


@pytest.mark.usefixtures("folder")
def test_python_of_the_pages_runs_where_it_needs_no_blender() -> None:
    own = [block for block in BLOCKS if block.language == "python" and "bpy" not in block.text]
    assert own
    for block in own:
        Path("jump.npz").unlink()
        exec(compile(block.text, name(block), "exec"), {})
        assert Path("jump.npz").is_file()
