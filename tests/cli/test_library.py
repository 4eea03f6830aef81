"""`reprise library`: what is printed, what is left out and said, and the exit codes."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fake_engine import waving

from reprise import text
from reprise.features import humanml3d
from reprise.library import writing
from reprise.library.rows import LibraryClip
from reprise.library.store import Library
from reprise_core.bvh import to_bvh
from reprise_core.contract import Request
from reprise_core.errors import RepriseError
from reprise_core.motion import to_npz

MINILM = text.DEFAULT


@pytest.fixture(autouse=True)
def encoders(monkeypatch, encoder):
    """Words stand in for MiniLM, which takes a second to load; `other` is a second encoder, CLIP is not installed."""

    class Other(type(encoder)):
        name = "other"

    def load(name=MINILM):
        if name not in (MINILM, "other"):
            raise RepriseError("no_weights", f"The text encoder {name} is not on this machine.", "Fetch it.")
        return encoder if name == MINILM else Other()

    monkeypatch.setattr("reprise.text.load", load)


def npz(prompt, seed=0):
    return to_npz([waving(Request(prompt, seconds=3.0, seed=seed))])


@pytest.fixture
def folder(tmp_path):
    """Motion of several kinds and what is none, in a folder whose name needs care."""
    folder = tmp_path / "mes mouvements & 動き"
    folder.mkdir()
    (folder / "wave.npz").write_bytes(npz("a person waves with the left hand"))
    (folder / "Walk_Forward-01.bvh").write_text(to_bvh(waving(Request("walk", seconds=3.0, seed=2))))
    (folder / "歩く.npz").write_bytes(npz("someone walks forward", 1))
    return folder


def clip(name, caption, seed=0):
    joints = humanml3d.normalize(waving(Request("wave", seconds=3.0, seed=seed)).positions).astype(np.float32)
    return LibraryClip(name, name, joints, (caption,), "made", "MIT", tags=("a", "b"))


@pytest.fixture
def library(tmp_path, encoder):
    """Two clips, one with an id that looks like an option."""
    path = tmp_path / "ma bibliothèque.sqlite"
    writing.create(
        path, [clip("wave", "a person waves with the left hand", 4), clip("-x", "someone walks forward", 2)], encoder
    )
    return path


def ids(run, library):
    return [clip["id"] for clip in run("library", "list", library, "--json").json["clips"]]


def test_an_empty_library_says_so_everywhere(run, tmp_path):
    path = tmp_path / "new.sqlite"
    assert run("library", "create", path).code == 0
    assert run("library", "info", path, "--json").json["clips"] == 0
    assert run("library", "list", path).err == "No clips.\n"
    assert run("library", "list", path, "--json").json == {"clips": []}
    for options in ([], ["--words"], ["--meaning"]):
        found = run("library", "search", path, "walk", *options)
        assert (found.code, found.out) == (0, "")
        assert "Nothing" in found.err
    assert "whole" in run("library", "verify", path).out
    assert run("library", "export", path, "--out", tmp_path / "out", "--json").json["clips"] == 0
    assert run("library", "encode", path).code == 0
    assert run("library", "create", path).code == 2
    assert "exists already" in run("library", "create", path).complaint


def test_adding_a_folder_and_again(run, tmp_path, folder):
    path = tmp_path / "my library.sqlite"
    run("library", "create", path)
    first = run("library", "add", path, folder, "--licence", "MIT")
    assert first.code == 0, first.err
    assert first.out == "added 3, already there 0, left out 0\n"
    assert "had no caption" in first.err  # the BVH's name serves
    again = run("library", "add", path, folder, "--json")
    assert (again.json["added"], again.json["present"], again.json["left_out"]) == (0, 3, [])
    clips = run("library", "list", path, "--json").json["clips"]
    assert {clip["licence"] for clip in clips} == {"MIT"}
    assert any("walk forward" in caption.lower() for clip in clips for caption in clip["captions"])
    assert sorted(path.parent.glob(path.name + "*")) == [path]


def test_what_cannot_be_added_is_one_sentence_each_and_the_rest_goes_on(run, tmp_path, folder):
    path = tmp_path / "l.sqlite"
    run("library", "create", path)
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("wave again.npz", npz("a person waves", 5))
    corrupt = tmp_path / "corrupt.zip"
    corrupt.write_bytes(whole.getvalue()[: len(whole.getvalue()) // 2])
    one_frame = tmp_path / "one frame.npz"
    motion = waving(Request("stand", seconds=3.0))
    cut = {
        name: getattr(motion, name)[:1] for name in ("root_translation", "local_rotations", "positions", "foot_contact")
    }
    one_frame.write_bytes(to_npz([replace(motion, **cut)]))
    other = tmp_path / "elsewhere"
    other.mkdir()
    (other / "wave.npz").write_bytes(npz("a person waves otherwise", 9))
    words = tmp_path / "words.bvh"
    words.write_text("I am no motion.")
    missing = tmp_path / "missing.bvh"
    sources = [folder, corrupt, one_frame, other / "wave.npz", words, missing, path]
    outcome = run("library", "add", path, *sources, "--caption", "a person moves")
    assert outcome.code == 2
    assert outcome.out == "added 3, already there 0, left out 6\n"
    lines = [line for line in outcome.err.splitlines() if line.startswith("left out: ")]
    assert len(lines) == 6
    for name in ("corrupt.zip", "one frame", "wave", "words.bvh", "missing.bvh", "l.sqlite"):
        assert sum(name in line for line in lines) == 1
    assert run("library", "verify", path).code == 0
    assert {
        caption for clip in run("library", "list", path, "--json").json["clips"] for caption in clip["captions"]
    } == {"a person moves"}
    again = run("library", "add", path, *sources, "--json")
    assert again.code == 2
    assert (again.json["present"], len(again.json["left_out"])) == (3, 6)


def test_adding_to_what_is_no_library(run, tmp_path, folder):
    text_file = tmp_path / "text.sqlite"
    text_file.write_text("no library")
    for path in (text_file, tmp_path, tmp_path / "missing.sqlite"):
        outcome = run("library", "add", path, folder)
        assert outcome.code == 2
        assert str(path) in outcome.err.splitlines()[-1]
    assert "reprise library create" in outcome.err
    assert not (tmp_path / "missing.sqlite").exists()


def test_create_of_motion_and_data_at_once(run, tmp_path, folder):
    outcome = run("library", "create", tmp_path / "l.sqlite", folder, "--data", tmp_path)
    assert (outcome.code, "either" in outcome.complaint) == (2, True)
    assert run("library", "create", tmp_path / "l.sqlite", "--data", tmp_path / "none").code == 2
    assert not (tmp_path / "l.sqlite").exists()


def test_info_and_list_say_what_there_is(run, library):
    about = run("library", "info", library, "--json").json
    assert (about["clips"], about["licences"], about["tags"]) == (2, {"MIT": 2}, {"a": 2, "b": 2})
    assert about["encoders"] == {MINILM: 2}
    printed = run("library", "info", library).out
    assert "MIT (2)" in printed
    assert MINILM in printed
    assert run("library", "list", library, "--tag", "A", "--licence", "mit", "--json").json["clips"]
    assert run("library", "list", library, "--tag", "none", "--json").json == {"clips": []}


def test_searching(run, library):
    rows = run("library", "search", library, "waving", "--words", "--json").json["clips"]
    assert [(row["id"], row["rank"], row["similarity"]) for row in rows] == [("wave", 1, None)]
    rows = run("library", "search", library, "someone walks forward", "--meaning", "--json").json["clips"]
    assert rows[0]["id"] == "-x"
    assert rows[0]["similarity"] == pytest.approx(1.0, abs=1e-5)
    assert len(run("library", "search", library, "forward", "-n", 1, "--json").json["clips"]) == 1
    assert "someone walks forward" in " ".join(run("library", "search", library, "forward").out.split())
    assert run("library", "search", library, "x", "--words", "--meaning").code == 2


def test_searching_without_the_librarys_encoder(run, library, monkeypatch):
    def gone(name=MINILM):
        raise RepriseError("no_weights", f"The text encoder {name} is not on this machine.", "Fetch it.")

    monkeypatch.setattr("reprise.text.load", gone)
    found = run("library", "search", library, "waving", "--json")
    assert (found.code, [row["id"] for row in found.json["clips"]]) == (0, ["wave"])
    assert "by words only" in found.err
    meant = run("library", "search", library, "waving", "--meaning")
    assert (meant.code, "not on this machine" in meant.complaint) == (2, True)


def test_removing(run, library):
    assert run("library", "remove", library).code == 2
    assert run("library", "remove", library, "swim").complaint.count("'swim'") == 1
    assert run("library", "remove", library, "--tag", "none").out == "removed 0\n"
    assert run("library", "remove", library, "--query", "waves").out == "removed 1\n"
    assert run("library", "remove", library, "--", "-x").out == "removed 1\n"
    assert ids(run, library) == []
    before = library.stat().st_size
    assert run("library", "remove", library, "--vacuum", "--json").json["bytes"] < before


def test_editing_captions(run, library, tmp_path):
    table = tmp_path / "captions.csv"
    table.write_text("id,caption\n-x,a person strolls\nswim,a person swims\n", encoding="utf-8")
    outcome = run("library", "caption", library, table)
    assert outcome.code == 2
    assert outcome.out == "changed 1, as they were 0, left out 1\n"
    assert outcome.err == "left out: swim: the library has no clip of this id\n"
    assert run("library", "caption", library, table, "--mode", "add", "--json").json["same"] == 1
    with Library.open(library) as opened:
        assert opened.captions("-x") == ("a person strolls",)
    assert run("library", "caption", library, tmp_path / "none.csv").code == 2
    assert run("library", "caption", library, table, "--mode", "invent").code == 2


def test_an_export_read_back_is_the_same_and_its_captions_can_be_edited(run, library, tmp_path):
    out, back = tmp_path / "out put", tmp_path / "back.sqlite"
    assert run("library", "export", library, "--out", out).code == 0
    assert run("library", "create", back, out).code == 0
    lists = [run("library", "list", each, "--json").json for each in (library, back)]
    assert lists[0] == lists[1]
    with Library.open(library) as opened, Library.open(back) as copy:
        for clip in opened.clips():
            assert np.array_equal(opened.motion(clip.id), copy.motion(clip.id))
    assert run("library", "caption", library, out / "captions.csv", "--json").json == {
        "changed": 0, "same": 2, "encoded": 0, "left_out": [],
    }  # fmt: skip
    assert run("library", "export", library, "--out", out).complaint.count("exists already") == 1
    some = run("library", "export", library, "--out", tmp_path / "bvh", "--format", "bvh", "--json", "--", "-x")
    assert some.json["clips"] == 1
    with (tmp_path / "bvh" / "clips.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert (tmp_path / "bvh" / row["file"]).read_text().startswith("HIERARCHY")


def test_merging(run, library, tmp_path, encoder):
    other = tmp_path / "other.sqlite"
    writing.create(other, [clip("wave", "a person waves twice", 3), clip("-x", "someone walks forward", 2)], encoder)
    outcome = run("library", "merge", library, other)
    assert outcome.code == 0
    assert "added 1, already there 1" in outcome.out
    assert "'wave' is 'wave-2' now" in outcome.err
    assert ids(run, library) == ["-x", "wave", "wave-2"]
    assert run("library", "info", library, "--json").json["encoders"] == {MINILM: 3}  # the new caption's feature too
    (merged,) = run("library", "merge", library, other, "--json").json["merged"]
    assert (merged["added"], merged["present"], merged["renamed"]) == (0, 2, [])
    assert run("library", "merge", library, tmp_path / "none.sqlite").code == 2


def test_encoders_come_and_go_by_one_command_each(run, library):
    about = run("library", "encode", library, "--encoder", "other", "--json").json
    assert about["encoders"] == {MINILM: 2, "other": 2}
    before = library.read_bytes()
    assert "word2vec" in run("library", "encode", library, "--encoder", "word2vec").complaint
    assert library.read_bytes() == before
    run("library", "encode", library, "--encoder", MINILM, "--remove")
    left = run("library", "encode", library, "--encoder", "other", "--remove")
    assert "no sentence features now" in left.err
    assert "reprise library encode" in left.err
    lost = run("retrieve", "a person waves", "--library", library)
    assert (lost.code, "reprise library encode" in lost.complaint) == (2, True)
    assert run("library", "encode", library, "--json").json["encoders"] == {MINILM: 2}
    assert run("retrieve", "a person waves", "--library", library, "--json").code == 0
    assert run("library", "encode", library, "--remove").code == 2


def test_features_for_a_checkpoint(run, library, monkeypatch):
    seen = []
    monkeypatch.setattr("reprise.pipelines.kept_features.content_of", lambda path: "content")
    monkeypatch.setattr(
        "reprise.pipelines.kept_features.encode_library", lambda path, weights, _: seen.append((path, weights))
    )
    assert run("library", "encode", library, "--checkpoint", "small.safetensors").code == 0
    assert seen == [(library, Path("small.safetensors"))]
    gone = run("library", "encode", library, "--checkpoint", "small.safetensors", "--remove")
    assert (gone.code, "no features of this checkpoint" in gone.complaint) == (2, True)


def test_verify_names_all_that_is_damaged(run, library):
    import sqlite3
    from contextlib import closing

    assert run("library", "verify", library, "--json").json["damage"] == []
    with closing(sqlite3.connect(library)) as connection, connection:
        connection.execute("UPDATE motion SET joints = X'00'")
    outcome = run("library", "verify", library, "--json")
    assert outcome.code == 2
    assert len(outcome.json["damage"]) == 2
    printed = run("library", "verify", library)
    assert printed.out == f"{library}: 2 damaged\n"
    assert len(printed.err.splitlines()) == 2


def test_new_captions_without_an_encoder_say_what_to_do_later(run, library, tmp_path, monkeypatch):
    run("library", "encode", library, "--encoder", "other")
    real = text.load

    def without_other(name=MINILM):
        if name == "other":
            raise RepriseError("no_weights", "The text encoder other is not on this machine.", "Fetch it.")
        return real(name)

    monkeypatch.setattr("reprise.text.load", without_other)
    (tmp_path / "jump.npz").write_bytes(npz("a person jumps", 4))
    outcome = run("library", "add", library, tmp_path / "jump.npz")
    assert outcome.code == 0
    assert "--encoder other" in outcome.err
    assert run("library", "info", library, "--json").json["encoders"] == {MINILM: 3, "other": 2}
