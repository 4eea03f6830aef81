"""Where the backend of this machine is: the command that starts it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from ..core.errors import RepriseError

PYTHON_VARIABLE = "REPRISE_PYTHON"
_CHECKOUT = Path(__file__).resolve().parents[2]
_HINT = f"Set the backend's Python in the add-on's preferences, or the variable {PYTHON_VARIABLE}."


def find_backend(
    python: str = "", environment: Mapping[str, str] = os.environ, installed: Path | None = None
) -> list[str]:
    """The start of the command line that runs `reprise`; arguments such as `serve` follow.

    Asked in this order: `python` (the preference), the variable REPRISE_PYTHON, `installed` (the Python of the
    environment that the add-on made), the virtual environment of the checkout that this file lies in, `reprise` on the
    PATH. Only looks for files, starts nothing. Raises `backend_missing`; a path that was given but does not exist is an
    error, never skipped in silence.
    """
    for given in (python.strip(), environment.get(PYTHON_VARIABLE, "").strip()):
        if given:
            interpreter = Path(given).expanduser()
            if not interpreter.is_file():
                raise RepriseError("backend_missing", f"There is no Python at '{given}'.", _HINT)
            return _module(interpreter)
    if installed is not None:
        return _module(installed)
    beside = _CHECKOUT / ".venv" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if beside.is_file():
        return _module(beside)
    script = shutil.which("reprise", path=environment.get("PATH"))
    if script:
        return [script]
    raise RepriseError(
        "backend_missing",
        "The motion backend is not installed.",
        "Install it here, or choose one of your own in the add-on's preferences.",
    )


def _module(interpreter: Path) -> list[str]:
    # Not resolved: a virtual environment's python is a link, and only the link knows the environment.
    return [str(interpreter.absolute()), "-m", "reprise"]
