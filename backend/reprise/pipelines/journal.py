"""What a bulk run has finished: a line of JSON a row, appended after the row's file is whole, so that a run resumes."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reprise_core.contract import Request
from reprise_core.errors import RepriseError
from reprise_core.motion import write_file

FILE = "results.jsonl"


@dataclass(frozen=True)
class Entry:
    """How one row ended. `recipe` is what its result depends on; `error` is None where there is a result."""

    name: str
    recipe: str
    prompt: str
    seconds: float
    error: Mapping[str, str] | None = None
    references: tuple[str, ...] = ()
    generation_s: float = 0.0


class Journal:
    """The journal of a folder. A row that it calls finished has its result in `NAME.npz`; failed rows are tried again.

    A line that a crash cut short is ignored. Raises `RepriseError` when the folder cannot be used.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._path = folder / FILE
        try:
            folder.mkdir(parents=True, exist_ok=True)
            text = self._path.read_text(encoding="utf-8") if self._path.exists() else ""
        except OSError as error:
            sentence = f"The folder '{folder}' cannot be used ({error.strerror})."
            raise RepriseError("bad_out", sentence, "Choose another --out.") from error
        self._ended_whole = not text or text.endswith("\n")
        self.entries: dict[str, Entry] = {}
        for line in text.splitlines():
            entry = _read(line)
            if entry is not None:
                self.entries[entry.name] = entry

    def result(self, name: str) -> Path:
        """Where the row's motion lies."""
        return self.folder / f"{name}.npz"

    def finished(self, name: str, recipe: str) -> bool:
        """Whether the row has a result that this very recipe gave."""
        entry = self.entries.get(name)
        return entry is not None and not entry.error and entry.recipe == recipe and self.result(name).is_file()

    def add(self, entry: Entry, motion: bytes | None) -> None:
        """Writes the row's file, if it has one, and then its line; on the disk before this returns."""
        if motion is not None:
            write_file(self.result(entry.name), motion)
        line = json.dumps({key: value for key, value in vars(entry).items() if value not in (None, ())})
        with self._path.open("a", encoding="utf-8") as file:
            file.write(("" if self._ended_whole else "\n") + line + "\n")
            file.flush()
            os.fsync(file.fileno())
        self._ended_whole = True
        self.entries[entry.name] = entry


def recipe_of(request: Request, files: str) -> str:
    """A short digest of everything that decides a row's result: the request, and the weights' and library's digest."""
    said = json.dumps([request.to_json(), files], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def _read(line: str) -> Entry | None:
    try:
        values: dict[str, Any] = json.loads(line)
        values["references"] = tuple(values.get("references", ()))
        return Entry(**values)
    except (json.JSONDecodeError, TypeError, AttributeError):
        return None
