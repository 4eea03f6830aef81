"""Every command in README and docs is one that its program takes, and is left to a test that runs it.

A command of a program that this file does not know fails. `test_commands_run.py` runs what is not marked otherwise.
"""

from __future__ import annotations

import ast
import re
import shlex
import tomllib
from pathlib import Path

import pytest
from blocks import BLOCKS, MARKER, PAGES, ROOT, SHELL, Block, variables_and_words
from typer.main import get_command

from reprise.cli.main import app

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
OTHERS = (*ROOT.glob("*.md"), *(ROOT / "backend/reprise/assets").glob("*.md"))  # their commands are indented
REPRISE = get_command(app)
LANGUAGES = {"sh", "python", "text", "csv", "json"}
_BLENDER = {"-b", "-P", "-r", "-e", "--command"}
_SYSTEM = {"ssh", "du"}  # programs that are not ours to check


def parse_reprise(arguments: list[str]) -> None:
    """As the command line would, up to calling the command; raises what typer raises."""
    command, context, called = REPRISE, None, "reprise"
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
    variables, words = variables_and_words(words)
    for variable in variables:
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
    assert [str(block) for block in BLOCKS if block.language not in LANGUAGES] == []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        assert text.count("<!-- test:") == len(MARKER.findall(text)), f"{page.name}: a marker without a reason"
        outside = re.sub(r"^\s*```.*?^\s*```$", "", text, flags=re.DOTALL | re.MULTILINE)
        assert not re.search(r"^ {4,}(reprise|python3?|blender|pip|\.venv)\b", outside, re.MULTILINE), page.name


@pytest.mark.parametrize("block", SHELL, ids=str)
def test_every_command_is_one_that_its_program_takes(block: Block) -> None:
    for words in block.commands:
        check(words)


@pytest.mark.parametrize("block", [block for block in SHELL if block.how == "elsewhere"], ids=str)
def test_a_block_that_is_run_elsewhere_names_a_test_that_reads_it(block: Block) -> None:
    path, _, name = block.why.partition("::")
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, block.why
    assert "blocks" in {node.module for node in tree.body if isinstance(node, ast.ImportFrom)}, block.why
    assert block.page in {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}, block.why


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
            command = REPRISE
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
                    assert given <= operators[ast.unparse(call.func).removeprefix("bpy.ops.")], str(block)
