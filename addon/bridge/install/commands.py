"""Runs one command of an installation: its output in the log and read line by line, ended when the user cancels."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, cast

from ...core.errors import Cancelled, RepriseError
from ..child import Child, child_variables
from ..logs import tail
from . import pip_failures

_PATIENCE = 3.0
_PIP_ELSEWHERE = ("PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_REQUIRE_VIRTUALENV", "PIP_NO_INDEX")
RUN_PIP = Path(__file__).with_name("run_pip.py")


class Commands:
    """Runs commands one after the other with one log; `cancel` may be called from any thread.

    The user's pip settings (index, proxy, certificate) count, save those that would install somewhere else.
    """

    def __init__(self, log: Path, folder: Path, gigabytes: float = 0.0) -> None:
        self.log, self.gigabytes = log, gigabytes
        self._folder = folder
        self._cancelled = threading.Event()
        self._lock = threading.Lock()
        self._child: Child | None = None

    def cancel(self) -> None:
        """Ends what runs; nothing else can be run any more."""
        self._cancelled.set()
        with self._lock:
            child = self._child
        if child is not None:
            child.end(_PATIENCE)

    def check_cancelled(self) -> None:
        """Raises `Cancelled` when the user cancelled."""
        if self._cancelled.is_set():
            raise Cancelled

    def run(self, command: Sequence[str | Path], on_line: Callable[[str], bool] = lambda line: False) -> None:
        """Runs to the end. `on_line` gets each line and says whether it was one for itself, not for the log.

        Raises `Cancelled`, or `RepriseError` with the reason when the command fails.
        """
        variables = {name: value for name, value in child_variables().items() if name not in _PIP_ELSEWHERE}
        with self.log.open("ab") as log:
            log.write(f"$ {' '.join(map(str, command))}\n".encode())
            log.flush()
            with self._lock:
                self.check_cancelled()
                try:
                    child = Child([str(part) for part in command], log, self._folder, variables=variables)
                except OSError as error:
                    raise pip_failures.explain(str(error), self.gigabytes, str(self.log)) from error
                self._child = child
            try:
                for raw in cast(IO[bytes], child.process.stdout):
                    if not on_line(raw.decode("utf-8", "replace").rstrip()):
                        log.write(raw)
                        log.flush()
                code = child.process.wait()
            finally:
                child.end(0.0)
        self.check_cancelled()
        if code != 0:
            raise self._explain()

    def pip(self, python: Path, pip: Path, *arguments: str | Path, on_line: Callable[[str], bool]) -> None:
        """Runs pip out of its wheel with `python`."""
        common = ("--no-input", "--disable-pip-version-check", "--no-cache-dir", "--progress-bar", "raw")
        self.run((python, RUN_PIP, pip, *arguments, *common), on_line)

    def _explain(self) -> RepriseError:
        lines = tail(self.log, 60)
        begin = max((i for i, line in enumerate(lines) if line.startswith("$ ")), default=-1)
        return pip_failures.explain(os.linesep.join(lines[begin + 1 :]), self.gigabytes, str(self.log))
