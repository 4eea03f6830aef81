"""A child process that never outlives us, shows no window and inherits nothing of Blender's Python.

Three nets, as no system has one that always holds: its standard input is a pipe that only we hold, and ends when we do
(`reprise serve --watch-stdin` and `install/run_pip.py` end with it); on Windows it belongs to a job object that the
system kills with our last handle; on POSIX it leads a process group, so that ending it ends what it started.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from . import windows_job

_NOT_INHERITED = ("__PYVENV_LAUNCHER__", "VIRTUAL_ENV", "REPRISE_PYTHON")
_NOT_INHERITED_PREFIXES = ("PYTHON", "CONDA", "_CE_")
_KILL_SECONDS = 2.0


def child_variables(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment without what Blender, conda or a shell tells Python; UTF-8 whatever the code page, unbuffered."""
    kept = {
        name: value
        for name, value in environment.items()
        if not name.upper().startswith(_NOT_INHERITED_PREFIXES) and name.upper() not in _NOT_INHERITED
    }
    # PYTHONSAFEPATH: `-m` would otherwise import whatever lies in the working directory.
    return kept | {"PYTHONUTF8": "1", "PYTHONIOENCODING": "utf-8", "PYTHONUNBUFFERED": "1", "PYTHONSAFEPATH": "1"}


class Child:
    """A started process; see the module. Raises `OSError` when the command cannot be run."""

    def __init__(
        self,
        command: Sequence[str],
        log: IO[bytes] | int,
        folder: Path,
        stdout: int | None = subprocess.PIPE,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self.process = subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE,
            stdout=log if stdout is None else stdout,
            stderr=log,
            env=dict(variables) if variables is not None else child_variables(),
            cwd=folder,
            start_new_session=os.name == "posix",
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._job = windows_job.tie(self.process) if sys.platform == "win32" else None

    def end(self, patience: float) -> None:
        """Asks it to end, and kills it (with what it started) when it is still there after `patience` seconds."""
        with contextlib.suppress(OSError):
            if self.process.stdin is not None:
                self.process.stdin.close()  # behind a launcher script, this is what reaches the backend
        with contextlib.suppress(OSError):
            self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(patience)
        self._kill_group()
        with contextlib.suppress(OSError):
            self.process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(_KILL_SECONDS)
        if self._job is not None:
            self._job.close()

    def _kill_group(self) -> None:
        """Kills what is left of its process group: also a server that a launcher script left behind."""
        if os.name == "posix":
            with contextlib.suppress(OSError):
                os.killpg(self.process.pid, signal.SIGKILL)
