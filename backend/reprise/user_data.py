"""Where what belongs to the user is kept, outside the package: the system's folder for a program's data."""

from __future__ import annotations

import os
import sys
from pathlib import Path

VARIABLE = "REPRISE_DATA"


def folder() -> Path:
    r"""The folder for the user's data, which need not exist yet; the variable `REPRISE_DATA` names another.

    `%LOCALAPPDATA%\Reprise` on Windows, `~/Library/Application Support/Reprise` on macOS, else `reprise` in
    `$XDG_DATA_HOME` or `~/.local/share` (XDG Base Directory Specification 0.8).
    """
    given = os.environ.get(VARIABLE, "").strip()
    if given:
        return Path(given)
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData/Local") / "Reprise"
    if sys.platform == "darwin":
        return home / "Library/Application Support/Reprise"
    xdg = os.environ.get("XDG_DATA_HOME", "")
    return (Path(xdg) if Path(xdg).is_absolute() else home / ".local/share") / "reprise"
