"""The queue without HTTP: what is kept and for how long, and what can never come out of it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from fake_engine import FakeEngine

from reprise.serving.failures import explain, is_out_of_memory
from reprise.serving.job import Event
from reprise.serving.jobs import JobQueue
from reprise.serving.limits import Limits
from reprise_core.contract import Request
from reprise_core.errors import RepriseError

ONE_STEP = Request("a person waves", seconds=1.0, steps=1)


def finish(jobs: JobQueue, job: str) -> Event:
    events: list[Event] = []
    ended = threading.Event()

    def listen(event: Event) -> None:
        events.append(event)
        if event.is_last:
            ended.set()

    jobs.subscribe(job, listen)
    assert ended.wait(20)
    return events[-1]


def code_of_result(jobs: JobQueue, job: str) -> str:
    try:
        jobs.result(job)
    except RepriseError as error:
        return error.code
    return "ok"


def test_results_are_dropped_after_their_time():
    now = 1000.0
    jobs = JobQueue(FakeEngine, Limits(keep_seconds=60.0), clock=lambda: now)
    jobs.start()
    job = jobs.submit(ONE_STEP)
    finish(jobs, job)
    now += 59.0
    assert code_of_result(jobs, job) == "ok"
    now += 2.0
    assert code_of_result(jobs, job) == "unknown_job"
    jobs.close()


def test_only_the_newest_results_are_kept():
    jobs = JobQueue(FakeEngine, Limits(keep_jobs=2))
    jobs.start()
    made = []
    for _ in range(4):
        made.append(jobs.submit(ONE_STEP))
        finish(jobs, made[-1])
    assert [code_of_result(jobs, job) for job in made] == ["unknown_job", "unknown_job", "ok", "ok"]
    jobs.close()


def test_whenever_cancel_comes_the_result_stays_out_of_reach():
    """Cancels race the end of a three-step job at many moments; none of them lets a result out afterwards."""
    jobs = JobQueue(lambda: FakeEngine(step_seconds=0.001), Limits(keep_jobs=1000))
    jobs.start()
    request = Request("a person waves", seconds=1.0, steps=3)
    with ThreadPoolExecutor(4) as pool:
        for attempt in range(40):
            job = jobs.submit(request)
            threading.Event().wait(0.0005 * attempt)
            pool.submit(jobs.cancel, job).result()
            assert code_of_result(jobs, job) == "job_cancelled"
            finish(jobs, job)
            assert code_of_result(jobs, job) == "job_cancelled"
    jobs.close()
    assert jobs.join(5)


def test_closing_ends_every_job_and_the_worker():
    jobs = JobQueue(lambda: FakeEngine(step_seconds=0.05))
    jobs.start()
    running, waiting = (jobs.submit(Request("walk", steps=1000)) for _ in range(2))
    retrieval = jobs.retrieve(ONE_STEP)
    jobs.close()
    assert finish(jobs, running).name == finish(jobs, waiting).name == "cancelled"
    assert jobs.join(5)
    with pytest.raises(RepriseError, match="shutting down"):
        jobs.submit(ONE_STEP)
    with pytest.raises(RepriseError, match="shutting down"):
        jobs.retrieve(ONE_STEP)
    assert retrieval.done()


def test_a_retrieval_goes_before_waiting_generations():
    jobs = JobQueue(lambda: FakeEngine(step_seconds=0.02))
    jobs.start()
    jobs.submit(Request("walk", steps=5))
    last = jobs.submit(Request("walk", steps=1000))
    assert len(jobs.retrieve(ONE_STEP).result(10)) == ONE_STEP.references.k
    assert code_of_result(jobs, last) == "job_running"
    jobs.close()


def test_a_worker_survives_an_engine_that_calls_exit():
    class Quitter(FakeEngine):
        def generate(self, *_args):
            raise SystemExit(1)

    jobs = JobQueue(Quitter)
    jobs.start()
    assert finish(jobs, jobs.submit(ONE_STEP)).name == "failed"
    assert finish(jobs, jobs.submit(ONE_STEP)).name == "failed"
    jobs.close()


def test_torch_running_out_of_memory_is_recognised():
    import torch

    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**60, dtype=torch.uint8)
    assert explain(caught.value).code == "out_of_memory"
    assert is_out_of_memory(torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"))
    assert not is_out_of_memory(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
