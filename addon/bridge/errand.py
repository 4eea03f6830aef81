"""A piece of work for the backend besides generating: done on a thread, taken over by its owner's calls of `pump`."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from ..core.errors import Cancelled, RepriseError
from .backend import Backend
from .client import Client, UnreachableError

T = TypeVar("T")
Tell = Callable[[object], None]


@dataclass(frozen=True)
class _Ended:
    result: object = None
    error: RepriseError | None = None


class Errand(Generic[T]):
    """Runs `work(client, tell)` with a client of the backend; what it tells and returns is the owner's to read.

    `told` holds what came since the last `pump`, the oldest first; `result` or `error` are there once `is_over`. A
    cancelled errand is over at once, without either; its work ends at its next `tell`.
    """

    def __init__(self, backend: Backend, work: Callable[[Client, Tell], T]) -> None:
        self.told: tuple[object, ...] = ()
        self.result: T | None = None
        self.error: RepriseError | None = None
        self.is_over = False
        self._backend, self._work = backend, work
        self._came_in: queue.Queue[object] = queue.Queue()
        self._cancelled = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reprise-errand", daemon=True)

    def start(self) -> None:
        """Starts the thread; returns at once."""
        self._thread.start()

    def pump(self) -> bool:
        """Takes over what has come in; True when there was anything. Never blocks."""
        told: list[object] = []
        while not self.is_over:
            try:
                came_in = self._came_in.get_nowait()
            except queue.Empty:
                break
            if isinstance(came_in, _Ended):
                self.result, self.error, self.is_over = came_in.result, came_in.error, True  # type: ignore[assignment]
            else:
                told.append(came_in)
        self.told = tuple(told)
        return bool(told) or self.is_over

    def wait(self, on_change: Callable[[], None], timeout: float) -> None:
        """Pumps until it is over (background mode has no timers), with `errand_timeout` after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while not self.is_over:
            if self.pump():
                on_change()
            elif time.monotonic() > deadline:
                self._cancelled.set()
                self.error = RepriseError("errand_timeout", f"The backend took more than {timeout:g} seconds.")
                self.told, self.is_over = (), True
                on_change()
            else:
                time.sleep(0.02)

    def cancel(self) -> None:
        """Ends it for its owner at once."""
        self._cancelled.set()
        self.told, self.is_over = (), True

    def _run(self) -> None:
        try:
            with self._backend.lease() as client:
                self._came_in.put(_Ended(self._work(client, self._tell)))
        except RepriseError as error:
            self._came_in.put(_Ended(error=error))
        except UnreachableError:
            self._came_in.put(_Ended(error=self._backend.explain_silence()))
        except Cancelled:
            pass
        except Exception as error:  # a thread has nobody above it to tell
            failure = RepriseError("internal", f"The add-on failed unexpectedly ({type(error).__name__}: {error}).")
            self._came_in.put(_Ended(error=failure))

    def _tell(self, what: object) -> None:
        if self._cancelled.is_set():
            raise Cancelled
        self._came_in.put(what)
