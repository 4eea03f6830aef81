"""The installed environments on the disk: which is in use, which is kept to go back to, and which broke off.

    backend/current.json       {"environment", "previous", "answered"}: written whole, after everything else
    backend/env-KEY-N/         an environment; `installed.json` in it is written last of all, once it has been tried
    backend/downloads/         packages that were downloaded, until the new environment has answered

What is installed is always read from here, never remembered: a crash at any moment leaves the old environment in use.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path
from typing import Any

MARKER = "installed.json"
_CURRENT = "current.json"


class Condition(Enum):
    """What the disk says of the installation."""

    ABSENT = "not installed"
    PARTIAL = "partly downloaded"
    BROKEN = "damaged"
    OUTDATED = "older than the add-on"
    COMPLETE = "installed"


@dataclass(frozen=True)
class Marker:
    """What a finished environment is: the payload's key and version, torch's build, Python, and its size in bytes."""

    key: str
    version: str
    build: str
    python: str
    size: int


@dataclass(frozen=True)
class _Current:
    environment: str
    previous: str = ""
    answered: bool = False


class Environments:
    """The folder that holds them (`root`); made when it is first written to."""

    def __init__(self, root: Path) -> None:
        self.root = Path(root)

    @property
    def downloads(self) -> Path:
        """Where packages are kept until the environment made of them has answered."""
        return self.root / "downloads"

    def python(self) -> Path | None:
        """The Python of the environment in use; None when there is none that is complete."""
        current = self._current()
        if current is None:
            return None
        python = interpreter(self.root / current.environment)
        return python if self.marker() is not None and python.is_file() else None

    def marker(self) -> Marker | None:
        """What the environment in use is; None when there is none, or it is not complete."""
        current = self._current()
        return read_marker(self.root / current.environment) if current else None

    def condition(self, key: str | None) -> Condition:
        """What the disk says; `key` is that of the payload (None: there is none to compare with)."""
        if self._current() is None:
            return Condition.PARTIAL if self._has_downloads() else Condition.ABSENT
        marker = self.marker()
        if marker is None or self.python() is None:
            return Condition.BROKEN
        return Condition.OUTDATED if key is not None and marker.key != key else Condition.COMPLETE

    def new_environment(self, key: str) -> Path:
        """A path for one more environment, beside those that are there."""
        taken = {path.name for path in self.root.glob("env-*")}
        return self.root / next(name for n in range(1000) if (name := f"env-{key}-{n}") not in taken)

    def swap(self, environment: Path) -> None:
        """Puts a finished environment in use; the one before is kept until `confirm`."""
        current = self._current()
        usable = current is not None and self.python() is not None
        self._write(_Current(environment.name, previous=current.environment if current and usable else ""))

    def awaits_answer(self) -> bool:
        """Whether the environment in use has not answered since it was put in use."""
        current = self._current()
        return current is not None and not current.answered

    def confirm(self) -> None:
        """The environment in use has answered: what was kept in case it would not is removed."""
        current = self._current()
        if current is not None and not current.answered:
            self._write(_Current(current.environment, answered=True))
            self.clean()

    def roll_back(self) -> bool:
        """Goes back to the environment before, if there is one; True when it did."""
        current = self._current()
        if current is None or current.answered or not current.previous:
            return False
        self._write(_Current(current.previous, answered=True))
        remove_tree(self.root / current.environment)
        return True

    def clean(self) -> None:
        """Removes every environment that is neither in use nor kept to go back to; downloads, too, when not needed."""
        current = self._current()
        kept = {current.environment, current.previous} if current else set()
        for path in self.root.glob("env-*"):
            if path.name not in kept:
                remove_tree(path)
        if current is not None and current.answered:
            remove_tree(self.downloads)

    def remove(self) -> None:
        """Removes everything; what is in use first, so that a half-removed one is never taken for installed."""
        with contextlib.suppress(OSError):
            (self.root / _CURRENT).unlink(missing_ok=True)
        for path in (*self.root.glob("env-*"), *self.root.glob("gone-*"), self.root / "python", self.downloads):
            remove_tree(path)

    def _has_downloads(self) -> bool:
        return self.downloads.is_dir() and any(self.downloads.iterdir())

    def _current(self) -> _Current | None:
        try:
            values: Any = json.loads((self.root / _CURRENT).read_text(encoding="utf-8"))
            return _Current(str(values["environment"]), str(values["previous"]), bool(values["answered"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _write(self, current: _Current) -> None:
        write_json(self.root / _CURRENT, asdict(current))


def interpreter(environment: Path) -> Path:
    """Where the Python of a virtual environment is."""
    return environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def packages_in(environment: Path) -> int:
    """How many packages a virtual environment holds."""
    folders = [environment / "Lib"] if sys.platform == "win32" else environment.glob("lib/python3*")
    return sum(1 for folder in folders for _ in (folder / "site-packages").glob("*.dist-info"))


def read_marker(environment: Path) -> Marker | None:
    """The marker of a finished environment; None when it is not finished."""
    try:
        values: Any = json.loads((environment / MARKER).read_text(encoding="utf-8"))
        return Marker(**{name: kind(values[name]) for name, kind in _MARKER_FIELDS.items()})
    except (OSError, ValueError, KeyError, TypeError):
        return None


_MARKER_FIELDS = {"key": str, "version": str, "build": str, "python": str, "size": int}


def write_json(path: Path, values: object) -> None:
    """Writes a JSON file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.part")
    temporary.write_text(json.dumps(values, indent=1), encoding="utf-8")
    temporary.replace(path)


def remove_tree(path: Path) -> None:
    """Removes a folder as far as the system lets us: renamed first, so that it is never half there under its name."""
    if path.name == "" or not path.is_dir():
        return
    gone = path.with_name(f"gone-{path.name}")
    with contextlib.suppress(OSError):
        shutil.rmtree(gone, ignore_errors=True)
        path.rename(gone)
        path = gone
    shutil.rmtree(path, ignore_errors=True)


def size_of(folder: Path) -> int:
    """The bytes of all files below `folder`."""
    total = 0
    for where, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(f"{where}/{name}").st_size
    return total
