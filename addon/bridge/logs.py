"""The backend's log files: one a start, the newest few are kept, and none grows without end."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

KEPT = 5
LARGEST = 5_000_000  # bytes of one log; the part before is kept once, as NAME.log.1


def new_log(folder: Path, kind: str = "backend") -> Path:
    """The path of a new log in `folder`, which is made; of the older ones all but the newest few are deleted.

    A name of its own for every process: two Blenders never write into one file, nor rename one that is being written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    logs = kept_logs(folder, kind)
    for old in logs[: max(0, len(logs) - KEPT + 1)]:
        for path in (old, _older_part(old)):
            with contextlib.suppress(OSError):  # Windows keeps what another Blender's backend still writes
                path.unlink(missing_ok=True)
    return folder / f"{kind}-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}-{time.monotonic_ns() % 10**6:06d}.log"


def kept_logs(folder: Path, kind: str = "backend") -> list[Path]:
    """The logs of one kind, the newest last."""
    return sorted(folder.glob(f"{kind}-*.log"))


def rotate(path: Path, largest: int = LARGEST) -> None:
    """Moves a log that has grown too large to NAME.log.1 and empties it.

    It is emptied in place because its writer holds it open (for appending, so that it goes on at the new end).
    """
    with contextlib.suppress(OSError):
        if path.stat().st_size > largest:
            with path.open("r+b") as file:
                _older_part(path).write_bytes(file.read())
                file.truncate(0)


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


def _older_part(path: Path) -> Path:
    return path.with_name(f"{path.name}.1")
