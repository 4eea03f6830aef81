"""Finds a Python that the backend's environment can be made with: 3.11 to 3.13, 64 bit, with the module `venv`."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..child import child_variables

SUPPORTED = ((3, 11), (3, 12), (3, 13))
_NAMES = ("python3.12", "python3.13", "python3.11", "python3", "python")
_PROBE = """
import json, platform, struct, sys, venv
print(json.dumps([list(sys.version_info[:2]), 8 * struct.calcsize("P"), platform.python_implementation()]))
"""
_SECONDS = 20


@dataclass(frozen=True)
class Python:
    """An interpreter and its version, such as (3, 12)."""

    path: Path
    version: tuple[int, int]


def find_python() -> Python | None:
    """The first that will do: Blender's own, which is there for certain, then those on the PATH; else None."""
    tried: set[Path] = set()
    for path in _candidates():
        if path not in tried:
            tried.add(path)
            python = probe(path)
            if python is not None:
                return python
    return None


def probe(path: Path) -> Python | None:
    """Starts the interpreter and asks; None when it will not do."""
    try:
        answer = subprocess.run(
            [str(path), "-I", "-c", _PROBE],
            capture_output=True, timeout=_SECONDS, check=False, stdin=subprocess.DEVNULL, env=child_variables(),
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )  # fmt: skip
        (major, minor), bits, implementation = json.loads(answer.stdout)
    except (OSError, subprocess.TimeoutExpired, ValueError, TypeError):
        return None
    will_do = (major, minor) in SUPPORTED and bits == 64 and implementation == "CPython"
    return Python(path, (major, minor)) if will_do else None


def _candidates() -> Iterator[Path]:
    own = [getattr(sys, "_base_executable", None), sys.executable]
    if sys.version_info[:2] in SUPPORTED:
        yield from (Path(path) for path in own if path)
    for name in _NAMES:
        found = shutil.which(name)
        if found:
            yield Path(found)
