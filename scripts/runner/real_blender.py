"""Finding real Blender programs (with a window) for the tests that need one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from .console import Refusal

VARIABLE = "REPRISE_BLENDER"
_INSTALLED = Path("~/.cache/reprise-blender/bin")
NOT_FOUND = (
    "The tests in a real Blender did not run: no Blender was found. "
    f"Set {VARIABLE} to a blender program (several: separated by '{os.pathsep}') and run the tests again."
)
_SCREEN_TOOLS = ("Xvfb", "xdotool")


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


def what_is_missing(blenders: Sequence[Path]) -> str:
    """One sentence when the tests in a Blender window cannot run, an empty one when they can."""
    if not blenders:
        return NOT_FOUND
    tools = [tool for tool in _SCREEN_TOOLS if shutil.which(tool) is None]
    return (
        f"The tests in a Blender window did not run: install {' and '.join(tools)} and run the tests again."
        if tools
        else ""
    )
