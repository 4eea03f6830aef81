"""The backend's log files: one a start, the newest few are kept."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

KEPT = 5


def new_log(folder: Path) -> Path:
    """The path of a new log in `folder`, which is made; of the older ones all but the newest few are deleted.

    A name of its own for every process: two Blenders never write into one file, nor rename one that is being written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    logs = sorted(folder.glob("backend-*.log"))
    for old in logs[: max(0, len(logs) - KEPT + 1)]:
        with contextlib.suppress(OSError):  # Windows keeps what another Blender's backend still writes
            old.unlink()
    return folder / f"backend-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}-{time.monotonic_ns() % 10**6:06d}.log"


def tail(path: Path, lines: int = 20) -> list[str]:
    """The last non-empty lines of a log; none when it cannot be read."""
    try:
        with path.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - 200 * lines))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return []
    return [line.rstrip() for line in text.splitlines() if line.strip()][-lines:]
