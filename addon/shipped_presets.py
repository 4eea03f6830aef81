"""The presets that come along, in `presets/`: scripts in the form in which Blender keeps a user's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import bpy

_HERE = str(Path(__file__).resolve().parent)
_utils = cast(Any, bpy.utils)  # the types known to the checker lack these functions


def attach() -> None:
    """Called when the add-on is registered."""
    _utils.register_preset_path(_HERE)


def detach() -> None:
    """Called when the add-on is unregistered."""
    _utils.unregister_preset_path(_HERE)
