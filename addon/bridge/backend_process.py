"""The backend as a process of its own: started when needed, watched, started again after a crash, never left behind."""

from __future__ import annotations

import atexit
import contextlib
import queue
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, cast

from ..core.errors import RepriseError
from . import failures
from .backend import ALIVE, ANSWERING, Backend, Change, check_contract, stopped
from .child import Child
from .client import Client, UnreachableError
from .command import find_backend
from .logs import new_log, rotate, tail
from .ready_line import ReadyLine
from .restarts import Backoff
from .state import BackendState

READY_SECONDS = 180.0  # importing torch from a cold disk
STOP_SECONDS = 3.0
_WATCH_SECONDS = 5.0
_LINES = 40  # of the log's end, to look for a cause in


class BackendProcess(Backend):
    """Starts `reprise serve` and hands out a `Client` for it.

    `find` gives the start of the command line (and raises `backend_missing`); `port` 0 takes any free one; `options`
    are further arguments of `serve`. With `backoff`, a backend that had answered and then died is started again.
    """

    def __init__(
        self,
        log_folder: Path,
        find: Callable[[], list[str]] = find_backend,
        port: int = 0,
        options: Sequence[str] = (),
        ready_seconds: float = READY_SECONDS,
        backoff: Backoff | None = None,
        on_change: Callable[[Change], None] | None = None,
    ) -> None:
        super().__init__(on_change)
        self._log_folder, self._find, self._port, self._options = Path(log_folder), find, port, tuple(options)
        self._ready_seconds, self._backoff = ready_seconds, backoff
        self._start_lock = threading.Lock()  # one start at a time; the others wait for it
        self._stop_lock = threading.RLock()  # nothing starts before what was there has ended
        self._child: Child | None = None
        self._let_be = threading.Event()  # the user took over: no restart by itself
        self.last_crash: RepriseError | None = None
        self.restart_at: float | None = None  # `time.monotonic()` of the next start by itself
        self.log: Path | None = None
        self.command: list[str] = []

    @property
    def state(self) -> BackendState:
        """The state, recomputed from the process: one that has died by itself is `FAILED`."""
        # While starting, whoever starts it looks at the process, and knows better why it ended.
        child = self._child
        if self._state in ANSWERING and child is not None and child.process.poll() is not None:
            self._note_death(child)
        return self._state

    @property
    def pid(self) -> int | None:
        """The process, while there is one."""
        child = self._child
        return child.process.pid if child else None

    def look(self) -> BackendState:
        """Looks (for files only) whether there is a backend to start, unless one is running; returns the state."""
        if self.state in (BackendState.STOPPED, BackendState.NOT_INSTALLED):
            with contextlib.suppress(RepriseError):
                self._find_command()
        return self._state

    def ensure_ready(self) -> Client:
        """A client of the running backend, which is started first when there is none. Blocks until it answers.

        Raises `RepriseError`: `backend_missing`, `backend_installing`, `backend_timeout`, `backend_older` or
        `backend_newer`, or one of `failures.CAUSES`.
        """
        with self._start_lock:
            if self.state in ANSWERING and self._client is not None:
                return self._client
            child, ready = self._start()
            try:
                client = Client(*self._wait_for(ready, child))
                self._greet(child, client)
            except RepriseError as failure:
                self._fail(child, failure)
                raise self._error_of_start(failure) from failure
            with self._lock:
                if self._state is not BackendState.STARTING or self._child is not child:
                    raise stopped()
                self._client, self.restart_at = client, None
                change = self._set(BackendState.READY)
            self._tell(change)
            threading.Thread(target=self._watch, args=(child,), name="reprise-watch", daemon=True).start()
            return client

    def explain_silence(self, patience: float = 2.0) -> RepriseError:
        """The sentence for a connection that broke: the process has died (waits a moment for that), or hangs."""
        child = self._child
        if child is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(patience)
        state = self.state
        if state in (BackendState.STOPPED, BackendState.STOPPING):
            return stopped()
        if state is BackendState.FAILED and self._error is not None:
            return self._error
        if self.last_crash is not None and state is BackendState.STARTING:  # it is being started again already
            return self.last_crash
        return RepriseError("backend_silent", "The backend no longer answers.", "Restart it and generate again.")

    def stop(self, patience: float = STOP_SECONDS) -> None:
        """Ends the process: asks, and kills it when it is still there after `patience` seconds. Safe to call twice."""
        self._leave_alone()
        with self._stop_lock:
            with self._lock:
                child, self._child, self._client = self._child, None, None
                stopping = self._state in ALIVE and self._set(BackendState.STOPPING)
            self._tell(stopping)
            if child is not None:
                child.end(patience)  # without the other lock: who asks for the state must not wait
            if stopping:
                self._enter(BackendState.STOPPED)
        atexit.unregister(self.stop)

    def begin_installing(self) -> None:
        """Stops the process and enters `INSTALLING`; until `end_installing`, nothing can start it.

        Raises `backend_installing` when it is in that state already.
        """
        with self._stop_lock:
            self.stop()
            if self._state is BackendState.INSTALLING:
                raise _installing()
            self._enter(BackendState.INSTALLING)

    def end_installing(self, error: RepriseError | None = None) -> None:
        """Leaves `INSTALLING`: to what is found on the disk, or to `FAILED` with `error`."""
        with self._lock:
            if self._state is not BackendState.INSTALLING:
                return
            change = self._set(BackendState.FAILED, error) if error else self._set(BackendState.STOPPED)
        self._tell(change)
        self.look()

    def forget_failure(self) -> None:
        """From `FAILED` back to what the disk says: the user has seen it, or has changed what caused it."""
        self._leave_alone()
        with self._lock:
            change = self._state is BackendState.FAILED and self._set(BackendState.STOPPED)
        self._tell(change)
        self.look()

    # Starting

    def _start(self) -> tuple[Child, ReadyLine]:
        with self._stop_lock:
            command = [*self._find_command(), "serve", "--watch-stdin", "--port", str(self._port), *self._options]
            self._enter(BackendState.STARTING)
        self.command, self.restart_at = command, None
        try:
            self.log = new_log(self._log_folder)
            with self.log.open("ab") as log:
                child = Child(command, log, self._log_folder)
        except OSError as error:
            failure = failures.explain([str(error)], None, starting=True, python=command[0])
            if failure.code == "backend_failed":
                sentence = f"The backend could not be started: {error.strerror or error}."
                failure = RepriseError("broken_environment", sentence, f"The command was: {' '.join(command)}")
            self._fail(None, failure)
            raise failure from error
        with self._lock:
            halted = self._state is not BackendState.STARTING
            self._child = None if halted else child
        if halted:
            child.end(0.0)
            raise stopped()
        atexit.register(self.stop)
        return child, ReadyLine(cast(IO[bytes], child.process.stdout))

    def _error_of_start(self, failure: RepriseError) -> RepriseError:
        """A start that was stopped ends in whatever way; what the user did is the reason."""
        return failure if self._error is failure else stopped()

    def _find_command(self) -> list[str]:
        """The command; enters `NOT_INSTALLED` or leaves it, as the disk says."""
        if self._state is BackendState.INSTALLING:
            raise _installing()
        try:
            command = self._find()
        except RepriseError as error:
            with self._lock:
                if self._state is BackendState.NOT_INSTALLED:
                    self._error = error
                # Somebody else may have started it, or begun to install it, since we looked.
                lost = self._state in (BackendState.STOPPED, BackendState.FAILED)
                change = lost and self._set(BackendState.NOT_INSTALLED, error)
            self._tell(change)
            raise
        with self._lock:
            change = self._state is BackendState.NOT_INSTALLED and self._set(BackendState.STOPPED)
        self._tell(change)
        return command

    def _wait_for(self, ready: ReadyLine, child: Child) -> tuple[str, str]:
        deadline = time.monotonic() + self._ready_seconds
        while time.monotonic() < deadline:
            if self._state is not BackendState.STARTING:
                raise stopped()
            with contextlib.suppress(queue.Empty):
                found = ready.wait(0.1)
                if found is None:
                    raise self._explain_death(child, starting=True, patience=2.0)
                return found
        sentence = f"The backend was not ready after {self._ready_seconds:g} seconds."
        raise RepriseError("backend_timeout", sentence, "Generate again to restart it; its log says more.")

    def _greet(self, child: Child, client: Client) -> None:
        try:
            check_contract(client.health())
        except UnreachableError as error:
            if child.process.poll() is not None:
                raise self._explain_death(child, starting=True) from error
            raise RepriseError(
                "firewall",
                "The backend runs, but this machine does not let Blender connect to it.",
                "Allow Blender and the backend's Python to talk over the loopback address 127.0.0.1 in the firewall.",
            ) from error

    # Watching

    def _watch(self, child: Child) -> None:
        """Follows one process to its end, keeps its log small, and starts another when it crashed."""
        while self._child is child:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(_WATCH_SECONDS)
                self._note_death(child)
            if self.log is not None:
                rotate(self.log)

    def _note_death(self, child: Child) -> None:
        if self._child is not child or self._state not in ANSWERING:
            return
        self._fail(child, self._explain_death(child, starting=False))

    def _fail(self, child: Child | None, failure: RepriseError) -> None:
        with self._lock:
            if self._child is not child or self._state not in ALIVE:  # somebody else was quicker
                return
            had_answered = self._state in ANSWERING
            self._child, self._client = None, None
            change = self._set(BackendState.FAILED, failure)
            if had_answered and self._backoff is not None:
                self.last_crash = failure
                self._let_be = threading.Event()
                threading.Thread(target=self._revive, args=(self._let_be,), name="reprise-revive", daemon=True).start()
        if child is not None:
            child.end(0.0)
        self._tell(change)

    def _revive(self, let_be: threading.Event) -> None:
        """Starts it again after a pause, and again after a longer one, as long as that may help."""
        backoff, crash = self._backoff, self.last_crash
        while backoff is not None and crash is not None and failures.may_heal(crash):
            pause = backoff.after_crash(time.monotonic())
            if pause is None:
                return
            self.restart_at = time.monotonic() + pause
            if let_be.wait(pause) or self._state is not BackendState.FAILED:
                return
            try:
                self.ensure_ready()
                return
            except RepriseError as error:
                crash = error
                self.restart_at = None
                if let_be.is_set():
                    return

    def _leave_alone(self) -> None:
        self._let_be.set()
        self.restart_at, self.last_crash = None, None
        if self._backoff is not None:
            self._backoff.forget()

    def _explain_death(self, child: Child, starting: bool, patience: float = 0.0) -> RepriseError:
        code = None
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = child.process.wait(patience)
        lines = tail(self.log, _LINES) if self.log else []
        return failures.explain(lines, code, starting, self.command[0] if self.command else "")


def _installing() -> RepriseError:
    return RepriseError("backend_installing", "The backend is being installed.", "Wait until that is done.")
