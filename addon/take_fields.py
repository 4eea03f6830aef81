"""What an armature keeps of its takes, and which of them the list shows as chosen."""

from __future__ import annotations

from typing import Any, cast

import bpy

from .previews import show
from .takes import belongs, shown

_OVERRIDABLE: Any = {"LIBRARY_OVERRIDABLE"}  # linked characters are worked on as overrides


def _index_of_shown(armature: bpy.types.Object) -> int:
    action = shown(armature)
    return bpy.data.actions.find(action.name) if action else -1


def _show_at(armature: bpy.types.Object, index: int) -> None:
    if 0 <= index < len(bpy.data.actions) and belongs(bpy.data.actions[index], armature):
        show(armature, bpy.data.actions[index])


# Not in a group: of a linked object that never had one, Blender 5.0 keeps no overrides within it.
_OF_OBJECTS = {
    "reprise_take_rig": bpy.props.StringProperty(
        name="Number of the Rig", description="What takes know the object by", options={"HIDDEN"}, override=_OVERRIDABLE
    ),
    "reprise_take_preview": bpy.props.StringProperty(
        name="Preview", description="What comes back on Reject (JSON)", options={"HIDDEN"}, override=_OVERRIDABLE
    ),
    "reprise_take_before": bpy.props.PointerProperty(
        type=cast(Any, bpy.types.Action), name="Before the Preview", options={"HIDDEN"}, override=_OVERRIDABLE
    ),
    "reprise_take_index": bpy.props.IntProperty(
        name="Take",
        description="The take that plays: choosing another shows it at once",
        get=_index_of_shown,
        set=_show_at,
        options={"SKIP_SAVE"},
    ),
}


def attach() -> None:
    """Called when the add-on is registered."""
    for name, definition in _OF_OBJECTS.items():
        setattr(bpy.types.Object, name, definition)


def detach() -> None:
    """Called when the add-on is unregistered."""
    for name in _OF_OBJECTS:
        delattr(bpy.types.Object, name)
