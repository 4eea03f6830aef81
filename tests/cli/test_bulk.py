"""`reprise bulk` as a person runs it."""

import pytest


@pytest.mark.usefixtures("engine")
def test_results_failures_and_going_on(run, tmp_path):
    prompts = tmp_path / "prompts.csv"
    prompts.write_text("name,prompt,seconds\nwalk,walks,2\nbad,a person [mistake],2\n")
    first = run("bulk", prompts, "--out", tmp_path / "out", "--json")
    assert (first.code, first.json["made"], first.json["failed"]) == (1, 1, 1)
    assert first.err.splitlines()[-1].startswith("reprise: bad: ")
    assert (tmp_path / "out" / "walk.npz").is_file()
    prompts.write_text("name,prompt,seconds\nwalk,walks,2\n")
    second = run("bulk", prompts, "--out", tmp_path / "out")
    assert (second.code, second.err) == (0, "")
    assert "0 made, 1 there already, 0 failed" in second.out


@pytest.mark.usefixtures("engine")
def test_an_address_where_nobody_is_costs_one_sentence(run, tmp_path):
    prompts = tmp_path / "prompts.csv"
    prompts.write_text("prompt\nwalks\n")
    gone = run("bulk", prompts, "--out", tmp_path / "out", "--address", "127.0.0.1:1")
    assert gone.code == 2
    assert "127.0.0.1:1" in gone.err.splitlines()[-1]
