"""Fetches a Python of its own for the backend where the machine has none that will do.

uv, a wheel on the package index and pinned by hash, knows where CPython's relocatable builds are and what their hashes
must be; it is run once, and nothing of it stays but the Python.
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

from ...core.errors import RepriseError
from .commands import Commands
from .environments import remove_tree
from .payload import Payload
from .pythons import Python, probe

_VERSION = "3.12"


def fetch_python(root: Path, payload: Payload, commands: Commands, running: Path | None = None) -> Python:
    """Installs Python 3.12 below `root/python` (or finds it there); `running` is any Python, to run pip with."""
    home = root / "python"
    found = _find(home)
    if found is None:
        tools = root / "tools"
        commands.pip(
            running or Path(sys.executable), payload.pip, "download", "--no-deps", "--only-binary", ":all:",
            "--require-hashes", "-r", payload.uv_lock, "--dest", tools,
            on_line=lambda line: line.startswith("Progress"),
        )  # fmt: skip
        uv = _unpack(tools)
        own = ("--no-bin", "--no-config", "--system-certs")  # a company's own certificates stand with the system's
        commands.run((uv, "python", "install", _VERSION, "--install-dir", home, *own))
        remove_tree(tools)
        found = _find(home)
    if found is None:
        raise RepriseError(
            "no_python",
            "There is no Python here that the backend can use, and none could be fetched.",
            "Install Python 3.11, 3.12 or 3.13 (64 bit), then continue.",
        )
    return found


def _find(home: Path) -> Python | None:
    name = "python.exe" if sys.platform == "win32" else f"bin/python{_VERSION}"
    pythons = (probe(path) for path in sorted(home.glob(f"cpython-{_VERSION}*/{name}")))
    return next((python for python in pythons if python is not None), None)


def _unpack(tools: Path) -> Path:
    """The program `uv` out of its wheel."""
    name = "uv.exe" if sys.platform == "win32" else "uv"
    for wheel in tools.glob("uv-*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            for member in archive.namelist():
                if member.endswith(f".data/scripts/{name}"):
                    program = tools / name
                    program.write_bytes(archive.read(member))
                    program.chmod(0o755)
                    return program
    raise RepriseError("no_python", "The program that fetches a Python is not in its package.", "Install Python 3.12.")
