"""The commands of README and docs do what they promise, in a folder with made motion and the scripted engine."""

from __future__ import annotations

import shlex
import zipfile
from pathlib import Path

import made_packs
import numpy as np
import pytest
from blocks import BLOCKS, SHELL
from fake_engine import FakeEngine, waving

from reprise.cli.main import main
from reprise_core.bvh import to_bvh
from reprise_core.contract import Request
from reprise_core.motion import to_npz


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
            assert words[0] == "reprise", f"{block}: {words[0]} cannot be run here; say why, and `parse`"
            code = main([str(folder / word[2:]) if word.startswith("~/") else word for word in words[1:]])
            assert code == 0, f"{block}: {shlex.join(words)}: {capsys.readouterr().err}"


@pytest.mark.usefixtures("folder")
def test_python_of_the_pages_runs_where_it_needs_no_blender() -> None:
    own = [block for block in BLOCKS if block.language == "python" and "bpy" not in block.text]
    assert own
    for block in own:
        Path("jump.npz").unlink()
        exec(compile(block.text, str(block), "exec"), {})
        assert Path("jump.npz").is_file()
