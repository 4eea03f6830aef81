"""What is set once for all files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import bpy


@dataclass(frozen=True)
class Preferences:
    """The preferences as a value."""

    python: str = ""
    port: int = 0
    extend_frame_range: bool = True


class ReprisePreferences(bpy.types.AddonPreferences):
    """Shown in Preferences > Add-ons."""

    bl_idname = __package__ or "reprise"

    python: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Backend Python",
        description="The Python that has the package 'reprise'. Empty: the variable REPRISE_PYTHON, else 'reprise' on "
        "the PATH",
        subtype="FILE_PATH",
    )
    port: bpy.props.IntProperty(  # type: ignore[valid-type]
        name="Port",
        description="The port on this machine that the backend listens on; 0 takes any free one",
        default=0,
        min=0,
        max=65535,
    )
    extend_frame_range: bpy.props.BoolProperty(  # type: ignore[valid-type]
        name="Extend Frame Range",
        description="Move the scene's end frame to the last key when the motion is longer",
        default=True,
    )

    def draw(self, _context: bpy.types.Context) -> None:
        """Called by Blender to draw the preferences."""
        layout = self.layout
        layout.use_property_split = True
        layout.prop(self, "python")
        layout.prop(self, "port")
        layout.prop(self, "extend_frame_range")
        row = layout.row()
        row.operator("reprise.stop_backend", icon="CANCEL")
        row.operator("reprise.copy_diagnostics", icon="COPYDOWN")


def preferences() -> Preferences:
    """The add-on's preferences; the defaults when it runs without being an enabled add-on (batch, tests)."""
    addon = cast(Any, bpy.context.preferences).addons.get(__package__ or "")
    kept = addon.preferences if addon else None
    if not isinstance(kept, ReprisePreferences):
        return Preferences()
    python = bpy.path.abspath(kept.python) if kept.python else ""
    return Preferences(python, kept.port, kept.extend_frame_range)


def log_folder() -> Path:
    """Where the backend's logs are written: the extension's own folder for user data."""
    try:
        folder = bpy.utils.extension_path_user(__package__ or "", path="logs")
    except ValueError:  # not installed as an extension
        folder = bpy.utils.user_resource("DATAFILES", path="reprise/logs")
    return Path(folder)
