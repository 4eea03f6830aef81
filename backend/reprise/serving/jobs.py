"""The job queue: one worker thread owns the engine, everyone else asks here. Knows nothing of HTTP.

A job is queued, then running, then exactly one of done, cancelled and failed. Cancelling takes effect at once for the
one who asked: from then on the job is cancelled and its result cannot be had, though the engine needs until its next
sampler step to notice.
"""

from __future__ import annotations

import contextlib
import logging
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from reprise_core.contract import Progress, Reference, Request
from reprise_core.errors import Cancelled, RepriseError
from reprise_core.motion import to_npz

from ..pipelines.base import Engine
from .failures import explain, is_out_of_memory, release_memory
from .job import EngineState, Event, Job, Retrieval, State

log = logging.getLogger(__name__)


class JobQueue:
    """Runs generations one after another on an engine that `load` makes on the worker thread.

    At most `capacity` jobs wait; a finished job is kept for `keep_seconds`, and at most `keep_jobs` of them. An engine
    that failed to load is tried again by the next job, so that putting a missing file back is enough.
    """

    def __init__(
        self,
        load: Callable[[], Engine],
        *,
        capacity: int = 8,
        keep_jobs: int = 16,
        keep_seconds: float = 600.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._load = load
        self._capacity, self._keep_jobs, self._keep_seconds, self._clock = capacity, keep_jobs, keep_seconds, clock
        self._changed = threading.Condition()
        self._jobs: dict[str, Job] = {}
        self._waiting: deque[Job | Retrieval] = deque()
        self._running: Job | None = None
        self._closed = False
        self._engine: Engine | None = None
        self._engine_state = EngineState.LOADING
        self._engine_error: RepriseError | None = None
        self._description: dict[str, Any] | None = None
        self._worker = threading.Thread(target=self._work, name="reprise-engine", daemon=True)

    def start(self) -> None:
        """Starts the worker, which loads the engine first."""
        self._worker.start()

    def close(self) -> None:
        """Cancels every job and lets the worker end; returns at once."""
        with self._changed:
            self._closed = True
            for job in list(self._jobs.values()):
                if job.state in (State.QUEUED, State.RUNNING):
                    self._finish(job, State.CANCELLED)
            for item in self._waiting:
                if isinstance(item, Retrieval) and item.answer.set_running_or_notify_cancel():
                    item.answer.set_exception(_closing())
            self._waiting.clear()
            self._changed.notify_all()

    def join(self, timeout: float) -> bool:
        """Waits for the worker after `close`; False when it is still busy."""
        if self._worker.is_alive():
            self._worker.join(timeout)
        return not self._worker.is_alive()

    def health(self) -> dict[str, Any]:
        """`engine` (loading, ready, failed), `error` (why it failed, or None), and how many jobs run and wait."""
        with self._changed:
            return {
                "engine": self._engine_state.value,
                "error": self._engine_error.to_json()["error"] if self._engine_error else None,
                "running": 0 if self._running is None else 1,
                "queued": len(self._waiting),
            }

    def description(self) -> dict[str, Any] | None:
        """What the engine says of itself; None until it is loaded."""
        return self._description

    def limits(self) -> dict[str, Any]:
        """How many jobs may wait and how long results are kept."""
        return {"queue": self._capacity, "kept_results": self._keep_jobs, "kept_seconds": self._keep_seconds}

    def submit(self, request: Request) -> str:
        """Queues a generation and returns its id; raises `queue_full` when too many wait."""
        with self._changed:
            self._forget_old()
            self._check_room()
            stage = "loading" if self._engine_state is EngineState.LOADING else "queued"
            job = Job(secrets.token_hex(8), request, Event("progress", Progress(stage, 0, 1).to_json()))
            self._jobs[job.id] = job
            self._waiting.append(job)
            self._changed.notify_all()
            return job.id

    def retrieve(self, request: Request) -> Future[list[Reference]]:
        """Asks the engine for references; answered before the waiting generations, after the running one."""
        with self._changed:
            self._check_room()
            answer: Future[list[Reference]] = Future()
            self._waiting.appendleft(Retrieval(request, answer))
            self._changed.notify_all()
            return answer

    def cancel(self, job_id: str) -> State:
        """Cancels a job and drops its result, also when it was done already; a failed one stays failed."""
        with self._changed:
            job = self._job(job_id)
            if job in self._waiting:
                self._waiting.remove(job)
            if job.state is not State.FAILED:
                self._finish(job, State.CANCELLED)
            return job.state

    def subscribe(self, job_id: str, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Tells `listener` the job's last event now and every later one; returns what ends the subscription.

        Listeners are called on other threads, with the queue locked: they must be quick and must not call back.
        """
        with self._changed:
            job = self._job(job_id)
            listener(job.last)
            if not job.last.is_last:
                job.listeners.append(listener)

        def unsubscribe() -> None:
            with self._changed:
                if listener in job.listeners:
                    job.listeners.remove(listener)

        return unsubscribe

    def result(self, job_id: str) -> bytes:
        """The npz of a done job; raises `unknown_job`, `job_running`, `job_cancelled` or `job_failed`."""
        with self._changed:
            job = self._job(job_id)
            if job.state is State.DONE and job.result is not None:
                return job.result
            if job.state is State.CANCELLED:
                raise RepriseError("job_cancelled", f"Job {job_id} was cancelled.", "Generate again.")
            if job.state is State.FAILED and job.error is not None:
                raise RepriseError("job_failed", job.error.message, job.error.hint)
            raise RepriseError("job_running", f"Job {job_id} is {job.state}.", "Wait for its 'done' event.")

    def _job(self, job_id: str) -> Job:
        self._forget_old()
        if job_id not in self._jobs:
            raise RepriseError(
                "unknown_job", f"There is no job '{job_id}'.", "It may have been dropped; generate again."
            )
        return self._jobs[job_id]

    def _check_room(self) -> None:
        if self._closed:
            raise _closing()
        if len(self._waiting) >= self._capacity:
            raise RepriseError(
                "queue_full",
                f"{len(self._waiting)} generations are waiting already.",
                "Try again when one has finished.",
            )

    def _forget_old(self) -> None:
        finished = sorted((job for job in self._jobs.values() if job.last.is_last), key=lambda job: job.finished_at)
        oldest_kept = self._clock() - self._keep_seconds
        surplus = len(finished) - self._keep_jobs
        for index, job in enumerate(finished):
            if index < surplus or job.finished_at < oldest_kept:
                del self._jobs[job.id]

    def _finish(self, job: Job, state: State, result: bytes | None = None, error: RepriseError | None = None) -> None:
        data = error.to_json() if error else {"id": job.id}
        job.state, job.result, job.error, job.finished_at = state, result, error, self._clock()
        self._publish(job, Event(state.value, data))
        job.listeners.clear()

    def _publish(self, job: Job, event: Event) -> None:
        job.last = event
        for listener in job.listeners:
            listener(event)

    def _work(self) -> None:
        with contextlib.suppress(RepriseError):  # `health` tells it, and so does every job that comes
            self._loaded_engine()
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closed)
                if self._closed:
                    return
                item = self._waiting.popleft()
                if isinstance(item, Job):
                    item.state, self._running = State.RUNNING, item
            if isinstance(item, Job):
                self._generate(item)
            else:
                self._answer(item)

    def _loaded_engine(self) -> Engine:
        if self._engine is not None:
            return self._engine
        with self._changed:
            self._engine_state, self._engine_error = EngineState.LOADING, None
        started = time.perf_counter()
        try:
            engine = self._load()
            description = dict(engine.describe())
        except BaseException as error:
            failure = self._explain(error, "The engine could not be loaded")
            with self._changed:
                self._engine_state, self._engine_error = EngineState.FAILED, failure
            raise failure from error
        log.info("Engine loaded in %.1f s.", time.perf_counter() - started)
        with self._changed:
            self._engine, self._engine_state, self._description = engine, EngineState.READY, description
        return engine

    def _generate(self, job: Job) -> None:
        def on_progress(progress: Progress) -> None:
            with self._changed:
                if job.state is State.RUNNING:
                    self._publish(job, Event("progress", progress.to_json()))

        result: bytes | None = None
        failure: RepriseError | None = None
        started = time.perf_counter()
        try:
            if self._engine is None:
                on_progress(Progress("loading", 0, 1))
            engine = self._loaded_engine()
            result = to_npz(engine.generate(job.request, on_progress, lambda: job.state is not State.RUNNING))
        except Cancelled:
            pass
        except BaseException as error:
            failure = self._explain(error, f"Job {job.id} failed")
        with self._changed:
            self._running = None
            if job.state is State.RUNNING:  # else it was cancelled on the way: what came out is nobody's
                state = State.FAILED if failure else State.DONE if result is not None else State.CANCELLED
                self._finish(job, state, result, failure)
        log.info("Job %s: %s after %.1f s.", job.id, job.state, time.perf_counter() - started)

    def _answer(self, retrieval: Retrieval) -> None:
        if not retrieval.answer.set_running_or_notify_cancel():
            return
        try:
            retrieval.answer.set_result(self._loaded_engine().retrieve(retrieval.request))
        except BaseException as error:
            retrieval.answer.set_exception(self._explain(error, "A retrieval failed"))

    @staticmethod
    def _explain(error: BaseException, what: str) -> RepriseError:
        # A RepriseError is the user's to mend; only for what nobody foresaw is the traceback of use.
        log.error("%s: %s", what, error, exc_info=None if isinstance(error, RepriseError) else error)
        if is_out_of_memory(error):
            release_memory()
        return explain(error)


def _closing() -> RepriseError:
    return RepriseError("shutting_down", "The backend is shutting down.", "Start it again.")
