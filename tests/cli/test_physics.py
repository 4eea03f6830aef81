"""`reprise physics`: every take of every file, a sentence for each bad one, and the rest all the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fake_engine import waving

from reprise.evaluation.physics import measure
from reprise_core.contract import Request
from reprise_core.motion import to_npz

FIGURES = {
    "foot_slide", "contact_share", "skate", "lower_foot_slide", "floating", "penetration", "deepest", "jitter",
    "bone_variation",
}  # fmt: skip


@pytest.fixture
def motions(tmp_path):
    """A folder with one motion, two takes in one file below it, and the motions themselves."""
    takes = [waving(Request("a person waves", seconds=seconds)) for seconds in (2.0, 3.0, 4.0)]
    takes[2] = replace(
        takes[2], positions=takes[2].positions + np.linspace(0, 1, len(takes[2].positions))[:, None, None]
    )
    (tmp_path / "below").mkdir()
    (tmp_path / "one.npz").write_bytes(to_npz(takes[:1]))
    (tmp_path / "below" / "two.npz").write_bytes(to_npz(takes[1:]))
    return tmp_path, takes


def test_json_gives_every_take_the_mean_and_the_worst_take_of_each_figure(run, motions):
    folder, takes = motions
    result = run("physics", folder, "--json").json
    rows = {(row["file"], row["take"]): row for row in result["motions"]}
    assert set(rows) == {(str(folder / "one.npz"), 0), *((str(folder / "below" / "two.npz"), take) for take in (0, 1))}
    row = rows[str(folder / "below" / "two.npz"), 1]
    assert {name: row[name] for name in FIGURES} == pytest.approx(measure(takes[2]).to_json(), rel=1e-3, abs=1e-3)
    assert set(result["units"]) == set(result["mean"]) == FIGURES
    assert result["mean"]["skate"] == pytest.approx(np.mean([row["skate"] for row in rows.values()]))
    assert set(result["worst"]) == FIGURES - {"contact_share"}
    for name, worst in result["worst"].items():
        assert worst["value"] == max(row[name] for row in rows.values()) == rows[worst["file"], worst["take"]][name]
    assert result["worst"]["lower_foot_slide"]["take"] == 1
    assert result["refused"] == []


def test_the_table_names_every_take_and_the_mean(run, motions):
    outcome = run("physics", motions[0])
    assert outcome.code == 0
    words = "".join(outcome.out.split())
    for expected in ("one.npz", "below/two.npz#0", "below/two.npz#1", "meanof3", "worst", "skate"):
        assert expected in words
    assert str(motions[0]) not in words  # names stay whole: the folder of all would leave them no room


def test_bad_files_cost_a_sentence_each_and_the_exit_code_and_the_rest_goes_on(run, motions):
    folder, takes = motions
    (folder / "text.npz").write_text("no motion")
    broken = takes[0].positions.copy()
    broken[7, 4] = np.nan
    (folder / "broken.npz").write_bytes(to_npz([replace(takes[0], positions=broken)]))
    outcome = run("physics", folder, "--json")
    assert outcome.code == 2
    assert len(outcome.json["motions"]) == 3
    assert {line.split(": ")[1] for line in outcome.err.splitlines()} == {
        str(folder / name) for name in ("text.npz", "broken.npz")
    }
    assert "left_knee in frame 7" in outcome.err
    assert [entry["file"] for entry in outcome.json["refused"]] == [str(folder / n) for n in ("broken.npz", "text.npz")]


def test_a_motion_of_one_frame_is_measured(run, tmp_path, motions):
    take = motions[1][0]
    one = replace(take, **{name: getattr(take, name)[:1] for name in
                           ("root_translation", "local_rotations", "positions", "foot_contact")})  # fmt: skip
    (tmp_path / "frame.npz").write_bytes(to_npz([one]))
    outcome = run("physics", tmp_path / "frame.npz", "--json")
    assert outcome.code == 0
    assert outcome.json["motions"][0]["frames"] == 1
    assert outcome.json["mean"]["jitter"] == 0.0


@pytest.mark.parametrize(("name", "match"), [("missing", "no file or folder"), ("empty", "no .npz")])
def test_nothing_to_measure_is_an_error_in_one_line(run, tmp_path, name, match):
    (tmp_path / "empty").mkdir()
    outcome = run("physics", tmp_path / name)
    assert outcome.code == 2
    assert match in outcome.complaint
