"""The commands that turn files into files: library, retrieve, data, train."""

from __future__ import annotations

import numpy as np
import pytest
from fake_engine import waving

from reprise_core.contract import Request
from reprise_core.motion import to_npz


@pytest.fixture
def library(run, tmp_path):
    for name, prompt in (("wave", "a person waves with the left hand"), ("walk", "someone walks forward")):
        (tmp_path / f"{name}.npz").write_bytes(to_npz([waving(Request(prompt, seconds=3.0))]))
    path = tmp_path / "made.sqlite"
    outcome = run("library", "create", path, tmp_path / "wave.npz", tmp_path / "walk.npz", "--licence", "CC0-1.0")
    assert outcome.code == 0, outcome.err
    return path


def test_a_library_tells_what_it_holds(run, library):
    about = run("library", "info", library, "--json").json
    assert (about["clips"], about["captions"], about["licences"]) == (2, 2, {"CC0-1.0": 2})
    clips = run("library", "list", library, "--json").json["clips"]
    assert sorted(clip["id"] for clip in clips) == ["walk", "wave"]
    assert "someone walks forward" in run("library", "list", library).out
    assert "2 clips" in run("library", "info", library).out


def test_retrieve_ranks_by_the_score_of_both_similarities(run, library):
    rows = run("retrieve", "a person waves a hand", "--seconds", 3, "--library", library, "-k", 2, "--json").json[
        "references"
    ]
    assert [row["id"] for row in rows] == ["wave", "walk"]
    for row in rows:
        assert row["score"] == pytest.approx(row["semantic"] * np.exp(-0.1 * row["length"]))
    table = run("retrieve", "a person waves a hand", "--library", library).out
    assert "a person waves with the left hand" in " ".join(table.split())


def test_retrieve_wants_a_library_that_is_one(run, tmp_path):
    text = tmp_path / "text.sqlite"
    text.write_text("no library")
    for given in (text, tmp_path / "missing.sqlite", tmp_path):
        for command in (
            ["retrieve", "walk", "--library", given],
            ["library", "info", given],
            ["library", "list", given],
        ):
            outcome = run(*command)
            assert outcome.code == 2
            assert str(given) in outcome.complaint
    assert not (tmp_path / "missing.sqlite").exists()


@pytest.mark.parametrize("prompt", ["", "x" * 501])
def test_retrieve_wants_a_prompt(run, library, prompt):
    outcome = run("retrieve", prompt, "--library", library)
    assert outcome.code == 2
    assert "prompt" in outcome.complaint


def test_data_and_training_refuse_what_is_not_there(run, tmp_path):
    for arguments in (
        ("data", "build", tmp_path / "none.zip", "--out", tmp_path / "out"),
        ("train", "diffusion", "--data", tmp_path / "none", "--out", tmp_path / "out"),
        ("train", "diffusion", "--data", tmp_path / "none", "--out", tmp_path / "out", "nonsense"),
        ("train", "diffusion", "--data", tmp_path / "none", "--out", tmp_path / "out", "--resume"),
    ):
        outcome = run(*arguments)
        assert outcome.code == 2
        assert outcome.complaint
        assert not (tmp_path / "out").exists()
