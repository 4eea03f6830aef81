"""One generation seen from here: a worker thread talks to the backend, its owner pumps what came in.

The owner (Blender's main thread, or a script) sees the job's fields change only inside its own calls of `pump`, `wait`
and `cancel`. A cancelled job never yields a result, whatever the worker or the backend still have under way.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from ..core.contract import Progress, Request
from ..core.errors import RepriseError
from .backend import Backend
from .client import Client, UnreachableError, error_from_json
from .state import JobState, assert_legal

_SHARES = (("loading", 0.0, 0.0), ("queued", 0.0, 0.0), ("text", 0.0, 0.02), ("retrieval", 0.02, 0.05),
           ("sampling", 0.05, 0.95), ("cleanup", 0.95, 1.0))  # fmt: skip


@dataclass(frozen=True)
class _Entered:
    state: JobState
    result: bytes = b""
    error: RepriseError | None = None


class Job:
    """A request on its way through a backend; `state`, `progress`, `result` (npz), `error` are the owner's to read."""

    def __init__(self, backend: Backend, request: Request) -> None:
        self.request = request
        self.state = JobState.WAITING
        self.progress: Progress | None = None
        self.result = b""
        self.error: RepriseError | None = None
        self._backend = backend
        self._came_in: queue.Queue[Progress | _Entered] = queue.Queue()
        self._cancelled = threading.Event()
        self._lock = threading.Lock()
        self._on_server: tuple[Client, str] | None = None
        self._thread = threading.Thread(target=self._work, name="reprise-job", daemon=True)

    @property
    def fraction(self) -> float:
        """How much is done, over all stages, in [0, 1]."""
        if self.state is JobState.DONE:
            return 1.0
        if self.progress is None:
            return 0.0
        begin, end = next(((a, b) for stage, a, b in _SHARES if stage == self.progress.stage), (0.0, 1.0))
        done = self.progress.step / self.progress.total if self.progress.total > 0 else 0.0
        return begin + (end - begin) * min(max(done, 0.0), 1.0)

    def start(self) -> None:
        """Starts the worker; returns at once."""
        self._enter(JobState.STARTING)
        self._thread.start()

    def pump(self) -> bool:
        """Takes over what has come in since the last call; True when anything changed. Never blocks."""
        changed = False
        while not self.state.is_over:
            try:
                self._take(self._came_in.get_nowait())
            except queue.Empty:
                break
            changed = True
        return changed

    def wait(self, timeout: float | None = None, on_change: Callable[[Job], None] | None = None) -> bytes:
        """Pumps until the job is over (there is no timer in background mode) and returns the result.

        Raises the job's error, and `job_cancelled` or (after cancelling it) `job_timeout`.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while not self.state.is_over:
            with contextlib.suppress(queue.Empty):
                self._take(self._came_in.get(timeout=0.2))
                if on_change is not None:
                    on_change(self)
            if deadline is not None and time.monotonic() > deadline and not self.state.is_over:
                self.cancel()
                raise RepriseError("job_timeout", f"Nothing was generated within {timeout:g} seconds.", "Try again.")
        if self.error is not None:
            raise self.error
        if self.state is JobState.CANCELLED:
            raise RepriseError("job_cancelled", "The generation was cancelled.", "Generate again.")
        return self.result

    def cancel(self) -> None:
        """Ends the job for its owner at once, and on the backend as soon as it listens; returns at once."""
        if self.state.is_over:
            return
        with self._lock:
            self._cancelled.set()
            on_server = self._on_server
        self._enter(JobState.CANCELLED)
        if on_server is not None:
            threading.Thread(target=_cancel_on_server, args=on_server, name="reprise-cancel", daemon=True).start()

    def join(self, timeout: float) -> bool:
        """Waits for the worker thread; False when it is still there."""
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def _take(self, came_in: Progress | _Entered) -> None:
        if isinstance(came_in, Progress):
            self.progress = came_in
        else:
            self.result, self.error = came_in.result, came_in.error
            self._enter(came_in.state)

    def _enter(self, state: JobState) -> None:
        assert_legal(self.state, state)
        self.state = state

    # The worker thread: it changes nothing of the job but the queue.

    def _work(self) -> None:
        try:
            with self._backend.lease() as client:
                if not self._cancelled.is_set():
                    self._came_in.put(_Entered(JobState.RUNNING))
                    result = self._generate(client)
                    self._came_in.put(_Entered(JobState.DONE, result))
        except _CancelledError:
            self._came_in.put(_Entered(JobState.CANCELLED))
        except RepriseError as error:
            self._came_in.put(_Entered(JobState.FAILED, error=error))
        except UnreachableError:
            self._came_in.put(_Entered(JobState.FAILED, error=self._backend.explain_silence()))
        except Exception as error:  # a thread has nobody above it to tell
            failure = RepriseError("internal", f"The add-on failed unexpectedly ({type(error).__name__}: {error}).")
            self._came_in.put(_Entered(JobState.FAILED, error=failure))

    def _generate(self, client: Client) -> bytes:
        job_id = client.generate(self.request)
        with self._lock:
            self._on_server = (client, job_id)
            cancelled = self._cancelled.is_set()
        if cancelled:  # `cancel` came before there was an id to cancel
            _cancel_on_server(client, job_id)
            raise _CancelledError
        for event in client.events(job_id):
            if event.name == "progress":
                self._came_in.put(_progress(event.data))
            elif event.name == "done":
                return client.result(job_id)
            elif event.name == "failed":
                raise _failure(event.data)
            else:
                raise _CancelledError
        raise UnreachableError("the stream of events ended in the middle")


class _CancelledError(Exception):
    pass


def _cancel_on_server(client: Client, job_id: str) -> None:
    # Without an answer there is nobody left to cancel; the owner has let go of the job already.
    with contextlib.suppress(UnreachableError, RepriseError):
        client.cancel(job_id)


def _progress(data: object) -> Progress:
    if isinstance(data, dict) and isinstance(data.get("stage"), str):
        step, total, eta = data.get("step"), data.get("total"), data.get("eta")
        if isinstance(step, int) and isinstance(total, int) and (eta is None or isinstance(eta, (int, float))):
            return Progress(data["stage"], step, total, eta)
    raise RepriseError(
        "bad_backend", f"The backend sent an event that is no progress: {data!r}.", "Update the backend."
    )


def _failure(data: object) -> RepriseError:
    try:
        return error_from_json(data)  # type: ignore[arg-type]
    except ValueError:
        return RepriseError("bad_backend", "The backend failed without saying why.", "Its log says more.")
