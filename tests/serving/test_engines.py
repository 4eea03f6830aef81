"""A service of several engines: what it tells of them, and which of them a job reaches."""

from __future__ import annotations

from collections.abc import Callable

from fake_engine import FakeEngine
from http_client import Client

from reprise.pipelines.engines import Engines


def test_every_job_reaches_the_engine_that_it_names(start: Callable[..., Client]):
    made = {name: FakeEngine(step_seconds=0.001) for name in ("remodiffuse", "remomask")}
    loaded: list[str] = []
    client = start(load=lambda: Engines(tuple(made), lambda name: loaded.append(name) or made[name]))
    assert client.last_event(client.generate(steps=3))[0] == "done"
    health = client.send("GET", "/v1/health").json
    assert (health["engine"], health["engines"]) == ("ready", ["remodiffuse"])  # what takes memory
    assert client.send("GET", "/v1/capabilities").json["engine"]["engines"] == ["remodiffuse", "remomask"]
    assert loaded == ["remodiffuse"]
    for _ in range(2):
        assert client.last_event(client.generate(engine="remomask", steps=4))[0] == "done"
    assert client.send("GET", "/v1/health").json["engines"] == loaded == ["remodiffuse", "remomask"]
    assert [engine.steps_done for engine in made.values()] == [3, 8]
