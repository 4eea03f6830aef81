"""The OpenAPI document against the contract and, by schemathesis, against the running service."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import subprocess
import sys
from collections import Counter
from typing import Any

import pytest
import schemathesis
from blocks import ROOT, elsewhere, variables_and_words
from http_client import TOKEN, Client
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from schemathesis.generation.modes import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection

from reprise.serving.schema import request_schema
from reprise_core.contract import MAX_SECONDS, MAX_TOTAL_SECONDS, References, Request, Segment
from reprise_core.errors import RepriseError

# Of each operation, with good and with bad input. More, as in docs/reliability.md: REPRISE_API_EXAMPLES=600.
EXAMPLES = int(os.environ.get("REPRISE_API_EXAMPLES", "15"))
ROUTES = {
    ("get", "/v1/health"),
    ("get", "/v1/capabilities"),
    ("post", "/v1/generate"),
    ("post", "/v1/retrieve"),
    ("get", "/v1/jobs/{job_id}/events"),
    ("get", "/v1/jobs/{job_id}/result"),
    ("delete", "/v1/jobs/{job_id}"),
    ("get", "/v1/clips/{clip_id}"),
    ("delete", "/v1/clips/{clip_id}"),
    ("post", "/v1/clips"),
}


def is_accepted(body: object) -> bool:
    try:
        Request.from_json(body)
    except RepriseError:
        return False
    return True


def lasts_too_long(body: object) -> bool:
    """The one limit that a JSON schema cannot state: a sum."""
    then = body.get("then", []) if isinstance(body, dict) else []
    return sum(segment["seconds"] for segment in then) > MAX_TOTAL_SECONDS - MAX_SECONDS


def properties(schema: dict[str, Any]) -> dict[str, Any]:
    own = schema["properties"]
    return own | {f"references.{name}": field for name, field in own["references"]["properties"].items()}


def body_with(name: str, value: object) -> dict[str, Any]:
    inner, _, outer = name.rpartition(".")[::-1]
    return {"prompt": "walk"} | ({"references": {inner: value}} if outer else {name: value})


def test_the_document_has_every_field_of_the_contract_with_its_default():
    schema = request_schema()
    for part, made in ((schema, Request("x")), (schema["properties"]["references"], References())):
        defaults = {field.name: field.default for field in dataclasses.fields(made)}
        assert set(part["properties"]) == set(defaults)
        assert part["additionalProperties"] is False
        for name, described in part["properties"].items():
            if "default" in described:
                value = defaults[name]
                assert described["default"] == (list(value) if isinstance(value, tuple) else value)
    assert schema["required"] == ["prompt"]


@pytest.mark.parametrize("name", [name for name in properties(request_schema()) if name not in ("references", "then")])
def test_each_limit_in_the_document_is_where_the_contract_stops(name: str):
    described = properties(request_schema())[name]
    kind = described["type"]
    if kind in ("number", "integer"):
        low, high = described["minimum"], described["maximum"]
        step = 1 if kind == "integer" else 1e-9
        assert is_accepted(body_with(name, low))
        assert is_accepted(body_with(name, high))
        assert not is_accepted(body_with(name, low - step))
        assert not is_accepted(body_with(name, high + step))
    elif kind == "string" and "enum" in described:
        assert all(is_accepted(body_with(name, value)) for value in described["enum"])
        assert not is_accepted(body_with(name, "another"))
    elif kind == "string":
        assert is_accepted(body_with(name, "x" * described["maxLength"]))
        assert not is_accepted(body_with(name, "x" * (described["maxLength"] + 1)))
        assert not is_accepted(body_with(name, " \n"))
    elif kind == "array":
        most = described["maxItems"]
        assert is_accepted(body_with(name, ["x"] * most))
        assert not is_accepted(body_with(name, ["x"] * (most + 1)))
        assert not is_accepted(body_with(name, [1]))
        longest = described["items"]["maxLength"]
        assert is_accepted(body_with(name, ["x" * longest]))
        assert not is_accepted(body_with(name, ["x" * (longest + 1)]))
    else:
        assert kind == "boolean"
        assert is_accepted(body_with(name, True))
    wrong = {"number": "1", "integer": 1.5, "string": 5, "array": "x", "boolean": 1}[kind]
    assert not is_accepted(body_with(name, wrong))
    assert not is_accepted(body_with(name, None))


def test_a_sequence_is_described_and_checked_by_index():
    then = request_schema()["properties"]["then"]
    assert set(then["items"]["properties"]) == {field.name for field in dataclasses.fields(Segment)}
    assert set(then["items"]["required"]) == set(then["items"]["properties"])
    one = {"prompt": "sits down", "seconds": 1.0}
    read = Request.from_json({"prompt": "walk", "seconds": 2, "then": [one]})
    assert read.segments == (Segment("walk", 2), Segment("sits down", 1.0))
    assert read.frames == 60
    assert Request.from_json(json.loads(json.dumps(read.to_json()))) == read
    assert is_accepted({"prompt": "walk", "then": [one] * then["maxItems"]})
    assert not is_accepted({"prompt": "walk", "then": [one] * (then["maxItems"] + 1)})
    limits = then["items"]["properties"]["seconds"]
    for seconds in (limits["minimum"] - 1e-9, limits["maximum"] + 1e-9, "1", None, float("nan"), True):
        with pytest.raises(RepriseError, match=r"then\[1\]: seconds") as raised:
            Request.from_json({"prompt": "walk", "then": [one, one | {"seconds": seconds}]})
        assert raised.value.code == "bad_seconds"
    for wrong in ({"prompt": " ", "seconds": 1}, {"prompt": "sit"}, {"seconds": 1}, one | {"fps": 3}, "sit", None):
        with pytest.raises(RepriseError, match=r"then\[1\]"):
            Request.from_json({"prompt": "walk", "then": [one, wrong]})
    with pytest.raises(RepriseError, match=r"lasts 60\.5 seconds"):
        Request("walk", 9.5, then=(Segment("run", 8.5),) * 6)
    assert not is_accepted({"prompt": "walk", "then": None})


@given(st.floats() | st.integers(), st.sampled_from(["seconds", "seed", "count", "steps", "text_strength"]))
def test_any_number_is_accepted_or_refused_in_a_sentence(value: float, name: str):
    described = request_schema()["properties"][name]
    is_integer = isinstance(value, int) or value.is_integer()
    fits = (described["type"] == "number" or is_integer) and described["minimum"] <= value <= described["maximum"]
    assert is_accepted({"prompt": "walk", name: value}) == fits


def test_it_is_behind_the_token_and_names_every_route(client: Client):
    assert Client(client.port, None).send("GET", "/v1/openapi.json").status == 401
    document = client.send("GET", "/v1/openapi.json").json
    routes = {(method, path) for path, methods in document["paths"].items() for method in methods}
    assert routes == ROUTES
    assert [*document["components"]["securitySchemes"].values()] == [{"type": "http", "scheme": "bearer"}]


def test_schemathesis_finds_no_answer_that_the_document_does_not_promise(client: Client):
    """Good and bad input made from the document: no 500, no undocumented status, every body as described."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    schema = schemathesis.openapi.from_url(f"http://127.0.0.1:{client.port}/v1/openapi.json", headers=headers)
    statuses: Counter[int] = Counter()
    # No generator makes a body beyond the limit of uploads: what it calls too long is short (and test_clips tries it).
    unfit = {"POST /v1/clips": [negative_data_rejection]}

    def explore(operation: Any, mode: GenerationMode) -> None:
        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        )
        def run(case: Any) -> None:
            assume(mode is GenerationMode.NEGATIVE or not lasts_too_long(case.body))
            response = case.call(headers=headers)
            # A body that is too large is refused as such, whatever else is wrong with it; that check does not know 413.
            excluded = [negative_data_rejection] if response.status_code == 413 else unfit.get(case.operation.label, [])
            case.validate_response(response, headers=headers, excluded_checks=excluded)
            statuses[response.status_code] += 1
            assert response.status_code < 500 or response.status_code == 503, response.text
            if response.status_code == 202:  # so that a thousand steps hold nobody up
                case.operation.schema["/v1/jobs/{job_id}"]["DELETE"].Case(
                    path_parameters={"job_id": response.json()["id"]}
                ).call(headers=headers)

        run()

    for found in schema.get_all_operations():
        for mode in GenerationMode:
            explore(found.ok(), mode)
    print(f"\n{sum(statuses.values())} cases: {dict(sorted(statuses.items()))}")  # noqa: T201 (shown with -s)
    assert 500 not in statuses
    assert statuses[200] and statuses[202] and statuses[400] and statuses[404]


def test_the_exploration_of_the_page_in_small():
    """The command of docs/reliability.md, with two examples in the place of hundreds: it finds that test, and tells."""
    (block,) = elsewhere("tests/serving/test_openapi.py::test_the_exploration_of_the_page_in_small", "reliability.md")
    variables, (program, *words) = variables_and_words(*block.commands)
    assert variables.keys() == {"REPRISE_API_EXAMPLES"}
    done = subprocess.run(
        [sys.executable, "-m", program, *words],
        env=os.environ | {"REPRISE_API_EXAMPLES": "2"}, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    (cases,) = re.findall(r"^(\d+) cases: \{200: ", done.stdout, re.MULTILINE)
    assert int(cases) == 2 * 2 * len(ROUTES)  # good and bad ones
    assert "1 passed" in done.stdout
