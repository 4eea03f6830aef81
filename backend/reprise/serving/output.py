"""Standard streams of a service: one line out, everything else into the log, and a full disk is nobody's end."""

from __future__ import annotations

import io
import logging
import os
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from typing_extensions import Buffer


class _Undaunted(io.RawIOBase):
    """Writes to a file descriptor; what cannot be written (disk full, reader gone) is lost, and nothing is raised."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def write(self, data: Buffer, /) -> int:
        try:
            return os.write(self._descriptor, data)
        except OSError:
            return memoryview(data).nbytes


def start_logging() -> None:
    """Logs to standard error, in UTF-8 whatever the code page; failing to write there never fails what is logged."""
    sys.stderr = _text(2)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")


def claimed_stdout() -> TextIO:
    """Standard output as a stream of our own; what any library prints from now on goes to standard error instead."""
    sys.stdout.flush()
    claimed = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    sys.stdout = _text(1)
    return claimed


def _text(descriptor: int) -> TextIO:
    return io.TextIOWrapper(
        io.BufferedWriter(_Undaunted(descriptor)), encoding="utf-8", errors="backslashreplace", write_through=True
    )
