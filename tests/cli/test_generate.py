"""`reprise generate`: which files it leaves, what it prints, and that bad input costs one line and leaves nothing."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from fake_engine import waving

from reprise_core.contract import SOLVER_STEPS, Request, Segment
from reprise_core.motion import from_npz


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.mark.usefixtures("engine")
def test_one_take_is_written_where_it_was_asked_for(run, tmp_path):
    out = tmp_path / "new" / "folder" / "wave.npz"
    outcome = run("generate", "a person waves", "--seconds", 2, "--seed", 5, "--steps", 3, "--out", out)
    assert outcome.code == 0
    assert outcome.out.splitlines() == [str(out)]
    (motion,) = from_npz(out.read_bytes())
    expected = waving(Request("a person waves", seconds=2, seed=5))
    np.testing.assert_array_equal(motion.positions, expected.positions)
    assert files(tmp_path) == ["new", "new/folder", "new/folder/wave.npz"]


@pytest.mark.usefixtures("engine")
def test_several_takes_are_numbered_and_each_is_its_own_seed(run, tmp_path):
    outcome = run("generate", "wave", "--count", 3, "--seed", 7, "--steps", 1, "--out", tmp_path / "w.npz")
    assert outcome.code == 0
    assert files(tmp_path) == ["w_0.npz", "w_1.npz", "w_2.npz"]
    seeds = [from_npz((tmp_path / f"w_{take}.npz").read_bytes())[0].meta["seed"] for take in range(3)]
    assert seeds == [7, 8, 9]


@pytest.mark.usefixtures("engine")
def test_every_extension_gives_its_format(run, tmp_path):
    paths = [tmp_path / f"wave.{extension}" for extension in ("npz", "bvh", "PNG")]
    outs = [argument for path in paths for argument in ("--out", path)]
    assert run("generate", "wave", "--seconds", 1, "--steps", 1, *outs).code == 0
    starts = [path.read_bytes()[:9] for path in paths]
    assert starts[0].startswith(b"PK")
    assert starts[1] == b"HIERARCHY"
    assert starts[2].startswith(b"\x89PNG")


@pytest.mark.usefixtures("engine")
def test_json_is_the_contract_and_all_of_stdout(run, tmp_path):
    out = tmp_path / "wave.npz"
    outcome = run("generate", "wave", "--seconds", 2.5, "--seed", 3, "-k", 3, "--steps", 1, "--out", out, "--json")
    assert outcome.code == 0
    report = outcome.json
    assert set(report) == {"outputs", "seed", "seconds", "frames", "engine", "references", "timings"}
    assert report["outputs"] == [str(out)]
    assert (report["seed"], report["seconds"], report["frames"], report["engine"]) == (3, 2.5, 50, "remodiffuse")
    assert len(report["references"]) == 3
    assert set(report["references"][0]) == {"id", "caption", "semantic", "length", "score", "seconds"}
    assert all(isinstance(value, float) for value in report["timings"].values())


def test_what_was_asked_for_reaches_the_engine(run, engine, tmp_path):
    files = {"library": "l.sqlite", "checkpoint": "c.safetensors", "retriever": "r.safetensors"}
    others = {"device": "cpu", "precision": "bf16", "mixture": "searched"}
    options = (word for name, value in (files | others).items() for word in (f"--{name}", value))
    run("generate", "wave", "--steps", 1, *options, "--out", tmp_path / "a.npz")
    wanted = {name: Path(file) for name, file in files.items()} | others
    assert engine.loaded_with == ("remodiffuse", wanted)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["", "--out", "a.npz"], "empty"),
        (["   ", "--out", "a.npz"], "empty"),
        (["x" * 501, "--out", "a.npz"], "501"),
        (["walk", "--seconds", "0", "--out", "a.npz"], "seconds is 0.0"),
        (["walk", "--seconds", "1000", "--out", "a.npz"], "1000"),
        (["walk", "--seconds", "nan", "--out", "a.npz"], "nan"),
        (["walk", "--seconds", "six", "--out", "a.npz"], "--seconds"),
        (["walk", "--seed", "-1", "--out", "a.npz"], "seed is -1"),
        (["walk", "--count", "0", "--out", "a.npz"], "count is 0"),
        (["walk", "-k", "9", "--out", "a.npz"], "k is 9"),
        (["walk", "--engine", "telepathy", "--out", "a.npz"], "telepathy"),
        (["walk", "--out", "a.fbx"], ".npz, .bvh, .png"),
        (["walk", "--out", "a"], "'a'"),
        (["walk", "--out", "."], "."),
        (["walk", "--out", "a.npz", "--out", "./a.npz"], "same name"),
        (["walk"], "--out"),
        (["--out", "a.npz"], "prompt"),
        (["walk", "--sceonds", "3", "--out", "a.npz"], "--sceonds"),
        (["walk", "--out", "file/a.npz"], "file"),
        (["walk", "--out", "folder.npz"], "folder"),
    ],
)
def test_bad_input_is_one_line_exit_2_and_no_trace(run, engine, tmp_path, monkeypatch, arguments, word):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("I am no folder")
    (tmp_path / "folder.npz").mkdir()
    outcome = run("generate", *arguments)
    assert outcome.code == 2
    assert word in outcome.complaint
    assert engine.loaded_with is None, "nothing may be loaded before the input is known to be good"
    assert files(tmp_path) == ["file", "folder.npz"]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_rights_is_found_before_anything_is_generated(run, engine, tmp_path):
    tmp_path.chmod(0o500)
    outcome = run("generate", "walk", "--out", tmp_path / "sub" / "a.npz")
    assert outcome.code == 2
    assert str(tmp_path) in outcome.complaint
    assert engine.loaded_with is None


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("prompt", ["[mistake]", "[memory]", "[fail]"])
def test_a_failing_engine_leaves_the_old_file_as_it_was(run, tmp_path, prompt):
    out = tmp_path / "a.npz"
    out.write_bytes(b"what was there before")
    outcome = run("generate", prompt, "--out", out)
    assert outcome.code == (2 if prompt == "[mistake]" else 1)
    assert "Traceback" not in outcome.complaint
    assert out.read_bytes() == b"what was there before"
    assert files(tmp_path) == ["a.npz"]


@pytest.mark.usefixtures("engine")
def test_what_nobody_foresaw_names_the_file_with_the_traceback(run, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    outcome = run("generate", "[fail]", "--out", tmp_path / "a.npz")
    assert outcome.code == 1
    log = Path(outcome.complaint.split()[-1])
    assert log.parent == tmp_path
    assert "Traceback" in log.read_text()
    assert "secret detail of the inside" in log.read_text()


def test_an_interrupt_is_130_and_leaves_nothing(run, engine, tmp_path, monkeypatch):
    def interrupted(*_args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(engine, "generate", interrupted)
    outcome = run("generate", "walk", "--out", tmp_path / "sub" / "a.npz")
    assert outcome.code == 130
    assert outcome.complaint == "reprise: Interrupted."
    assert files(tmp_path) == []


@pytest.mark.parametrize("option", ["--checkpoint", "--library"])
@pytest.mark.parametrize("content", [None, "I am neither weights nor a library.\n" * 100])
def test_a_missing_or_wrong_checkpoint_or_library_is_one_line(run, tmp_path, option, content):
    """The real loader, not the scripted engine."""
    given = tmp_path / "given"
    if content is not None:
        given.write_text(content)
    outcome = run("generate", "walk", option, given, "--device", "cpu", "--out", tmp_path / "a.npz")
    assert outcome.code == 2
    assert str(given) in outcome.complaint
    assert files(tmp_path) == (["given"] if content else [])


def test_what_follows_is_part_of_the_same_request(run, engine, tmp_path, monkeypatch):
    asked = []
    made = engine.generate
    monkeypatch.setattr(engine, "generate", lambda request, *rest: asked.append(request) or made(request, *rest))
    then = ("--then", "sits down: slowly:2", "--then", " stands up : 1.5 ")
    outcome = run("generate", "walks", "--seconds", 3, *then, "--solver", "dpm++", "--out", tmp_path / "a.npz")
    assert outcome.code == 0
    assert asked[0].segments == (Segment("walks", 3.0), Segment("sits down: slowly", 2.0), Segment("stands up", 1.5))
    assert (asked[0].solver, asked[0].steps) == ("dpm++", SOLVER_STEPS["dpm++"])
    (motion,) = from_npz((tmp_path / "a.npz").read_bytes())
    assert motion.frames == 130


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--then", "sits down"), "'sits down' does not end with its seconds"),
        (("--then", "sits down:soon"), "'sits down:soon' does not end with its seconds"),
        (("--then", "sits down:99"), "then[0]: seconds is 99"),
        (("--then", "sits:2", "--then", ":2"), "then[1]: The prompt is empty"),
        (("--then", "sits:9") * 7, "lasts 69 seconds"),
        (("--solver", "euler"), "no solver 'euler'"),
    ],
)
def test_a_wrong_sequence_or_solver_is_one_line(run, engine, tmp_path, options, named):
    outcome = run("generate", "walks", *options, "--out", tmp_path / "a.npz")
    assert outcome.code == 2
    assert named in outcome.complaint
    assert engine.loaded_with is None
    assert files(tmp_path) == []
