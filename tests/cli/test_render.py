"""`reprise render`, and what `reprise generate` does to takes before it writes them."""

from __future__ import annotations

import numpy as np
import pytest
from fake_engine import waving

from reprise_core.contract import Request
from reprise_core.motion import from_npz, to_npz
from reprise_core.resample import resample
from reprise_core.root_motion import in_place, to_world


@pytest.fixture
def takes(tmp_path):
    path = tmp_path / "takes.npz"
    path.write_bytes(to_npz([waving(Request("wave", seconds=1, seed=seed)) for seed in range(3)]))
    return path


@pytest.mark.parametrize("options", [[], ["--take", 1]])
def test_a_contact_sheet(run, takes, options):
    out = takes.with_name("new") / "sheet.png"
    outcome = run("render", takes, out, *options)
    assert outcome.code == 0
    assert outcome.out.splitlines() == [str(out)]
    assert out.read_bytes().startswith(b"\x89PNG")


def test_a_film(run, takes):
    out = takes.with_name("film.MP4")
    outcome = run("render", takes, out, "--take", 2, "--fps", 10, "--size", "96x64", "--json")
    assert outcome.json == {"output": str(out), "takes": 1, "seconds": 1.0}
    assert out.read_bytes()[4:8] == b"ftyp"


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["no.npz", "a.png"], "'no.npz' cannot be read"),
        (["text.npz", "a.png"], "'text.npz': This is no motion file"),
        (["folder", "a.png"], "'folder' cannot be read"),
        (["takes.npz", "a.gif"], ".png, .mp4"),
        (["takes.npz", "a"], "'a'"),
        (["takes.npz", "folder.png"], "folder"),
        (["takes.npz", "text.npz/a.png"], "text.npz"),
        (["takes.npz", "a.png", "--take", "3"], "no take 3"),
        (["takes.npz", "a.png", "--take", "-1"], "no take -1"),
        (["takes.npz", "a.png", "--fps", "10"], "--fps"),
        (["takes.npz", "a.mp4", "--fps", "0"], "0 frames a second"),
        (["takes.npz", "a.mp4", "--fps", "nan"], "nan frames a second"),
        (["takes.npz", "a.mp4", "--size", "big"], "'big'"),
        (["takes.npz", "a.mp4", "--size", "101x64"], "101x64"),
        (["takes.npz"], "OUT"),
    ],
)
def test_bad_input_is_one_line_exit_2_and_no_trace(run, takes, tmp_path, monkeypatch, arguments, word):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.npz").write_text("I am no motion")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder.png").mkdir()
    before = sorted(tmp_path.rglob("*"))
    outcome = run("render", *arguments)
    assert outcome.code == 2
    assert word in outcome.complaint
    assert sorted(tmp_path.rglob("*")) == before
    assert takes.exists()


@pytest.mark.usefixtures("engine")
def test_generate_writes_another_rate_in_place_and_on_a_track(run, tmp_path):
    given = resample(waving(Request("wave", seconds=2)), 29.97)
    for option, expected in (("--in-place", in_place(given)), ("--root-track", given)):
        out = tmp_path / "a.npz"
        assert run("generate", "wave", "--seconds", 2, "--fps", 29.97, option, "--out", out).code == 0
        (motion,) = from_npz(out.read_bytes())
        assert motion.fps == 30000 / 1001
        assert (motion.root_track is not None) == (option == "--root-track")
        np.testing.assert_allclose(to_world(motion).positions, expected.positions, atol=1e-5)


@pytest.mark.usefixtures("engine")
def test_generate_writes_a_film(run, tmp_path):
    assert run("generate", "wave", "--seconds", 1, "--out", tmp_path / "a.mp4").code == 0
    assert (tmp_path / "a.mp4").read_bytes()[4:8] == b"ftyp"


@pytest.mark.usefixtures("engine")
def test_generate_writes_a_cycle(run, tmp_path):
    out = tmp_path / "a.npz"
    outcome = run("generate", "wave", "--seconds", 4, "--fps", 30, "--loop", "--out", out, "--json")
    assert outcome.code == 0, outcome.err
    (motion,) = from_npz(out.read_bytes())
    assert motion.cycle is not None
    assert outcome.json["frames"] == motion.frames


@pytest.mark.parametrize(
    ("options", "word"),
    [(["--fps", "0"], "0.0"), (["--fps", "1e9"], "1000"), (["--in-place", "--root-track"], "--root-track")],
)
def test_impossible_finishes_are_refused_before_anything_is_generated(run, engine, tmp_path, options, word):
    outcome = run("generate", "wave", *options, "--out", tmp_path / "a.npz")
    assert outcome.code == 2
    assert word in outcome.complaint
    assert engine.loaded_with is None
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("engine")
def test_a_take_without_a_cycle_is_named_and_nothing_is_written(run, tmp_path, monkeypatch):
    monkeypatch.setattr("reprise_core.looping._LARGEST_MISMATCH", -1.0)
    outcome = run("generate", "wave", "--seconds", 2, "--count", 2, "--loop", "--out", tmp_path / "a.npz")
    assert outcome.code == 2
    assert "Take 0: No part of the motion comes back" in outcome.complaint
    assert not list(tmp_path.iterdir())
