"""`reprise bench`: what it reports; the figures themselves are the machine's."""

from __future__ import annotations

import pytest

from reprise.evaluation.speed import OURS, PLAIN, PUBLISHED


@pytest.mark.usefixtures("engine")
def test_samplers_and_requests_are_reported_side_by_side(run):
    outcome = run("bench", "--size", "tiny", "--repeats", 1, "--threads", 1, "--seconds", 1, "--json")
    assert outcome.code == 0
    report = outcome.json
    assert {row["sampler"] for row in report["samplers"]} > {PLAIN, PUBLISHED, OURS}
    for row in report["samplers"]:
        published = next(
            other["seconds"] for other in report["samplers"] if (other["sampler"], other["k"]) == (PUBLISHED, row["k"])
        )
        assert row["times_faster"] == pytest.approx(published / row["seconds"], rel=0.05)
        assert (row["frames"], row["threads"]) == (196, 1)
        assert 50 <= row["branches"] <= 200
        if row["sampler"] in (PLAIN, OURS):
            assert row["error"] < 1e-4
    assert {(row["solver"], row["count"]) for row in report["requests"]} == {
        ("ddim", 1), ("ddim", 4), ("dpm++", 1), ("dpm++", 4),
    }  # fmt: skip
    for row in report["requests"]:
        assert row["per_take"] == pytest.approx(row["total"] / row["count"], abs=1e-4)
        assert row["steps"] == {"ddim": 50, "dpm++": 15}[row["solver"]]
    assert report["machine"]["torch"]


@pytest.mark.usefixtures("engine")
def test_a_part_of_it_is_measured_alone(run):
    outcome = run("bench", "--what", "requests", "--repeats", 1, "--threads", 1, "--seconds", 1)
    assert outcome.code == 0
    assert "dpm++" in outcome.out
    assert "published" not in outcome.out


@pytest.mark.usefixtures("engine")
def test_the_masked_engine_is_timed_with_its_own_iterations(run):
    outcome = run(
        "bench", "--what", "requests", "--engine", "remomask", "--repeats", 1, "--threads", 1, "--seconds", 1, "--json"
    )
    rows = [(row["engine"], row["solver"], row["steps"], row["count"]) for row in outcome.json["requests"]]
    assert rows == [("remomask", None, 10, 1), ("remomask", None, 10, 4)]
