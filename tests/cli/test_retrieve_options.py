"""`reprise retrieve` and `generate`: pins, exclusions, filters, lambda and repeats, and what is wrong with them."""

from __future__ import annotations

import sys

import pytest
from fake_engine import waving

from reprise_core.contract import References, Request
from reprise_core.errors import RepriseError
from reprise_core.motion import to_npz


@pytest.fixture
def library(run, tmp_path):
    for name, prompt in (("wave", "a person waves"), ("walk", "someone walks forward"), ("jump", "a person jumps")):
        (tmp_path / f"{name}.npz").write_bytes(to_npz([waving(Request(prompt, seconds=3.0))]))
    path = tmp_path / "made.sqlite"
    files = [tmp_path / f"{name}.npz" for name in ("wave", "walk", "jump")]
    outcome = run("library", "create", path, *files, "--licence", "CC0-1.0")
    assert outcome.code == 0, outcome.err
    return path


@pytest.fixture
def found(run, library):
    def ask(*options):
        rows = run("retrieve", "a person waves", "--seconds", 3, "--library", library, *options, "--json")
        assert rows.code == 0, rows.err
        return [row["id"] for row in rows.json["references"]]

    return ask


def test_pins_exclusions_and_filters(found):
    assert found()[0] == "wave"
    assert set(found()) == {"wave", "walk", "jump"}
    assert found("--pin", "jump")[:2] == ["jump", "wave"]
    assert set(found("--exclude", "wave", "--exclude", "jump")) == {"walk"}
    assert found("--licence", "cc0-1.0", "-k", 1) == ["wave"]
    assert found("--lambda", 0, "--repeats", "-k", 1) == ["wave"]


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["--pin", "swim"], "swim"),
        (["--pin", "walk", "--exclude", "walk"], "both pinned and excluded"),
        (["--licence", "GPL"], "GPL"),
        (["--tag", "fast"], "fast"),
        (["--lambda", "-1"], "length decay is -1.0"),
        (["--lambda", "inf"], "length decay is inf"),
    ],
)
def test_what_cannot_be_is_one_line(run, library, options, word):
    outcome = run("retrieve", "walk", "--library", library, *options)
    assert outcome.code == 2
    assert word in outcome.complaint


def test_faiss_finds_the_same_and_leaves_its_index_beside_the_library(found, library):
    assert found("--faiss") == found()
    assert library.with_name("made.sqlite.faiss.npz").is_file()


def test_faiss_that_is_not_installed_is_one_line(run, library, monkeypatch):
    monkeypatch.setitem(sys.modules, "faiss", None)
    outcome = run("retrieve", "walk", "--library", library, "--faiss")
    assert outcome.code == 2
    assert "reprise[faiss]" in outcome.complaint


def test_a_request_over_http_says_the_same():
    wanted = References(3, ("a",), ("b",), 0.5, ("slow",), ("CMU",), ("MIT",), 2.0, True)
    request = Request("a person walks", references=wanted)
    assert Request.from_json(request.to_json()) == request
    assert Request.from_json({"prompt": "walk", "references": {"tags": ["slow"]}}).references.tags == ("slow",)


@pytest.mark.parametrize(
    "references",
    [{"tags": "slow"}, {"licences": [1]}, {"sources": None}, {"length_decay": "0.1"}, {"length_decay": float("nan")},
     {"repeats": 1}, {"speed": 3}],
)  # fmt: skip
def test_a_request_that_is_ill_typed_is_refused(references):
    with pytest.raises(RepriseError):
        Request.from_json({"prompt": "walk", "references": references})
