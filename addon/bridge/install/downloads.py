"""Downloads packages in batches into one folder, so that an interrupted installation goes on where it stopped.

pip keeps nothing of a download that broke off in the middle, so each batch is a run of its own, noted when it is done.
Every file is checked against the hashes of its lock file here, and again when it is installed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path

from ...core.errors import RepriseError
from .commands import Commands
from .environments import size_of, write_json
from .payload import Payload
from .pythons import Python
from .torch_builds import Attempt

_BATCH = 10  # small packages a run
_PROGRESS = re.compile(r"Progress (\d+) of (\d+)$")
_DONE = "done.json"


class Downloads:
    """The folder of packages; `on_bytes` is told how many bytes are there, with those of the running download."""

    def __init__(
        self,
        folder: Path,
        payload: Payload,
        python: Python,
        commands: Commands,
        on_bytes: Callable[[int], None],
    ) -> None:
        self._folder, self._payload, self._python = folder, payload, python
        self._commands, self._on_bytes = commands, on_bytes
        self._before = self._finished = self._running = 0

    def fetch_lock(self, lock: Path, batch: int = _BATCH) -> None:
        """Downloads everything that a lock file names for this machine."""
        entries = split_lock(lock.read_text(encoding="utf-8"))
        for start in range(0, len(entries), batch):
            text = "\n".join(entries[start : start + batch]) + "\n"
            part = self._folder / "batch.txt"
            self._once(
                text,
                lambda text=text, part=part: (
                    part.write_text(text, encoding="utf-8"),
                    self._download("--require-hashes", "--no-deps", "-r", part),
                ),
            )

    def fetch_torch(self, attempts: tuple[Attempt, ...], before: Callable[[Attempt], None]) -> Attempt:
        """Downloads torch in the first way that works, and returns it; raises what stopped the last.

        `before` is told of each way that is tried; what it raises ends this.
        """
        for index, attempt in enumerate(attempts):
            before(attempt)
            try:
                if not attempt.requirement:
                    self.fetch_lock(self._payload.torch_lock, batch=1)
                else:
                    alone = ("--no-deps",) if attempt.requirement.endswith("+cpu") else ()
                    get = (*alone, *attempt.options, attempt.requirement)
                    self._once(repr(attempt), lambda get=get: self._download(*get))
                return attempt
            except RepriseError as error:
                if index == len(attempts) - 1 or error.code == "disk_full":
                    raise
        raise AssertionError("a build of torch without a way to get it")

    def _download(self, *arguments: str | Path) -> None:
        self._before, self._finished, self._running = size_of(self._folder), 0, 0
        self._commands.pip(
            self._python.path, self._payload.pip, "download", "--only-binary", ":all:",
            "--find-links", self._folder, "--dest", self._folder, *arguments, on_line=self._on_line,
        )  # fmt: skip
        self._on_bytes(size_of(self._folder))

    def _on_line(self, line: str) -> bool:
        found = _PROGRESS.match(line)
        if found:
            now, total = int(found[1]), int(found[2])
            self._running = now
            if now == total:
                self._finished, self._running = self._finished + total, 0
            self._on_bytes(self._before + self._finished + self._running)
        return found is not None

    def _once(self, what: str, do: Callable[[], object]) -> None:
        """Does it unless it was done before, for this version of Python, into this folder."""
        key = hashlib.sha256(f"{self._python.version} {what}".encode()).hexdigest()
        done = self._done()
        if key not in done:
            self._folder.mkdir(parents=True, exist_ok=True)
            do()
            write_json(self._folder / _DONE, [*done, key])
        self._on_bytes(size_of(self._folder))

    def _done(self) -> list[str]:
        try:
            return [str(key) for key in json.loads((self._folder / _DONE).read_text(encoding="utf-8"))]
        except (OSError, ValueError, TypeError):
            return []


def split_lock(text: str) -> list[str]:
    """The requirements of a lock file, each with its hashes, without its comments."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    entries: list[str] = []
    for line in lines:
        if line[0].isspace() and entries:
            entries[-1] += "\n" + line
        else:
            entries.append(line)
    return entries
