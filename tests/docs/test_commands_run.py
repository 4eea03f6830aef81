"""The commands of README and docs do what they promise: as they stand with the scripted engine, or made small."""

from __future__ import annotations

import runpy
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
import torch
from blocks import BLOCKS, ROOT, SHELL, variables_and_words
from fake_engine import FakeEngine
from small_commands import ASSETS, COMMANDS, Small, small, values

from reprise import assets, pipelines
from reprise.cli.main import main

OWN = [block for block in SHELL if block.how in ("run", "small")]
_GIVEN = {  # what a page takes for granted: a name in its folder -> a name in the made one
    "results.md": {"data/pack": "pack", "DATA": "pack", "train.sqlite": "train.sqlite", "runs": "runs"},
    "engines.md": {"data/mine": "pack"},
}
_REAL_LOAD = pipelines.load


def scripted(name: str = "remodiffuse", checkpoint: Path | None = None, **options: object) -> object:
    """The scripted engine in the place of the weights that ship; weights that a command names are really used."""
    return _REAL_LOAD(name, checkpoint=checkpoint, **options) if checkpoint else FakeEngine(step_seconds=0.0)


@pytest.fixture
def run(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[Sequence[str]], str]:
    """Runs a command of ours in this process, in the page's folder; returns what it printed."""

    def run_one(command: Sequence[str]) -> str:
        with monkeypatch.context() as patch:
            command = [str(folder / word[2:]) if word.startswith("~/") else word for word in command]
            variables, command = variables_and_words(command)
            for variable, value in variables.items():
                patch.setenv(variable, value)
            words = [name for word in command for name in (_found(word) if "*" in word else [word])]
            before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
            capsys.readouterr()
            assert words[0] in ("reprise", "python"), f"{words[0]} cannot be run here: leave it to a test `elsewhere`"
            code = main(words[1:]) if words[0] == "reprise" else _python(words[1:], patch)
            printed = capsys.readouterr()
        assert code == 0, f"{shlex.join(words)}: {printed.err}"
        for out in values(words, "--out", "--tables", "--markdown"):
            stem = str((folder / out).with_suffix(""))  # several takes are several files
            new = [path for path in folder.rglob("*") if before.get(path) != path.stat().st_mtime_ns]
            assert any(str(path).startswith(stem) for path in new), f"{shlex.join(words)}: no {out}"
        return printed.out

    return run_one


def _found(pattern: str) -> list[str]:
    """As a shell does it."""
    return sorted(map(str, Path().glob(pattern)))


def _python(words: Sequence[str], patch: pytest.MonkeyPatch) -> object:
    """The exit code of `python` with these words, 0 where all is well."""
    patch.setattr(sys, "argv", list(words[1:] if words[0] == "-m" else words))
    try:
        if words[0] == "-m":
            runpy.run_module(words[1], run_name="__main__", alter_sys=True)
        else:
            runpy.run_path(str(ROOT / words[0]), run_name="__main__")
    except SystemExit as end:
        return end.code or 0
    return 0


@pytest.fixture
def threads() -> Iterator[None]:
    """Commands choose how many threads torch takes; the next test must not be left with that."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("threads")
@pytest.mark.filterwarnings("ignore:.*found in sys.modules:RuntimeWarning")  # runpy's, of what is imported already
@pytest.mark.parametrize("page", sorted({block.page for block in OWN}))
def test_the_commands_of_a_page_run_one_after_the_other(
    page: str, folder: Path, run: Callable, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    own = [block for block in OWN if block.page == page]
    if any(block.how == "small" for block in own):
        _give(page, folder, request.getfixturevalue("made"))
    for block, command in ((each, command) for each in own for command in each.commands):
        with monkeypatch.context() as patch:
            if block.how == "run":
                patch.setattr(pipelines, "load", scripted)
                run(command)
            else:
                how = small(command)
                _make_small(how, folder, patch)
                printed = run(how.words(command))
                for expected in (*how.says, *values(command, "--system")):
                    assert expected in printed, f"{block}: {shlex.join(command)}: {printed}"
                for out in values(command, "--out"):
                    assert [name for name in how.inside if not (folder / out / name).is_file()] == [], block
                how.holds(command)


def _give(page: str, folder: Path, made: Path) -> None:
    """Puts what is made once where the page's commands look for it."""
    shutil.copytree(made / "shared", folder.parent / "shared")
    shutil.copytree(made / ASSETS, folder / ASSETS)
    for name, source in _GIVEN.get(page, {}).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (shutil.copytree if (made / source).is_dir() else shutil.copy)(made / source, folder / name)


def _make_small(how: Small, folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Tiny weights in the place of those that ship, and sizes that no option changes."""
    names = {name: folder / ASSETS / f"{name}-small.safetensors" for name in ("contrastive", *assets.CHECKPOINTS)}
    patch.setattr(assets, "CHECKPOINT", names["remodiffuse"])
    patch.setattr(assets, "CHECKPOINTS", {name: names[name] for name in assets.CHECKPOINTS})
    patch.setattr(assets, "CONTRASTIVE", names["contrastive"])
    patch.setattr(assets, "RETRIEVER", folder / ASSETS / "retriever-small.safetensors")
    for name, value in how.constants.items():
        patch.setattr(name, value)


def test_every_way_to_make_a_command_small_is_used() -> None:
    used = [small(command) for block in OWN if block.how == "small" for command in block.commands]
    assert [how.needs for how in COMMANDS if how not in used] == []


@pytest.mark.usefixtures("folder")
def test_python_of_the_pages_runs_where_it_needs_no_blender(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipelines, "load", scripted)
    own = [block for block in BLOCKS if block.language == "python" and "bpy" not in block.text]
    assert own
    for block in own:
        Path("jump.npz").unlink()
        exec(compile(block.text, str(block), "exec"), {})
        assert Path("jump.npz").is_file()
