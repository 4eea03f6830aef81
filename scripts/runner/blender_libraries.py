"""The system's libraries that Blender as a Python module loads: every desktop has them, a bare server has not."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable

from .console import Refusal

# By Debian's package (12 and newer; Ubuntu's are called the same): what the bpy wheels 4.2 to 5.0 link to.
LIBRARIES = {
    "libgl1": "libGL.so.1",
    "libgomp1": "libgomp.so.1",
    "libice6": "libICE.so.6",
    "libsm6": "libSM.so.6",
    "libx11-6": "libX11.so.6",
    "libxext6": "libXext.so.6",
    "libxfixes3": "libXfixes.so.3",
    "libxi6": "libXi.so.6",
    "libxkbcommon0": "libxkbcommon.so.0",
    "libxrender1": "libXrender.so.1",
    "libxt6": "libXt.so.6",
    "libxxf86vm1": "libXxf86vm.so.1",
}


def check_libraries(load: Callable[[str], object] = ctypes.CDLL, system: str = sys.platform) -> None:
    """Raises `Refusal` when this Linux lacks a library that Blender needs; other systems bring them all."""
    if system != "linux":
        return
    missing = [package for package, library in LIBRARIES.items() if not _loads(load, library)]
    if missing:
        raise Refusal(
            f"Blender needs libraries that this system has not, {LIBRARIES[missing[0]]} for one. On Debian and Ubuntu: "
            f"sudo apt-get install {' '.join(missing)}"
        )


def _loads(load: Callable[[str], object], library: str) -> bool:
    try:
        load(library)
    except OSError:
        return False
    return True
