"""The backend as a process of its own: started when needed, watched, and never left behind."""

from __future__ import annotations

import atexit
import contextlib
import json
import queue
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any, cast

from ..core.contract import CONTRACT_VERSION
from ..core.errors import RepriseError
from .client import Client, UnreachableError
from .command import backend_environment, find_backend
from .logs import new_log, tail
from .state import BackendState, assert_legal

READY_SECONDS = 180.0  # importing torch from a cold disk
STOP_SECONDS = 3.0
_AGAIN = "Generate again to restart it; its log says more."
_PREFERENCES = "The backend's Python and port are set in the add-on's preferences."
_ALIVE = (BackendState.STARTING, BackendState.READY, BackendState.BUSY)


class BackendProcess:
    """Starts `reprise serve` and hands out a `Client` for it. All methods may be called from any thread.

    The process's standard input is a pipe that only we hold: when we end, however we end, it ends too. `find` gives the
    start of the command line (and raises `backend_missing`); `port` 0 takes any free one.
    """

    def __init__(
        self,
        log_folder: Path,
        find: Callable[[], list[str]] = find_backend,
        port: int = 0,
        ready_seconds: float = READY_SECONDS,
    ) -> None:
        self._log_folder, self._find, self._port, self._ready_seconds = Path(log_folder), find, port, ready_seconds
        self._lock = threading.RLock()
        self._start_lock = threading.Lock()  # one start at a time; the others wait for it
        self._state = BackendState.STOPPED
        self._error: RepriseError | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._client: Client | None = None
        self._jobs = 0
        self.log: Path | None = None
        self.command: list[str] = []

    @property
    def state(self) -> BackendState:
        """The state, recomputed from the process: one that has died by itself is `FAILED`."""
        with self._lock:
            # While starting, whoever starts it looks at the process, and knows better why it ended.
            alive = self._state in (BackendState.READY, BackendState.BUSY)
            if alive and self._process is not None and self._process.poll() is not None:
                self._fail(self._death("stopped unexpectedly"))
            return self._state

    @property
    def error(self) -> RepriseError | None:
        """Why the state is `FAILED` or `NOT_INSTALLED`."""
        return self._error

    @property
    def pid(self) -> int | None:
        """The process, while there is one."""
        return self._process.pid if self._process else None

    def look(self) -> BackendState:
        """Looks (for files only) whether there is a backend to start, unless one is running; returns the state."""
        with self._lock:
            if self.state in (BackendState.STOPPED, BackendState.NOT_INSTALLED):
                with contextlib.suppress(RepriseError):
                    self._find_command()
                    if self._state is BackendState.NOT_INSTALLED:
                        self._enter(BackendState.STOPPED)
            return self._state

    def ensure_ready(self) -> Client:
        """A client of the running backend, which is started first when there is none. Blocks until it answers.

        Raises `RepriseError` (`backend_missing`, `backend_failed`, `backend_timeout`, `backend_version`).
        """
        with self._start_lock:
            if self.state in (BackendState.READY, BackendState.BUSY) and self._client is not None:
                return self._client
            ready = self._start()
            try:
                client = Client(*self._wait_for_ready_line(ready))
                self._check_contract(client)
            except (RepriseError, UnreachableError) as error:
                failure = error if isinstance(error, RepriseError) else self._death("does not answer")
                self._give_up(failure)
                raise failure from error
            with self._lock:
                if self._state is not BackendState.STARTING:
                    raise _stopped()
                self._client = client
                self._enter(BackendState.READY)
            return client

    @contextlib.contextmanager
    def lease(self) -> Iterator[Client]:
        """A client for the length of one job, during which the state is `BUSY`."""
        client = self.ensure_ready()
        with self._lock:
            self._jobs += 1
            if self.state is BackendState.READY:
                self._enter(BackendState.BUSY)
        try:
            yield client
        finally:
            with self._lock:
                self._jobs -= 1
                if self._jobs == 0 and self.state is BackendState.BUSY:
                    self._enter(BackendState.READY)

    def explain_silence(self, patience: float = 2.0) -> RepriseError:
        """The sentence for a connection that broke: the process has died (waits a moment for that), or hangs."""
        process = self._process
        if process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(patience)
        if self.state in (BackendState.STOPPED, BackendState.STOPPING):
            return _stopped()
        if self.state is BackendState.FAILED and self._error is not None:
            return self._error
        return RepriseError("backend_silent", "The backend no longer answers.", "Restart it and generate again.")

    def stop(self, patience: float = STOP_SECONDS) -> None:
        """Ends the process: asks, and kills it when it is still there after `patience` seconds. Safe to call twice."""
        with self._lock:
            if self.state in _ALIVE:
                self._enter(BackendState.STOPPING)
            process, self._process, self._client = self._process, None, None
            if process is not None:
                _end(process, patience)
            if self._state is BackendState.STOPPING:
                self._enter(BackendState.STOPPED)
        atexit.unregister(self.stop)

    def _start(self) -> queue.Queue[Mapping[str, Any] | None]:
        with self._lock:
            command = [*self._find_command(), "serve", "--watch-stdin", "--port", str(self._port)]
            self.command, self._error = command, None
            self._enter(BackendState.STARTING)
            try:
                self.log = new_log(self._log_folder)
                with self.log.open("ab") as log:
                    self._process = subprocess.Popen(
                        command,
                        stdin=subprocess.PIPE,
                        stdout=subprocess.PIPE,
                        stderr=log,
                        env=backend_environment(),
                        cwd=self._log_folder,
                        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
                    )
            except OSError as error:
                failure = RepriseError(
                    "backend_failed",
                    f"The backend could not be started: {error.strerror or error}.",
                    f"The command was: {' '.join(command)}",
                )
                self._fail(failure)
                raise failure from error
            atexit.register(self.stop)
            lines: queue.Queue[Mapping[str, Any] | None] = queue.Queue()
            threading.Thread(
                target=_read_stdout, args=(cast(IO[bytes], self._process.stdout), lines), daemon=True
            ).start()
            return lines

    def _wait_for_ready_line(self, lines: queue.Queue[Mapping[str, Any] | None]) -> tuple[str, str]:
        deadline = time.monotonic() + self._ready_seconds
        while time.monotonic() < deadline:
            if self._state is not BackendState.STARTING:
                raise _stopped()
            with contextlib.suppress(queue.Empty):
                line = lines.get(timeout=0.1)
                if line is None:
                    raise self._death("stopped while starting", patience=2.0)
                return str(line["url"]), str(line["token"])
        seconds = f"{self._ready_seconds:g}"
        raise RepriseError("backend_timeout", f"The backend was not ready after {seconds} seconds.", _AGAIN)

    def _check_contract(self, client: Client) -> None:
        theirs = client.health().get("contract")
        if theirs != CONTRACT_VERSION:
            raise RepriseError(
                "backend_version",
                f"The backend speaks version {theirs} of the contract, this add-on version {CONTRACT_VERSION}.",
                "Install the add-on and the backend of the same release.",
            )

    def _find_command(self) -> list[str]:
        try:
            return self._find()
        except RepriseError as error:
            with self._lock:
                self._error = error
                if self._state is not BackendState.NOT_INSTALLED:
                    self._enter(BackendState.NOT_INSTALLED)
            raise

    def _give_up(self, failure: RepriseError) -> None:
        with self._lock:
            if self._state is BackendState.STARTING:
                self._fail(failure)

    def _fail(self, failure: RepriseError) -> None:
        self._error = failure
        process, self._process, self._client = self._process, None, None
        self._enter(BackendState.FAILED)
        if process is not None:
            _end(process, patience=0.0)

    def _death(self, what: str, patience: float = 0.0) -> RepriseError:
        """What to say of a process that ended (or is about to, within `patience`), from its exit code and its log."""
        code = None
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                code = self._process.wait(patience)
        last = next(reversed(tail(self.log) if self.log else []), "")
        if "No module named" in last and "reprise" in last:
            sentence = f"The Python at '{self.command[0]}' has no package 'reprise'."
            return RepriseError("backend_missing", sentence, "Install the backend there, or choose another Python.")
        if code == 2 and last:  # the command line's own sentence for bad input
            return RepriseError("backend_failed", last, _PREFERENCES)
        reason = "it does not run any more" if code is None else f"exit code {code}"
        if code is not None and code < 0:
            reason = f"ended by signal {-code}" + (", perhaps for lack of memory" if code == -9 else "")
        said = f": {last[:200]}" if last and self._state is BackendState.STARTING else ""
        return RepriseError("backend_failed", f"The backend {what} ({reason}){said}.", _AGAIN)

    def _enter(self, state: BackendState) -> None:
        assert_legal(self._state, state)
        self._state = state


def _read_stdout(stdout: IO[bytes], lines: queue.Queue[Mapping[str, Any] | None]) -> None:
    """Finds the one ready line, then drains the pipe so that the process never blocks on it. Ends with None."""
    with stdout:
        for raw in stdout:
            try:
                line = json.loads(raw.decode("utf-8", "replace"))
            except ValueError:
                continue
            if isinstance(line, dict) and "url" in line and "token" in line:
                lines.put(line)
    lines.put(None)


def _end(process: subprocess.Popen[bytes], patience: float) -> None:
    with contextlib.suppress(OSError):
        if process.stdin is not None:
            process.stdin.close()  # behind a launcher script, this is what reaches the backend
    with contextlib.suppress(OSError):
        process.terminate()
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(OSError):
            process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(2.0)


def _stopped() -> RepriseError:
    return RepriseError("backend_stopped", "The backend was stopped.", "Generate again to start it.")
