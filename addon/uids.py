"""Blender's data by numbers that undo, renaming and saving leave alone."""

from __future__ import annotations

from typing import Any, cast

import bpy


def uid(datablock: bpy.types.ID) -> int:
    """The number that names a datablock until the file is closed."""
    return cast(Any, datablock).session_uid


def by_uid(collection: Any, wanted: int) -> Any:
    """The datablock of a collection with this number, or None."""
    # A view layer that no window shows still has a place, with None in it, for an object that was removed.
    present = (datablock for datablock in collection if datablock is not None)
    return next((datablock for datablock in present if uid(datablock) == wanted), None)
