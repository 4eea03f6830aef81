"""The job queue: one worker thread owns the engine, everyone else asks here. Knows nothing of HTTP.

A job is queued, then running, then exactly one of done, cancelled and failed. Cancelling takes effect at once for the
one who asked: from then on the job is cancelled and its result cannot be had, though the engine needs until its next
sampler step to notice. A job that nobody waits for any more is cancelled too (`presence.py`).
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path

from reprise_core.contract import Progress, Reference, Request
from reprise_core.errors import Cancelled, RepriseError
from reprise_core.motion import to_npz

from ..pipelines.base import Engine
from .engine_host import EngineHost, EngineState, EngineStatus
from .failures import log_and_explain
from .fair_queue import FairQueue
from .job import Event, Job, Listener, Retrieval, State
from .job_table import JobTable
from .limits import Limits
from .presence import Presence

_TIDY_SECONDS = 1.0
log = logging.getLogger(__name__)


class JobQueue:
    """Runs generations one after another, the clients in turn, on an engine that `load` makes on the worker thread.

    Questions for references are answered in between, also between two steps of a generation.
    The engine is loaded again when one of the `sources`, the files it is made from, has changed. An engine that failed
    to load is tried again by the next job, so that putting a missing file back is enough.
    """

    def __init__(
        self,
        load: Callable[[], Engine],
        limits: Limits = Limits(),  # noqa: B008 (frozen)
        *,
        sources: Sequence[Path] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limits, self._clock, self._host = limits, clock, EngineHost(load, sources)
        self._changed = threading.Condition()
        self._jobs = JobTable(limits, clock)
        self._waiting: FairQueue[Job | Retrieval] = FairQueue()
        self._presence = Presence(limits.abandon_seconds, clock)
        self._running: Job | Retrieval | None = None
        self._closed = False
        self._worker = threading.Thread(target=self._work, name="reprise-engine", daemon=True)
        self._tidier = threading.Thread(target=self._keep_tidy, name="reprise-tidier", daemon=True)

    def start(self) -> None:
        """Starts the worker, which loads the engine first."""
        self._worker.start()
        self._tidier.start()

    def close(self) -> None:
        """Cancels every job and lets the worker end; returns at once."""
        with self._changed:
            self._closed = True
            for job in self._jobs:
                if not job.state.is_over:
                    job.finish(State.CANCELLED, self._clock(), error=_closing())
            for item in list(self._waiting):
                if isinstance(item, Retrieval) and item.answer.set_running_or_notify_cancel():
                    item.answer.set_exception(_closing())
            self._waiting.clear()
            self._changed.notify_all()

    def join(self, timeout: float) -> bool:
        """Waits for the worker after `close`; False when it is still busy."""
        if self._worker.is_alive():
            self._worker.join(timeout)
        return not self._worker.is_alive()

    @property
    def engine(self) -> EngineStatus:
        """How far the engine is, and what it says of itself."""
        return self._host.status

    @property
    def limits(self) -> Limits:
        """What the queue allows."""
        return self._limits

    def lengths(self) -> tuple[int, int]:
        """How many jobs and retrievals run (0 or 1) and how many wait."""
        with self._changed:
            return int(self._running is not None), len(self._waiting)

    def seen(self, client: str) -> None:
        """Notes that the client is there."""
        with self._changed:
            if self._jobs:  # else it does not matter, and nobody would ever forget it
                self._presence.seen(client)

    def submit(self, request: Request, client: str = "") -> str:
        """Queues a generation and returns its id; raises `queue_full` or `too_many_waiting`."""
        with self._changed:
            self._check_room(client)
            stage = "loading" if self._host.status.state is EngineState.LOADING else "queued"
            first = Event("progress", Progress(stage, 0, 1).to_json())
            job = self._jobs.add(request, client, first)
            self._presence.seen(client)
            self._waiting.push(client, job)
            self._changed.notify_all()
            return job.id

    def retrieve(self, request: Request, client: str = "") -> Future[list[Reference]]:
        """Asks the engine for references, at the next step of what runs; a cancelled future is not asked."""
        with self._changed:
            self._check_room(client)
            retrieval = Retrieval(request, client, Future())
            self._waiting.push(client, retrieval, ahead=True)
            retrieval.answer.add_done_callback(lambda _: self._leave(retrieval))
            self._changed.notify_all()
            return retrieval.answer

    def cancel(self, job_id: str) -> State:
        """Cancels a job and drops its result, also when it was done already; a failed one stays failed."""
        with self._changed:
            job = self._jobs[job_id]
            if job.state not in (State.FAILED, State.CANCELLED):
                self._cancel(job, _cancelled(job))
            return job.state

    def subscribe(self, job_id: str, listener: Listener, after: int = -1) -> Callable[[], None]:
        """Tells `listener` the job's last event now and every later one; returns what ends the subscription.

        `after` is the number of the last event that the listener knows: it is not told that again, except the one that
        ends the job. Listeners are called on other threads, with the queue locked: they must be quick and must not
        call back.
        """
        with self._changed:
            job = self._jobs[job_id]
            job.was_followed, job.seen_at = True, self._clock()
            if job.last.number > after or job.last.is_last:
                listener(job.last)
            if not job.last.is_last:
                job.listeners.append(listener)

        def unsubscribe() -> None:
            with self._changed:
                job.seen_at = self._clock()
                if listener in job.listeners:
                    job.listeners.remove(listener)

        return unsubscribe

    def result(self, job_id: str) -> bytes:
        """The npz of a done job; raises `unknown_job`, `job_running`, `job_cancelled` or `job_failed`."""
        with self._changed:
            job = self._jobs[job_id]
            job.seen_at = self._clock()
            return job.outcome()

    def tidy(self) -> None:
        """Cancels the jobs that nobody waits for and drops old results; done every second while there are any."""
        with self._changed:
            running = () if self._running is None else (self._running,)
            asking = {item.client for item in (*self._waiting, *running) if isinstance(item, Retrieval)}
            for job in self._presence.abandoned(list(self._jobs), asking):
                log.info("Job %s: nobody waits for it any more.", job.id)
                gone = RepriseError(
                    "client_gone", f"Job {job.id} was cancelled: its client had gone.", "Generate again."
                )
                self._cancel(job, gone)
            self._jobs.forget_old()

    def _check_room(self, client: str) -> None:
        if self._closed:
            raise _closing()
        again = "Try again when one has finished."
        if len(self._waiting) >= self._limits.waiting:
            raise RepriseError("queue_full", f"{len(self._waiting)} generations are waiting already.", again)
        own = self._waiting.length_of(client)
        if own >= self._limits.waiting_per_client:
            raise RepriseError("too_many_waiting", f"{own} generations of this client are waiting already.", again)

    def _leave(self, retrieval: Retrieval) -> None:
        with self._changed:
            self._waiting.discard(retrieval.client, retrieval)
            self._presence.seen(retrieval.client)

    def _cancel(self, job: Job, why: RepriseError) -> None:
        self._waiting.discard(job.client, job)
        job.finish(State.CANCELLED, self._clock(), error=why)

    def _keep_tidy(self) -> None:
        with self._changed:
            while not self._closed:
                self.tidy()
                self._changed.wait(_TIDY_SECONDS if self._jobs else None)

    def _work(self) -> None:
        with contextlib.suppress(RepriseError):  # `engine` tells it, and so does every job that comes
            self._host.engine()
        while True:
            patience = self._limits.unload_seconds if self._host.is_loaded else None
            with self._changed:
                is_idle = not self._changed.wait_for(lambda: self._waiting or self._closed, patience)
                if self._closed:
                    return
                item = self._running = None if is_idle else self._waiting.pop()
                if isinstance(item, Job):
                    item.state = State.RUNNING
            if isinstance(item, Job):
                self._generate(item)
            elif item is not None:
                self._answer(item)
                self._host.look()
                with self._changed:
                    self._running = None
            else:
                self._host.unload()

    def _generate(self, job: Job) -> None:
        def on_progress(progress: Progress) -> None:
            with self._changed:
                if job.state is State.RUNNING:
                    job.progress(progress, self._clock())

        def between_steps(progress: Progress) -> None:
            on_progress(progress)
            self._answer_one()  # one a step: however many are asked, the generation goes on

        result: bytes | None = None
        failure: RepriseError | None = None
        started = time.perf_counter()
        try:
            engine = self._host.engine(lambda: on_progress(Progress("loading", 0, 1)))
            result = to_npz(engine.generate(job.request, between_steps, lambda: job.state is not State.RUNNING))
            if len(result) > self._limits.result_bytes:
                raise _too_large(len(result), self._limits.result_bytes)
        except Cancelled:
            pass
        except BaseException as error:
            failure = log_and_explain(error, f"Job {job.id} failed")
        self._host.look()
        with self._changed:
            self._running = None
            if job.state is State.RUNNING:  # else it was cancelled on the way: what came out is nobody's
                if result is not None and failure is None:
                    job.finish(State.DONE, self._clock(), result)
                elif failure is not None:
                    job.finish(State.FAILED, self._clock(), error=failure)
                else:
                    job.finish(State.CANCELLED, self._clock(), error=_cancelled(job))
        log.info("Job %s: %s after %.1f s.", job.id, job.state, time.perf_counter() - started)

    def _answer(self, retrieval: Retrieval) -> None:
        if retrieval.answer.set_running_or_notify_cancel():
            try:
                retrieval.answer.set_result(self._host.engine().retrieve(retrieval.request))
            except BaseException as error:
                retrieval.answer.set_exception(log_and_explain(error, "A retrieval failed"))

    def _answer_one(self) -> None:
        """Answers a retrieval that waits: a question of a twentieth of a second, asked behind minutes of sampling."""
        with self._changed:
            retrieval = self._waiting.take_first(lambda item: isinstance(item, Retrieval))
        if isinstance(retrieval, Retrieval):
            self._answer(retrieval)


def _cancelled(job: Job) -> RepriseError:
    return RepriseError("job_cancelled", f"Job {job.id} was cancelled.", "Generate again.")


def _closing() -> RepriseError:
    return RepriseError("shutting_down", "The backend is shutting down.", "Start it again.")


def _too_large(size: int, limit: int) -> RepriseError:
    return RepriseError(
        "result_too_large", f"The result has {size} bytes; at most {limit} are allowed.", "Ask for fewer takes."
    )
