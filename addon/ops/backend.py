"""Install, start, stop and remove the backend, and say what is known about it."""

from __future__ import annotations

from typing import Any, cast

import bpy

from .. import hosting, session
from ..core.errors import RepriseError
from ..preferences import backend_folder
from ..report import diagnostics, newest_log
from ..translations import told, tr
from ..ui.text import draw_sentence

_DIALOG = 420


class REPRISE_OT_install_backend(bpy.types.Operator):  # noqa: N801 - Blender's naming
    """Download and install the backend for this machine; says first how large it is"""

    bl_idname = "reprise.install_backend"
    bl_label = "Install the Backend"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only online."""
        del context
        if not bpy.app.online_access:
            cls.poll_message_set(tr("Blender may not go online: see Preferences > System > Network"))
        return bpy.app.online_access

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:  # type: ignore[override]
        """Asks first, with the size."""
        manager = cast(Any, context.window_manager)
        return manager.invoke_props_dialog(
            self, width=_DIALOG, title="Install the Backend", confirm_text="Download and Install"
        )

    def draw(self, context: bpy.types.Context) -> None:
        """What the user agrees to."""
        scale = cast(Any, context.preferences).system.ui_scale
        for sentence in _what_is_agreed_to():
            draw_sentence(cast(bpy.types.UILayout, self.layout), sentence, (_DIALOG + 40) * scale)

    def execute(self, _context: bpy.types.Context) -> set[str]:  # type: ignore[override]
        """Begins, and returns at once."""
        return _try(self, hosting.install)


class REPRISE_OT_cancel_install(bpy.types.Operator):  # noqa: N801
    """Stop installing; what was downloaded is kept, to go on from there"""

    bl_idname = "reprise.cancel_install"
    bl_label = "Cancel Installing"

    def execute(self, _context: bpy.types.Context) -> set[str]:  # type: ignore[override]
        """Returns at once."""
        if hosting.current.managed is not None:
            hosting.current.managed.cancel_install()
        return {"FINISHED"}


class REPRISE_OT_start_backend(bpy.types.Operator):  # noqa: N801
    """Start the backend, or connect to it, so that the first generation need not wait"""

    bl_idname = "reprise.start_backend"
    bl_label = "Start Backend"

    def execute(self, _context: bpy.types.Context) -> set[str]:  # type: ignore[override]
        """Returns at once."""
        session.current.error = None
        return _try(self, hosting.start)


class REPRISE_OT_stop_backend(bpy.types.Operator):  # noqa: N801
    """End the backend process and free its memory; the next generation starts it again"""

    bl_idname = "reprise.stop_backend"
    bl_label = "Stop Backend"

    def execute(self, _context: bpy.types.Context) -> set[str]:  # type: ignore[override]
        """Cancels a running job, too."""
        session.stop_backend()
        return {"FINISHED"}


class REPRISE_OT_remove_backend(bpy.types.Operator):  # noqa: N801
    """Remove what the add-on installed from the disk; it can be installed again"""

    bl_idname = "reprise.remove_backend"
    bl_label = "Remove Backend"

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:  # type: ignore[override]
        """Asks first."""
        return cast(Any, context.window_manager).invoke_confirm(self, event)

    def execute(self, _context: bpy.types.Context) -> set[str]:  # type: ignore[override]
        """Stops it first."""
        session.cancel()
        managed = hosting.current.managed
        return _try(self, managed.remove) if managed is not None else {"CANCELLED"}


class REPRISE_OT_open_log(bpy.types.Operator):  # noqa: N801
    """Open the newest log of the backend, or of its installation"""

    bl_idname = "reprise.open_log"
    bl_label = "Open Log"

    def execute(self, _context: bpy.types.Context) -> set[str]:  # type: ignore[override]
        """With whatever this system opens text files with."""
        log = newest_log()
        if log is None:
            self.report({"INFO"}, tr("There is no log yet"))
            return {"CANCELLED"}
        bpy.ops.wm.path_open(filepath=str(log))
        return {"FINISHED"}


class REPRISE_OT_copy_diagnostics(bpy.types.Operator):  # noqa: N801
    """Copy versions, the backend's state and the end of its log to the clipboard, for a bug report"""

    bl_idname = "reprise.copy_diagnostics"
    bl_label = "Copy Diagnostics"

    def execute(self, context: bpy.types.Context) -> set[str]:  # type: ignore[override]
        """No token, user name or home folder is in it."""
        context.window_manager.clipboard = diagnostics()  # type: ignore[union-attr]
        self.report({"INFO"}, tr("Diagnostics copied to the clipboard"))
        return {"FINISHED"}


def _what_is_agreed_to() -> list[str]:
    managed = hosting.current.managed
    if managed is None or managed.build is None:
        return [managed.build_error.message if managed and managed.build_error else "Looking at this machine ..."]
    build = managed.build
    return [
        f"The backend for this machine ({build.name}): about {build.size.download / 1e6:.0f} MB are downloaded, and "
        f"{build.size.disk / 1e9:.1f} GB of disk are used.",
        "The packages come from the Python Package Index (or the one that pip is set to use here), torch's CPU and "
        "CUDA builds from download.pytorch.org. Nothing of yours is sent.",
        "They are put in this folder and nowhere else, and can be removed in the add-on's preferences:",
        str(backend_folder()),
    ]


def _try(operator: bpy.types.Operator, call: Any) -> set[str]:
    try:
        call()
    except RepriseError as error:
        session.current.error = error
        operator.report({"ERROR"}, told(error))
        return {"CANCELLED"}
    return {"FINISHED"}
