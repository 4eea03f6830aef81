"""A job against the real service with a scripted engine: results, refusals, cancelling, and deaths."""

import os
import signal
import time

import pytest
from reprise_addon.bridge.client import Client, UnreachableError
from reprise_addon.bridge.job import Job
from reprise_addon.bridge.state import BackendState, JobState
from reprise_addon.core.contract import Request
from reprise_addon.core.errors import RepriseError
from reprise_addon.core.motion import from_npz


def pump_until(job, condition, within=20.0):
    deadline = time.monotonic() + within
    while not condition() and time.monotonic() < deadline:
        job.pump()
        time.sleep(0.01)
    assert condition()


def started(process, prompt="a person walks", **values):
    job = Job(process, Request(prompt, **values))
    job.start()
    return job


def test_a_request_becomes_a_motion_with_progress_on_the_way(backend):
    stages, fractions = [], []
    job = started(backend(), "a person waves, 手を振る", seconds=2.0, seed=7)

    def note(job):
        fractions.append(job.fraction)
        if job.progress and job.progress.stage not in stages:
            stages.append(job.progress.stage)

    (motion,) = from_npz(job.wait(30, note))
    assert job.state is JobState.DONE
    assert (motion.seconds, motion.meta["seed"], motion.meta["prompt"]) == (2.0, 7, "a person waves, 手を振る")
    assert stages[-1] == "cleanup" and "sampling" in stages
    assert fractions == sorted(fractions) and fractions[-1] == 1.0


def test_pumping_never_blocks(backend):
    job = started(backend("--step-seconds", "0.02"))
    longest = 0.0
    while not job.state.is_over:
        before = time.perf_counter()
        job.pump()
        longest = max(longest, time.perf_counter() - before)
        time.sleep(0.01)
    assert job.state is JobState.DONE
    assert longest < 0.1


def test_cancel_reaches_the_server_and_its_result_can_never_be_had(backend):
    process = backend("--step-seconds", "0.05")
    job = started(process)
    pump_until(job, lambda: job.progress and job.progress.stage == "sampling")
    client, job_id = job._on_server
    before = time.perf_counter()
    job.cancel()
    assert time.perf_counter() - before < 0.1
    assert job.state is JobState.CANCELLED
    assert job.join(5)
    job.pump()
    assert (job.state, job.result) == (JobState.CANCELLED, b"")
    with pytest.raises(RepriseError) as caught:
        client.result(job_id)
    assert caught.value.code in ("job_cancelled", "unknown_job")
    assert process.state is BackendState.READY


def test_a_result_that_has_come_in_already_is_not_taken_after_a_cancel(backend):
    job = started(backend())
    assert job.join(30)  # the result lies in the queue, not yet pumped
    job.cancel()
    job.pump()
    assert (job.state, job.result) == (JobState.CANCELLED, b"")


def test_cancel_while_the_backend_starts_generates_nothing(backend):
    process = backend()
    job = started(process)
    job.cancel()
    assert job.state is JobState.CANCELLED
    assert job.join(20)
    health = process.ensure_ready().health()
    assert (health["running"], health["queued"]) == (0, 0)


def test_a_new_job_after_a_cancelled_deaf_one_gets_its_own_result(backend):
    process = backend("--step-seconds", "0.02")
    first = started(process, "[deaf] first", seed=1)
    pump_until(first, lambda: first.progress and first.progress.stage == "sampling")
    first.cancel()
    second = started(process, "second", seed=2)
    (motion,) = from_npz(second.wait(30))
    assert motion.meta["prompt"] == "second"
    assert first.state is JobState.CANCELLED


def test_the_backends_own_words_reach_the_owner(backend):
    process = backend()
    job = started(process, "[mistake]")
    with pytest.raises(RepriseError, match="The library is empty") as caught:
        job.wait(30)
    assert caught.value.hint == "Add clips to it."
    assert job.state is JobState.FAILED
    assert process.state is BackendState.READY


def test_an_engine_that_does_not_load_fails_the_job_with_its_reason(backend):
    with pytest.raises(RepriseError, match="no such checkpoint"):
        started(backend("--load-error", "There is no such checkpoint.")).wait(30)


def test_a_backend_that_dies_mid_job_fails_it_with_the_exit_code_and_the_next_job_works(backend):
    process = backend()
    with pytest.raises(RepriseError, match="exit code 3"):
        started(process, "[crash]").wait(30)
    assert process.state is BackendState.FAILED
    assert from_npz(started(process).wait(30))


def test_stopping_the_backend_mid_job_fails_the_job(backend):
    process = backend("--step-seconds", "0.1")
    job = started(process)
    pump_until(job, lambda: job.progress and job.progress.stage == "sampling")
    process.stop()
    pump_until(job, lambda: job.state.is_over)
    assert job.state in (JobState.FAILED, JobState.CANCELLED)
    assert process.state is BackendState.STOPPED


def test_a_hung_backend_ends_in_an_error_not_in_a_wait_forever(backend, monkeypatch):
    process = backend("--step-seconds", "0.05")
    monkeypatch.setattr(process.ensure_ready(), "_silence", 1.0)
    job = started(process)
    pump_until(job, lambda: job.progress and job.progress.stage == "sampling")
    pid = process.pid
    os.kill(pid, signal.SIGSTOP)
    try:
        pump_until(job, lambda: job.state.is_over)
        assert "no longer answers" in job.error.message
    finally:
        os.kill(pid, signal.SIGCONT)


def test_a_time_limit_cancels(backend):
    job = started(backend("--step-seconds", "0.5"))
    with pytest.raises(RepriseError, match="within 1 seconds"):
        job.wait(1.0)
    assert job.state is JobState.CANCELLED


def test_a_wrong_token_is_refused_in_words(backend):
    client = backend().ensure_ready()
    stranger = Client(f"http://{client._host}:{client._port}", "wrong")
    with pytest.raises(RepriseError) as caught:
        stranger.health()
    assert caught.value.code == "unauthorized"


def test_nobody_at_the_address_is_unreachable():
    with pytest.raises(UnreachableError):
        Client("http://127.0.0.1:9", "t").health()


def test_a_proxy_in_the_environment_is_not_asked(backend, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert backend().ensure_ready().health()["status"] == "ok"
