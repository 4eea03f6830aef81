"""Clients that take turns, that go, and that come back; what they are told and what becomes of their jobs."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable

import pytest
from fake_engine import FakeEngine
from http_client import Client

from reprise.pipelines.base import IsCancelled, OnProgress
from reprise.serving.jobs import JobQueue
from reprise.serving.limits import Limits
from reprise_core.contract import Progress, Request
from reprise_core.errors import RepriseError

Start = Callable[..., Client]
LONG = Request("a person walks", seconds=1.0, steps=1000)


def named(client: Client, name: str) -> Client:
    return Client(client.port, headers={"Reprise-Client": name})


def wait_until(is_true: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.01)


def error_of(client: Client, job: str) -> str:
    answer = client.send("GET", f"/v1/jobs/{job}/result")
    return "none" if answer.status == 200 else answer.json["error"]["message"]


def test_clients_take_turns(start: Start):
    client = start(FakeEngine(step_seconds=0.02))
    first = client.generate(steps=20)
    client.wait_for_steps(first)
    batch, panel = named(client, "batch"), named(client, "panel")
    jobs = {f"batch{i}": batch.generate(steps=1) for i in range(3)} | {"panel": panel.generate(steps=1)}
    order: list[str] = []

    def follow(name: str) -> None:
        client.last_event(jobs[name])
        order.append(name)

    threads = [threading.Thread(target=follow, args=(name,)) for name in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert order.index("panel") < order.index("batch1") < order.index("batch2")


def test_one_client_cannot_fill_the_queue_of_the_others(start: Start):
    client = start(FakeEngine(step_seconds=0.02), waiting=4, waiting_per_client=2)
    running = client.generate(steps=1000)
    client.wait_for_steps(running)
    greedy, modest = named(client, "greedy"), named(client, "modest")
    for _ in range(2):
        greedy.generate()
    answer = greedy.send("POST", "/v1/generate", {"prompt": "walk"})
    assert (answer.status, answer.code) == (429, "too_many_waiting")
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json["error"]["hint"]
    for _ in range(2):
        modest.generate()
    answer = named(client, "late").send("POST", "/v1/generate", {"prompt": "walk"})
    assert (answer.status, answer.code) == (503, "queue_full")
    assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize("name", ["x" * 65, "two words", "a/b", "\xe9"])
def test_an_unusable_client_name_is_400(client: Client, name: str):
    answer = named(client, name).send("GET", "/v1/health")
    assert (answer.status, answer.code) == (400, "bad_request")


def test_a_followed_job_whose_follower_goes_is_cancelled_and_the_worker_free(start: Start):
    client = start(FakeEngine(step_seconds=0.02), abandon_seconds=0.3)
    job = client.generate(steps=1000)
    stream = client.events(job)
    next(stream)
    stream.close()
    assert client.last_event(client.generate(steps=1))[0] == "done"  # it waits for the first one's end
    assert "its client had gone" in error_of(client, job)
    answer = client.send("GET", f"/v1/jobs/{job}/result")
    assert (answer.status, answer.code) == (409, "job_cancelled")


def test_a_follower_that_comes_back_in_time_keeps_its_job(start: Start):
    client = start(FakeEngine(step_seconds=0.02), abandon_seconds=1.5)
    job = client.generate(steps=150)  # three seconds: twice the patience
    for _ in range(3):
        stream = client.events(job)
        next(stream)
        stream.close()
        time.sleep(0.5)
    assert client.last_event(job)[0] == "done"


def test_one_of_two_followers_may_go(start: Start):
    client = start(FakeEngine(step_seconds=0.02), abandon_seconds=0.3)
    job = client.generate(steps=100)
    leaving, staying = client.events(job), client.events(job)
    next(leaving)
    next(staying)
    leaving.close()
    assert list(staying)[-1][0] == "done"


def test_asking_for_the_result_counts_as_waiting_for_it(start: Start):
    client = start(FakeEngine(step_seconds=0.02), abandon_seconds=1.0)
    job = client.generate(steps=100)
    while (answer := client.send("GET", f"/v1/jobs/{job}/result")).status == 409:
        assert answer.code == "job_running"
        time.sleep(0.1)
    assert answer.status == 200


def test_jobs_of_a_client_that_follows_another_of_its_jobs_wait_their_turn(start: Start):
    engine = FakeEngine(step_seconds=0.02)
    client = named(start(engine, abandon_seconds=1.0), "script")
    jobs = [client.generate(steps=steps) for steps in (100, 1)]  # the second waits for two seconds
    assert [client.last_event(job)[0] for job in jobs] == ["done"] * 2


def test_a_client_whose_connection_is_lost_while_it_waits_for_references_is_not_answered(start: Start):
    asked: list[str] = []
    asked_in_vain = threading.Event()

    class Asked(FakeEngine):
        def retrieve(self, request: Request):
            asked.append(request.prompt)
            return super().retrieve(request)

        def generate(self, request: Request, on_progress: OnProgress, is_cancelled: IsCancelled):
            on_progress(Progress("sampling", 1, 2))
            assert asked_in_vain.wait(20)  # a step that is long enough for somebody to come and go
            return super().generate(request, on_progress, is_cancelled)

    client = start(Asked(step_seconds=0.02))
    job = client.generate(steps=3)
    client.wait_for_steps(job)
    connection = http.client.HTTPConnection("127.0.0.1", client.port)
    body = json.dumps({"prompt": "asked in vain"})
    connection.request("POST", "/v1/retrieve", body, {"Authorization": "Bearer a-token"})
    wait_until(lambda: client.send("GET", "/v1/health").json["queued"] == 1)
    connection.close()
    wait_until(lambda: client.send("GET", "/v1/health").json["queued"] == 0)
    asked_in_vain.set()
    assert client.last_event(job)[0] == "done"
    assert client.send("POST", "/v1/retrieve", {"prompt": "asked again"}).status == 200
    assert asked == ["asked again"]


def test_references_are_found_while_a_generation_runs_and_it_goes_on(start: Start):
    """One a step: who asks for many holds nobody up by more than that."""
    engine = FakeEngine(step_seconds=0.02)
    client = start(engine)
    job = client.generate("a person walks on and on", steps=200)
    client.wait_for_steps(job)
    for _ in range(3):
        assert client.send("POST", "/v1/retrieve", {"prompt": "a person waves", "references": {"k": 2}}).status == 200
        assert client.send("POST", "/v1/retrieve", {"prompt": "[fail]"}).code == "internal"
    assert engine.steps_done < 200
    assert client.send("GET", "/v1/health").json["running"] == 1
    assert client.last_event(job)[0] == "done"
    assert engine.steps_done == 200


def test_absence_by_the_clock():
    """The rules without waiting: 30 seconds of absence, and who counts as present."""
    now = 0.0
    jobs = JobQueue(FakeEngine, Limits(abandon_seconds=30.0), clock=lambda: now)  # no worker: everything waits

    def message(job: str) -> str:
        try:
            jobs.result(job)
        except RepriseError as error:
            return error.code
        return "done"

    def later(seconds: float) -> None:
        nonlocal now
        now += seconds
        jobs.tidy()

    left, kept = jobs.submit(LONG, "gone"), jobs.submit(LONG, "there")
    later(29.0)
    jobs.seen("there")
    later(2.0)  # 31 s after `gone` was last heard of
    assert jobs.lengths() == (0, 1)
    followed = jobs.submit(LONG, "there")
    unsubscribe = jobs.subscribe(followed, lambda event: None)
    later(1000.0)  # an open stream is presence, also for the client's other job
    assert jobs.lengths() == (0, 2)
    unsubscribe()
    later(29.0)
    assert jobs.lengths() == (0, 2)
    jobs.seen("there")
    later(2.0)  # the client is there, but nobody follows that job any more
    assert jobs.lengths() == (0, 1)
    assert [message(job) for job in (left, kept, followed)] == ["unknown_job", "job_running", "job_cancelled"]


def test_a_stream_taken_up_again_goes_on_after_the_last_event_known(start: Start):
    client = start(FakeEngine(step_seconds=0.05))
    job = client.generate(steps=20)

    first = client.numbered_events(job)
    known = [next(first)[0] for _ in range(3)][-1]
    first.close()
    resumed = [(number, name) for number, name, _ in client.numbered_events(job, known)]
    assert resumed[0][0] > known
    assert [number for number, _ in resumed] == list(range(resumed[0][0], resumed[-1][0] + 1))
    assert [name for _, name in resumed].count("done") == 1
    last = resumed[-1]
    for after in (last[0], None):  # over: that is told again, as otherwise the client would wait for ever
        assert [(number, name) for number, name, _ in client.numbered_events(job, after)] == [last]


@pytest.mark.parametrize("given", ["x", "-2", "1.5", ""])
def test_an_event_id_that_is_none_is_400(client: Client, given: str):
    answer = Client(client.port, headers={"Last-Event-ID": given}).send("GET", "/v1/jobs/x/events")
    assert (answer.status, answer.code) == (400, "bad_request")
