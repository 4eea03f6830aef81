"""What every backend is to the add-on, whether it runs here or elsewhere: its state, and a client for one job."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..core.contract import CONTRACT_VERSION
from ..core.errors import RepriseError
from .client import Client
from .state import BackendState, assert_legal

log = logging.getLogger(__name__)
_KEPT_CHANGES = 50
ALIVE = (BackendState.STARTING, BackendState.READY, BackendState.BUSY)
ANSWERING = (BackendState.READY, BackendState.BUSY)


@dataclass(frozen=True)
class Change:
    """One step from state to state: when (`time.time()`), and why where there is a reason to tell."""

    at: float
    before: BackendState
    after: BackendState
    why: str = ""


class Backend(ABC):
    """A backend with an explicit state; every change of it is checked, logged, kept and told to `on_change`.

    All methods may be called from any thread. `on_change` is called on the thread that made the change, with no lock
    held; what it raises is logged.
    """

    def __init__(self, on_change: Callable[[Change], None] | None = None) -> None:
        self.on_change = on_change
        self.changes: deque[Change] = deque(maxlen=_KEPT_CHANGES)
        self._lock = threading.RLock()
        self._state = BackendState.STOPPED
        self._error: RepriseError | None = None
        self._client: Client | None = None
        self._jobs = 0

    @property
    def state(self) -> BackendState:
        """The state now. Reads memory only: safe where a panel is drawn."""
        return self._state

    @property
    def error(self) -> RepriseError | None:
        """Why the state is `FAILED` or `NOT_INSTALLED`."""
        return self._error

    @abstractmethod
    def ensure_ready(self) -> Client:
        """A client of a backend that answers; blocks until it does. Raises `RepriseError`: what stands in the way."""

    @abstractmethod
    def explain_silence(self) -> RepriseError:
        """The sentence for a connection that broke in the middle of a job."""

    @abstractmethod
    def stop(self) -> None:
        """Lets go of the backend, and ends it where it is ours to end. Safe to call twice."""

    @contextlib.contextmanager
    def lease(self) -> Iterator[Client]:
        """A client for the length of one job, during which the state is `BUSY`."""
        client = self.ensure_ready()
        with self._lock:
            self._jobs += 1
            entered = self._state is BackendState.READY and self._set(BackendState.BUSY)
        self._tell(entered)
        try:
            yield client
        finally:
            with self._lock:
                self._jobs -= 1
                left = self._jobs == 0 and self._state is BackendState.BUSY and self._set(BackendState.READY)
            self._tell(left)

    def _set(self, state: BackendState, error: RepriseError | None = None) -> Change:
        """Changes the state; the caller holds the lock, and tells the change once it has let go of it."""
        assert_legal(self._state, state)
        change = Change(time.time(), self._state, state, str(error) if error else "")
        self._state, self._error = state, error
        self.changes.append(change)
        return change

    def _tell(self, change: Change | bool) -> None:
        if not isinstance(change, Change):
            return
        log.info("Backend: %s -> %s %s", change.before.value, change.after.value, change.why)
        if self.on_change is not None:
            try:
                self.on_change(change)
            except Exception:  # a listener's mistake must not change what happened
                log.exception("A listener of the backend's state failed")

    def _enter(self, state: BackendState, error: RepriseError | None = None) -> None:
        with self._lock:
            change = self._set(state, error)
        self._tell(change)


def check_contract(health: dict[str, object]) -> None:
    """Raises `backend_older` or `backend_newer` when the backend speaks another version of the contract than we do."""
    theirs = health.get("contract")
    if theirs == CONTRACT_VERSION:
        return
    newer = isinstance(theirs, int) and theirs > CONTRACT_VERSION
    version = health.get("version")
    which = f"The backend{f' ({version})' if isinstance(version, str) else ''}"
    raise RepriseError(
        "backend_newer" if newer else "backend_older",
        f"{which} speaks version {theirs} of the contract, this add-on version {CONTRACT_VERSION}.",
        "Update the add-on." if newer else "Update the backend.",
    )


def stopped() -> RepriseError:
    """The error of a job whose backend was stopped under it."""
    return RepriseError("backend_stopped", "The backend was stopped.", "Generate again to start it.")
