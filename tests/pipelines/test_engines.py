"""One engine that holds several: each loaded when a request first names it."""

from dataclasses import replace

import pytest

from reprise.pipelines import load
from reprise.pipelines.engines import Engines, load_around
from reprise_core.contract import Request
from reprise_core.errors import RepriseError


class Named:
    def __init__(self, name):
        self.name = name

    def describe(self):
        return {"engine": self.name}

    def retrieve(self, request):
        return [(self.name, request.prompt)]

    def generate(self, request, on_progress, is_cancelled):  # noqa: ARG002
        return [(self.name, request.seed)]


def test_a_request_gets_the_engine_that_it_names_which_is_loaded_once():
    loaded, seen = [], []
    engines = Engines(("remomask", "remodiffuse"), lambda name: loaded.append(name) or Named(name))
    assert loaded == ["remomask"]
    assert engines.describe() == {
        "engine": "remomask",
        "engines": ["remomask", "remodiffuse"],
        "loaded": ["remomask"],
    }
    request = Request("walk", engine="remodiffuse", seed=4)
    for _ in range(2):
        assert engines.generate(request, seen.append, lambda: False) == [("remodiffuse", 4)]
    assert [event.stage for event in seen] == ["loading"]
    assert engines.retrieve(replace(request, engine="remomask")) == [("remomask", "walk")]
    assert loaded == ["remomask", "remodiffuse"]


def test_an_engine_that_cannot_be_loaded_fails_its_own_requests_alone():
    def load(name):
        if name == "remomask":
            raise RepriseError("no_checkpoint", "There is no checkpoint.")
        return Named(name)

    engines = Engines(("remodiffuse", "remomask"), load)
    with pytest.raises(RepriseError, match="no checkpoint"):
        engines.generate(Request("walk", engine="remomask"), lambda progress: None, lambda: False)
    assert engines.generate(Request("walk"), lambda progress: None, lambda: False) == [("remodiffuse", 0)]


def test_each_engine_is_loaded_with_what_is_its_own(tmp_path, monkeypatch):
    given = {}
    monkeypatch.setattr("reprise.pipelines.load", lambda name, **options: given.update({name: options}) or Named(name))
    weights, library = tmp_path / "w", tmp_path / "l"
    engines = load_around(
        "remomask", checkpoint=weights, library=library, device="cpu", precision="bf16", compiled=True
    )
    assert list(given) == ["remomask"]
    engines.generate(Request("walk", engine="remodiffuse"), lambda progress: None, lambda: False)
    shared = {"library": library, "retriever": None, "device": "cpu"}
    assert given["remomask"] == {"checkpoint": weights, "precision": None, "mixture": None, "compiled": False, **shared}
    assert given["remodiffuse"] == {
        "checkpoint": None,
        "precision": "bf16",
        "mixture": None,
        "compiled": True,
        **shared,
    }


def test_an_engine_whose_weights_did_not_come_along_is_told_with_those_that_did(tmp_path, monkeypatch):
    there = tmp_path / "there"
    there.touch()
    monkeypatch.setattr("reprise.assets.CHECKPOINTS", {"remodiffuse": there, "remomask": tmp_path / "gone"})
    with pytest.raises(RepriseError, match="weights of the engine remomask are not installed") as refusal:
        load("remomask")
    assert refusal.value.code == "no_weights"
    assert "(remodiffuse)" in refusal.value.hint
