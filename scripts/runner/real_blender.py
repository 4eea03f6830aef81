"""Finding real Blender programs (with a window) for the tests that need one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from .console import Refusal

VARIABLE = "REPRISE_BLENDER"
_INSTALLED = Path("~/.cache/reprise-blender/bin")
NOT_FOUND = (
    "The tests in a real Blender window did not run: no Blender was found. "
    f"Set {VARIABLE} to a blender program (several: separated by '{os.pathsep}') and run the tests again."
)
NO_DISPLAY = (
    "The tests in a real Blender window did not run: there is no display. "
    "Install Xvfb (Debian and Ubuntu: the package xvfb) or run them on a desktop."
)


def find_blenders(environment: Mapping[str, str] = os.environ) -> tuple[Path, ...]:
    """The Blender programs to test in: those that REPRISE_BLENDER names, or else those installed for this user.

    Raises `Refusal` when REPRISE_BLENDER names a program that does not exist.
    """
    given = [part for part in environment.get(VARIABLE, "").split(os.pathsep) if part]
    for part in given:
        if not Path(part).expanduser().is_file():
            raise Refusal(f"{VARIABLE} names '{part}', and there is no such program.")
    if given:
        return tuple(Path(part).expanduser() for part in given)
    return tuple(sorted(path for path in _INSTALLED.expanduser().glob("blender-*") if os.access(path, os.X_OK)))


def display_command(environment: Mapping[str, str] = os.environ) -> tuple[str, ...] | None:
    """What to put before a command that needs a display: nothing where there is one, a virtual one, or None without.

    A virtual display is preferred where it can be had: nobody's mouse gets in the way of the tests there.
    """
    beside = _INSTALLED.expanduser() / "with-xvfb"
    if os.access(beside, os.X_OK):
        return (str(beside),)
    if shutil.which("xvfb-run"):
        return ("xvfb-run", "-a", "-s", "-screen 0 1600x900x24")
    return () if environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY") or os.name == "nt" else None
