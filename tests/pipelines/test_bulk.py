"""Bulk runs: one result a row, whatever is stopped, repeated, answered twice or lost."""

import json
from types import MappingProxyType

import pytest
from fake_engine import FakeEngine

from reprise.pipelines.bulk import Counts, Made, local, make, recipes_of, run
from reprise.pipelines.journal import FILE, Journal
from reprise_core.contract import ENGINES, Request
from reprise_core.errors import RepriseError
from reprise_core.motion import from_npz
from reprise_core.prompt_list import read_prompts

PROMPTS = (
    "name,prompt,seconds,seed\nwalk,a person walks,2,1\nbad,a person [mistake],2,\nlong,runs,99,\nsit,sits,1.5,4\n"
)


@pytest.fixture
def rows(tmp_path):
    (tmp_path / "prompts.csv").write_text(PROMPTS)
    return read_prompts(tmp_path / "prompts.csv")


@pytest.fixture
def engine():
    return FakeEngine(step_seconds=0.0)


def recipes(request):
    return str(request)


def test_every_row_has_one_result_or_one_reason(rows, engine, tmp_path):
    assert run(rows, Journal(tmp_path), recipes, local(engine)) == Counts(made=2, skipped=0, failed=2)
    lines = [json.loads(line) for line in (tmp_path / FILE).read_text().splitlines()]
    assert sorted(line["name"] for line in lines) == ["bad", "long", "sit", "walk"]
    assert "99" in next(line for line in lines if line["name"] == "long")["error"]["message"]
    assert sorted(path.name for path in tmp_path.glob("*.npz")) == ["sit.npz", "walk.npz"]
    (walk,) = from_npz((tmp_path / "walk.npz").read_bytes())
    assert (walk.meta["prompt"], walk.meta["seed"]) == ("a person walks", 1)


def test_what_happens_next_counts_for_the_seconds(engine, tmp_path):
    (tmp_path / "prompts.csv").write_text(
        "name,prompt,seconds,then\nwalk,a person walks,2,sits down:3; stands up:1.5\n"
    )
    run(read_prompts(tmp_path / "prompts.csv"), Journal(tmp_path), recipes, local(engine))
    assert Journal(tmp_path).entries["walk"].seconds == 6.5


def test_a_second_run_makes_only_what_failed_or_changed_or_vanished(rows, engine, tmp_path):
    run(rows, Journal(tmp_path), recipes, local(engine))
    asked = []

    def counting(todo):
        asked.extend(todo)
        yield from local(engine)(todo)

    assert run(rows, Journal(tmp_path), recipes, counting) == Counts(made=0, skipped=2, failed=2)
    assert asked == ["bad"]
    (tmp_path / "sit.npz").unlink()
    asked.clear()
    run(rows, Journal(tmp_path), recipes, counting)
    assert asked == ["bad", "sit"]
    asked.clear()
    assert run(rows, Journal(tmp_path), lambda request: f"other {request}", counting).skipped == 0
    assert asked == ["walk", "bad", "sit"]


def test_a_run_that_was_killed_while_it_wrote_goes_on(rows, engine, tmp_path):
    run(rows, Journal(tmp_path), recipes, local(engine))
    whole = (tmp_path / FILE).read_text()
    (tmp_path / FILE).write_text(whole[: whole.rindex('"name": "sit"') + 9])  # the last line, cut short
    assert run(rows, Journal(tmp_path), recipes, local(engine)).made == 1
    assert Journal(tmp_path).finished("sit", recipes(rows[3].request))


def test_a_row_that_is_answered_twice_counts_once(rows, engine, tmp_path):
    def stuttering(todo):
        for name, request in todo.items():
            yield make(engine, name, request)
            yield Made(name, b"another")

    assert run(rows, Journal(tmp_path), recipes, stuttering).made == 2
    assert from_npz((tmp_path / "walk.npz").read_bytes())


def test_workers_that_end_early_lose_nothing(rows, engine, tmp_path):
    def tired(todo):
        yield make(engine, "walk", todo["walk"])

    with pytest.raises(RepriseError, match="2 of 4 prompts"):
        run(rows, Journal(tmp_path), recipes, tired)
    assert run(rows, Journal(tmp_path), recipes, local(engine)) == Counts(made=1, skipped=1, failed=2)


def test_other_weights_are_another_recipe(tmp_path):
    (tmp_path / "a").write_bytes(b"a")
    (tmp_path / "b").write_bytes(b"b")
    request = Request("walks")

    def said_of(checkpoint, library=None, choices=MappingProxyType({})):
        return recipes_of("remodiffuse", checkpoint, library, choices)(request)

    said = {said_of(tmp_path / "a"), said_of(tmp_path / "b"), said_of(None), said_of(None, tmp_path / "a")}
    assert len(said) == 4
    chosen = {said_of(None, None, {name: "bf16"}) for name in ("precision", "mixture")}
    assert len(chosen | said) == 6
    assert said_of(None, None, {"precision": None}) in said
    assert recipes_of("remodiffuse", tmp_path / "a", None)(Request("runs")) not in said
    with pytest.raises(RepriseError, match="no such"):
        recipes_of("remodiffuse", tmp_path / "no such", None)


def test_a_row_depends_on_the_weights_and_choices_of_its_own_engine(tmp_path, monkeypatch):
    shipped = {name: tmp_path / f"{name}.safetensors" for name in ENGINES}
    monkeypatch.setattr("reprise.assets.CHECKPOINTS", shipped)
    own = tmp_path / "own.safetensors"
    own.write_bytes(b"own")

    def recipe(engine, weights=b"first", checkpoint=None, choices=MappingProxyType({})):
        """Of a row for `engine`, where remomask ships `weights` and the command is for remodiffuse."""
        shipped["remodiffuse"].write_bytes(b"always")
        shipped["remomask"].write_bytes(weights)
        return recipes_of("remodiffuse", checkpoint, None, choices)(Request("walks", engine=engine))

    for given in ({}, {"checkpoint": own}, {"choices": {"precision": "bf16"}}):
        assert recipe("remomask", b"second", **given) != recipe("remomask", b"first", **given)
        assert recipe("remodiffuse", b"second", **given) == recipe("remodiffuse", b"first", **given)
        assert recipe("remomask", **given) == recipe("remomask")  # what is given is remodiffuse's
        assert not given or recipe("remodiffuse", **given) != recipe("remodiffuse")
