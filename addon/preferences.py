"""What is set once for all files."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import bpy

from .references.choices import GhostChoices, GhostPreferences, choices_of


@dataclass(frozen=True)
class BackendChoice:
    """Which backend: at `url` (with `token`), or here with `python`, or here as the add-on finds it; here, with which
    `library` ("": the shipped one and the user's own).
    """

    python: str = ""
    port: int = 0
    device: str = "auto"
    url: str = ""
    token: str = field(default="", repr=False)
    library: str = ""


@dataclass(frozen=True)
class Preferences:
    """The preferences as a value."""

    backend: BackendChoice = field(default_factory=BackendChoice)
    extend_frame_range: bool = True
    ghosts: GhostChoices = field(default_factory=GhostChoices)


class ReprisePreferences(GhostPreferences, bpy.types.AddonPreferences):
    """Shown in Preferences > Add-ons."""

    bl_idname = __package__ or "reprise"

    where: bpy.props.EnumProperty(  # type: ignore[valid-type]
        name="Backend",
        description="What generates the motion",
        items=(
            ("HERE", "On This Machine", "Installed by the add-on, started and ended with Blender"),
            ("PYTHON", "A Python of Mine", "A Python on this machine that has the package 'reprise'"),
            ("SERVER", "A Server", "A backend that somebody started: by its address and token"),
        ),
        default="HERE",
    )
    python: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Python",
        description="The interpreter of the environment that has the package 'reprise'",
        subtype="FILE_PATH",
    )
    port: bpy.props.IntProperty(  # type: ignore[valid-type]
        name="Port",
        description="The port on this machine that the backend listens on; 0 takes any free one",
        default=0,
        min=0,
        max=65535,
    )
    device: bpy.props.EnumProperty(  # type: ignore[valid-type]
        name="Device",
        description="What the backend computes on",
        items=(
            ("auto", "Automatic", "A graphics card where there is one that can be used"),
            ("cpu", "CPU", "The processor, also where there is a graphics card"),
        ),
        default="auto",
    )
    library: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Library",
        description="The motion library that references come from; empty: the one that comes along. The backend takes "
        "another one when it is next started",
        subtype="FILE_PATH",
    )
    url: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Address",
        description="Where the backend answers: https://..., or http://127.0.0.1:PORT on this machine",
    )
    token: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Token",
        description="The secret that 'reprise serve' was started with (REPRISE_TOKEN). Blender keeps it in its "
        "preferences file, which others must not read",
        subtype="PASSWORD",
    )
    extend_frame_range: bpy.props.BoolProperty(  # type: ignore[valid-type]
        name="Extend Frame Range",
        description="Move the scene's end frame to the last key when the motion is longer",
        default=True,
    )

    def draw(self, context: bpy.types.Context) -> None:
        """Called by Blender to draw the preferences."""
        from .ui.backend_status import draw_backend, draw_remove

        layout = self.layout
        layout.use_property_split = True
        layout.prop(self, "where")
        if self.where == "SERVER":
            layout.prop(self, "url")
            layout.prop(self, "token")
        else:
            if self.where == "PYTHON":
                layout.prop(self, "python")
            layout.prop(self, "device")
            layout.prop(self, "library")
            layout.prop(self, "port")
        box = layout.box()
        draw_backend(box, float(cast(Any, context).region.width) * 0.7)
        draw_remove(box)
        layout.prop(self, "extend_frame_range")
        box = layout.box()
        box.label(text="References")
        self.draw_ghosts(box)


def preferences() -> Preferences:
    """The add-on's preferences; the defaults when it runs without being an enabled add-on (batch, tests)."""
    kept = cast(Any, preferences_in(bpy.context))
    return Preferences() if kept is None else Preferences(_choice(kept), kept.extend_frame_range, choices_of(kept))


def preferences_in(context: bpy.types.Context) -> ReprisePreferences | None:
    """The preferences as Blender keeps them, to be drawn; None when it runs without being an enabled add-on."""
    addon = cast(Any, context.preferences).addons.get(__package__ or "")
    kept = addon.preferences if addon else None
    return kept if isinstance(kept, ReprisePreferences) else None


def _choice(kept: Any) -> BackendChoice:
    if kept.where == "SERVER":
        return BackendChoice(url=kept.url.strip() or "https://", token=kept.token.strip())
    python = bpy.path.abspath(kept.python) if kept.where == "PYTHON" else ""
    library = bpy.path.abspath(kept.library.strip()) if kept.library.strip() else ""
    return BackendChoice(python, kept.port, kept.device, library=library)


def log_folder() -> Path:
    """Where the backend's logs are written: the extension's own folder for user data."""
    return user_folder("logs")


def backend_folder() -> Path:
    """Where the backend is installed: the same folder, which outlives an update of the add-on."""
    return user_folder("backend")


def user_folder(name: str) -> Path:
    """A folder for what this user keeps: that of the extension, which outlives its updates."""
    try:
        folder = bpy.utils.extension_path_user(__package__ or "", path=name)
    except ValueError:  # not installed as an extension
        folder = bpy.utils.user_resource("DATAFILES", path=f"reprise/{name}")
    return Path(folder)
