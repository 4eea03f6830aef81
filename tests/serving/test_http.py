"""Every answer of the service that a client must be able to rely on, over real sockets."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable

import numpy as np
import pytest
from fake_engine import FakeEngine, waving
from http_client import Client

from reprise.serving.answers import MAX_BODY_BYTES
from reprise_core.contract import CONTRACT_VERSION, Request
from reprise_core.errors import RepriseError
from reprise_core.motion import from_npz

Start = Callable[..., Client]
PATHS = [
    ("GET", "/v1/health"),
    ("GET", "/v1/capabilities"),
    ("POST", "/v1/generate"),
    ("POST", "/v1/retrieve"),
    ("GET", "/v1/jobs/x/events"),
    ("GET", "/v1/jobs/x/result"),
    ("DELETE", "/v1/jobs/x"),
    ("GET", "/docs"),
    ("GET", "/openapi.json"),
    ("GET", "/nowhere"),
]


@pytest.mark.parametrize(
    "header", [None, "Bearer wrong", "Bearer", "Basic a-token", "a-token", "Bearer a-tokenx", "Bearer \xe9"]
)
def test_without_the_token_every_path_is_401(client: Client, header: str | None):
    stranger = Client(client.port, token=None, headers={"Authorization": header} if header else {})
    for method, path in PATHS:
        answer = stranger.send(method, path)
        assert (answer.status, answer.code) == (401, "unauthorized"), path


def test_health_tells_version_contract_and_engine(client: Client):
    health = client.send("GET", "/v1/health").json
    assert health["status"] == "ok"
    assert health["contract"] == CONTRACT_VERSION
    assert health["engine"] in ("loading", "ready")


def test_capabilities_are_what_the_engine_says_and_the_limits(client: Client):
    client.last_event(client.generate(steps=1))
    answer = client.send("GET", "/v1/capabilities").json
    assert answer["engine"] == dict(FakeEngine().describe())
    assert answer["limits"]["seconds"] == [1.0, 9.8]
    assert answer["limits"]["body_bytes"] == MAX_BODY_BYTES


def test_a_generation_tells_its_steps_in_order_then_done_and_its_result_is_the_motion(client: Client):
    job = client.generate("a person waves", seconds=2.5, seed=7, steps=12)
    events = list(client.events(job))
    names = [name for name, _ in events]
    assert names[-1] == "done"
    assert set(names[:-1]) == {"progress"}
    sampled = [data["step"] for _, data in events[:-1] if data["stage"] == "sampling"]
    assert sampled == sorted(sampled)
    assert sampled[-1] == 12
    assert all(set(data) == {"stage", "step", "total", "eta"} for _, data in events[:-1])
    answer = client.send("GET", f"/v1/jobs/{job}/result")
    assert answer.status == 200
    (motion,) = from_npz(answer.body)
    expected = waving(Request("a person waves", seconds=2.5, seed=7))
    np.testing.assert_array_equal(motion.local_rotations, expected.local_rotations)
    assert motion.meta["seed"] == 7


def test_several_takes_come_in_one_result(client: Client):
    job = client.generate(count=3, steps=1, seed=4)
    client.last_event(job)
    takes = from_npz(client.send("GET", f"/v1/jobs/{job}/result").body)
    assert [take.meta["seed"] for take in takes] == [4, 5, 6]


def test_late_and_simultaneous_subscribers_each_get_exactly_one_last_event(client: Client):
    job = client.generate(steps=30)
    seen: list[list[str]] = []
    threads = [threading.Thread(target=lambda: seen.append([n for n, _ in client.events(job)])) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    seen.append([name for name, _ in client.events(job)])  # long after the end
    assert len(seen) == 5
    assert all(names[-1] == "done" and names.count("done") == 1 for names in seen)
    assert seen[-1] == ["done"]


def test_a_running_job_has_no_result_yet(start: Start):
    client = start(FakeEngine(step_seconds=0.05))
    running, queued = client.generate(steps=100), client.generate()
    client.wait_for_steps(running)
    for job in (running, queued):
        answer = client.send("GET", f"/v1/jobs/{job}/result")
        assert (answer.status, answer.code) == (409, "job_running")


def test_cancel_frees_the_worker_within_a_step(start: Start):
    engine = FakeEngine(step_seconds=0.2)
    client = start(engine)
    job = client.generate(steps=1000)
    client.wait_for_steps(job)
    answer = client.send("DELETE", f"/v1/jobs/{job}")
    steps_at_cancel = engine.steps_done
    assert answer.json == {"id": job, "state": "cancelled"}
    next_job = client.generate(steps=1)
    assert client.last_event(next_job)[0] == "done"
    assert engine.steps_done - steps_at_cancel <= 1 + 1  # the step under way, and the next job's only one


def test_a_cancelled_job_ends_its_streams_and_never_gives_a_result(start: Start):
    client = start(FakeEngine(step_seconds=0.02))
    job = client.generate("[deaf] the engine does not even stop", steps=30)
    stream = client.events(job)
    next(stream)
    client.send("DELETE", f"/v1/jobs/{job}")
    names = [name for name, _ in stream]
    assert names[-1] == "cancelled"
    assert names.count("cancelled") == 1
    after = client.generate(steps=1)
    assert client.last_event(after)[0] == "done"  # by now the deaf engine has come to its end
    answer = client.send("GET", f"/v1/jobs/{job}/result")
    assert (answer.status, answer.code) == (409, "job_cancelled")
    assert [name for name, _ in client.events(job)] == ["cancelled"]
    assert client.send("DELETE", f"/v1/jobs/{job}").json["state"] == "cancelled"


def test_cancelling_a_done_job_drops_its_result(client: Client):
    job = client.generate(steps=1)
    assert client.last_event(job)[0] == "done"
    client.send("DELETE", f"/v1/jobs/{job}")
    assert client.send("GET", f"/v1/jobs/{job}/result").status == 409


def test_cancelling_a_waiting_job_leaves_the_running_one_alone(start: Start):
    engine = FakeEngine(step_seconds=0.02)
    client = start(engine)
    running, waiting = client.generate(steps=20), client.generate(steps=900)
    client.send("DELETE", f"/v1/jobs/{waiting}")
    assert [name for name, _ in client.events(waiting)] == ["cancelled"]
    assert client.last_event(running)[0] == "done"
    assert client.last_event(client.generate(steps=1))[0] == "done"
    assert engine.steps_done == 21


@pytest.mark.parametrize(
    ("prompt", "code", "words"),
    [
        ("[fail]", "internal", "unexpectedly"),
        ("[mistake]", "bad_library", "The library is empty."),
        ("[memory]", "out_of_memory", "not enough memory"),
    ],
)
def test_a_failure_is_one_sentence_and_the_worker_lives_on(client: Client, prompt: str, code: str, words: str):
    job = client.generate(prompt, steps=4)
    name, data = client.last_event(job)
    assert name == "failed"
    assert data["error"]["code"] == code
    assert words in data["error"]["message"]
    answer = client.send("GET", f"/v1/jobs/{job}/result")
    assert (answer.status, answer.code) == (409, "job_failed")
    assert words in answer.json["error"]["message"]
    assert b"secret detail" not in answer.body + str(data).encode()
    assert client.send("DELETE", f"/v1/jobs/{job}").json["state"] == "failed"
    assert client.last_event(client.generate(steps=1))[0] == "done"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "bad_prompt"),
        ({"prompt": "  "}, "bad_prompt"),
        ({"prompt": 5}, "bad_prompt"),
        ({"prompt": "x" * 501}, "bad_prompt"),
        ({"prompt": "walk", "seconds": 0}, "bad_seconds"),
        ({"prompt": "walk", "seconds": 1000}, "bad_seconds"),
        ({"prompt": "walk", "seconds": "six"}, "bad_seconds"),
        ({"prompt": "walk", "seed": -1}, "bad_seed"),
        ({"prompt": "walk", "count": 99}, "bad_count"),
        ({"prompt": "walk", "steps": -1}, "bad_steps"),
        ({"prompt": "walk", "engine": "telepathy"}, "bad_engine"),
        ({"prompt": "walk", "engine": ["remodiffuse"]}, "bad_engine"),
        ({"prompt": "walk", "references": {"k": 99}}, "bad_k"),
        ({"prompt": "walk", "references": []}, "bad_request"),
        ({"prompt": "walk", "references": {"pinned": "a"}}, "bad_request"),
        ({"prompt": "walk", "colour": "red"}, "bad_request"),
        ({"prompt": "walk", "\ud800": 1}, "bad_request"),
        (["walk"], "bad_request"),
    ],
)
def test_bad_requests_are_400_and_say_what_is_wrong(client: Client, body: object, code: str):
    for path in ("/v1/generate", "/v1/retrieve"):
        answer = client.send("POST", path, body)
        assert (answer.status, answer.code) == (400, code)


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff\xfe", b"[" * 20000, b'{"prompt": "walk", "seconds": NaN}'])
def test_bodies_that_are_no_json_are_400(client: Client, raw: bytes):
    answer = client.send("POST", "/v1/generate", raw=raw)
    assert answer.status == 400


@pytest.mark.parametrize("size", [MAX_BODY_BYTES + 1, 5_000_000])
def test_a_body_too_large_is_413(client: Client, size: int):
    answer = client.send("POST", "/v1/generate", raw=b"x" * size)
    assert (answer.status, answer.code) == (413, "too_large")
    assert client.send("GET", "/v1/health").status == 200


def test_a_body_of_unannounced_length_is_413_too(client: Client):
    connection = http.client.HTTPConnection("127.0.0.1", client.port, timeout=20)
    chunks = (b"x" * 1024 for _ in range(MAX_BODY_BYTES // 1024 + 2))
    connection.request("POST", "/v1/generate", chunks, {"Authorization": "Bearer a-token"}, encode_chunked=True)
    assert connection.getresponse().status == 413
    connection.close()


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/jobs/nothing/events", 404, "unknown_job"),
        ("GET", "/v1/jobs/nothing/result", 404, "unknown_job"),
        ("DELETE", "/v1/jobs/nothing", 404, "unknown_job"),
        ("GET", "/v2/health", 404, "not_found"),
        ("GET", "/docs", 404, "not_found"),
        ("GET", "/v1/generate", 405, "method_not_allowed"),
    ],
)
def test_unknown_things_are_404(client: Client, method: str, path: str, status: int, code: str):
    answer = client.send(method, path)
    assert (answer.status, answer.code) == (status, code)


def test_a_full_queue_is_503_and_empties_again(start: Start):
    client = start(FakeEngine(step_seconds=0.02), waiting=2)
    first = client.generate(steps=1000)
    client.wait_for_steps(first)
    waiting = [client.generate(steps=1) for _ in range(2)]
    for path in ("/v1/generate", "/v1/retrieve"):
        answer = client.send("POST", path, {"prompt": "walk"})
        assert (answer.status, answer.code) == (503, "queue_full")
    client.send("DELETE", f"/v1/jobs/{first}")
    assert [client.last_event(job)[0] for job in waiting] == ["done", "done"]
    client.generate()


def test_retrieve_gives_rows_and_an_unforeseen_failure_is_500_without_its_inside(client: Client):
    rows = client.send("POST", "/v1/retrieve", {"prompt": "walk", "references": {"k": 3}}).json["references"]
    assert len(rows) == 3
    assert set(rows[0]) == {"id", "caption", "semantic", "length", "score", "seconds"}
    answer = client.send("POST", "/v1/retrieve", {"prompt": "[fail]"})
    assert (answer.status, answer.code) == (500, "internal")
    assert b"secret" not in answer.body
    assert b"Traceback" not in answer.body


def test_an_unforeseen_exception_in_a_route_is_500_without_traceback(start: Start, monkeypatch: pytest.MonkeyPatch):
    client = start()

    def broken(*_args: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr("reprise.serving.jobs.JobQueue.lengths", broken)
    answer = client.send("GET", "/v1/health")
    assert (answer.status, answer.code) == (500, "internal")
    assert b"secret" not in answer.body


def test_jobs_that_come_while_the_engine_loads_say_so_and_run_then(start: Start):
    gate = threading.Event()

    def load() -> FakeEngine:
        gate.wait(20)
        return FakeEngine()

    client = start(load=load)
    assert client.send("GET", "/v1/health").json["engine"] == "loading"
    assert client.send("GET", "/v1/capabilities").json["engine"] is None
    stream = client.events(client.generate(steps=1))
    assert next(stream)[1]["stage"] == "loading"
    gate.set()
    assert list(stream)[-1][0] == "done"
    assert client.send("GET", "/v1/health").json["engine"] == "ready"


def test_an_engine_that_cannot_load_fails_the_job_in_its_words_and_is_tried_again(start: Start):
    outcomes = iter(
        [RepriseError("bad_checkpoint", "w.safetensors is missing.", "Choose one."), ImportError("No torch"), None]
    )

    def load() -> FakeEngine:
        outcome = next(outcomes)
        if outcome is not None:
            raise outcome
        return FakeEngine()

    client = start(load=load)
    while (health := client.send("GET", "/v1/health").json)["engine"] == "loading":
        time.sleep(0.01)
    assert health["engine"] == "failed"
    assert health["error"]["message"] == "w.safetensors is missing."
    name, data = client.last_event(client.generate())
    assert (name, data["error"]["code"]) == ("failed", "broken_installation")
    assert client.last_event(client.generate(steps=1))[0] == "done"
    assert client.send("GET", "/v1/health").json["error"] is None


def test_a_silent_stage_still_sends_signs_of_life(start: Start, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("reprise.serving.event_stream.KEEP_ALIVE_SECONDS", 0.05)
    client = start(FakeEngine(step_seconds=0.5))
    connection = http.client.HTTPConnection("127.0.0.1", client.port, timeout=10)
    connection.request(
        "GET", f"/v1/jobs/{client.generate(steps=2)}/events", headers={"Authorization": "Bearer a-token"}
    )
    lines = list(connection.getresponse())
    connection.close()
    assert sum(line.startswith(b":") for line in lines) >= 5
