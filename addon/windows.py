"""Blender's windows: drawn anew, and whether the user's hands are busy in them."""

from __future__ import annotations

from typing import Any, cast

import bpy

from .translations import tr

_HANDS_BUSY = ("TRANSFORM_OT_", "POSE_OT_", "ARMATURE_OT_", "ANIM_OT_", "ACTION_OT_", "GRAPH_OT_", "NLA_OT_")


def open_windows() -> list[bpy.types.Window]:
    """All of them; none in background mode."""
    manager = cast(Any, bpy.context.window_manager)
    return list(manager.windows) if manager else []


def redraw() -> None:
    """Draws again where we have something to show: the viewports with their sidebars, and the preferences."""
    for window in open_windows():
        for area in window.screen.areas:
            if area.type in ("VIEW_3D", "PREFERENCES"):
                area.tag_redraw()


def what_to_wait_for() -> str:
    """Keying is one undo step of its own, which it cannot be inside an edit mode or another tool's work."""
    if bpy.app.is_job_running("RENDER"):
        return tr("waiting for the render to end")
    for window in open_windows():
        active = window.view_layer.objects.active
        if active is not None and active.mode not in ("OBJECT", "POSE"):
            mode = tr(f"{active.mode.replace('_', ' ').title()} Mode")
            return tr("leave {mode} to receive it").format(mode=mode)
        if any(tool.bl_idname.startswith(_HANDS_BUSY) for tool in getattr(window, "modal_operators", ())):
            return tr("waiting for the running tool")
    return ""
