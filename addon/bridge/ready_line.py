"""The line on standard output with which `reprise serve` says where it answers."""

from __future__ import annotations

import json
import queue
import threading
from typing import IO


class ReadyLine:
    """Reads a backend's standard output in the background, to its end, so that the process never blocks on it."""

    def __init__(self, stdout: IO[bytes]) -> None:
        self._found: queue.Queue[tuple[str, str] | None] = queue.Queue()
        threading.Thread(target=self._read, args=(stdout,), name="reprise-stdout", daemon=True).start()

    def wait(self, seconds: float) -> tuple[str, str] | None:
        """Address and token; None when the output has ended without them. Raises `queue.Empty` after `seconds`."""
        return self._found.get(timeout=seconds)

    def _read(self, stdout: IO[bytes]) -> None:
        with stdout:
            for raw in stdout:
                try:
                    line = json.loads(raw.decode("utf-8", "replace"))
                except ValueError:
                    continue
                if isinstance(line, dict) and isinstance(line.get("url"), str) and isinstance(line.get("token"), str):
                    self._found.put((line["url"], line["token"]))
        self._found.put(None)
