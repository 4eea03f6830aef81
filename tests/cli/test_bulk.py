"""`reprise bulk` as a person runs it."""

import shutil
import sqlite3
from contextlib import closing

import pytest

from reprise import assets
from reprise.library import own


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


def test_the_users_own_library_is_used_where_there_is_one_and_makes_another_recipe(run, engine, tmp_path, monkeypatch):
    monkeypatch.setenv("REPRISE_DATA", str(tmp_path / "data"))
    prompts = tmp_path / "prompts.csv"
    prompts.write_text("prompt\nwalks\n")
    assert run("bulk", prompts, "--out", tmp_path / "out", "--json").json["made"] == 1
    assert engine.loaded_with[1]["library"] in (None, assets.LIBRARY)
    own.path().parent.mkdir()
    shutil.copy(assets.LIBRARY, own.path())
    assert run("bulk", prompts, "--out", tmp_path / "out", "--json").json["made"] == 0  # the very same clips
    assert engine.loaded_with[1]["library"] == own.path()
    with closing(sqlite3.connect(own.path())) as library, library:
        library.execute("UPDATE clips SET licence = 'mine' WHERE key = 1")
    assert run("bulk", prompts, "--out", tmp_path / "out", "--json").json["made"] == 1
    named = tmp_path / "named.sqlite"
    shutil.copy(assets.LIBRARY, named)
    run("bulk", prompts, "--out", tmp_path / "out", "--library", named)
    assert engine.loaded_with[1]["library"] == named


@pytest.mark.usefixtures("engine")
def test_an_option_is_refused_only_where_its_engine_makes_no_row(run, tmp_path):
    prompts, weights = tmp_path / "prompts.csv", tmp_path / "w.safetensors"
    weights.write_bytes(b"w")
    bulk = ("bulk", prompts, "--out", tmp_path / "out", "--engine", "remomask")
    prompts.write_text("prompt,engine\nwalks,remodiffuse\n")
    assert run(*bulk, "--precision", "bf16", "--json").json["made"] == 1
    unused = run(*bulk, "--checkpoint", weights)
    assert unused.code == 2
    assert "--checkpoint is for remomask, and none of the prompts" in unused.complaint
    prompts.write_text("prompt\nwalks\n")
    assert run(*bulk, "--checkpoint", weights, "--json").json["made"] == 1
    for choice in (("--precision", "bf16"), ("--mixture", "searched"), ("--compile",)):
        unused = run(*bulk, *choice)
        assert unused.code == 2
        assert f"{choice[0]} is for remodiffuse, and none of the prompts" in unused.complaint
