"""Stop the backend, and say what is known about it."""

from __future__ import annotations

import platform

import bpy

from .. import session
from ..bridge.logs import tail
from ..preferences import log_folder, preferences


class REPRISE_OT_stop_backend(bpy.types.Operator):  # noqa: N801 - Blender's naming
    """End the backend process and free its memory; the next generation starts it again"""

    bl_idname = "reprise.stop_backend"
    bl_label = "Stop Backend"

    def execute(self, _context: bpy.types.Context) -> set[str]:  # type: ignore[override]
        """Cancels a running job, too."""
        session.stop_backend()
        return {"FINISHED"}


class REPRISE_OT_copy_diagnostics(bpy.types.Operator):  # noqa: N801
    """Copy versions, the backend's state and the end of its log to the clipboard, for a bug report"""

    bl_idname = "reprise.copy_diagnostics"
    bl_label = "Copy Diagnostics"

    def execute(self, context: bpy.types.Context) -> set[str]:  # type: ignore[override]
        """The token is in none of it."""
        context.window_manager.clipboard = diagnostics()  # type: ignore[union-attr]
        self.report({"INFO"}, "Diagnostics copied to the clipboard")
        return {"FINISHED"}


def diagnostics() -> str:
    """Versions, settings, state and the end of the newest log, as text."""
    backend, error = session.current.backend, session.current.error
    logs = sorted(log_folder().glob("backend-*.log"))
    lines = [
        f"Blender {bpy.app.version_string}, Python {platform.python_version()}, {platform.platform()}",
        f"Preferences: {preferences()}",
        f"Backend: {session.current.backend_state.value}, command {backend.command if backend else None}",
        f"Error: {error.code}: {error}" if error else "No error",
        f"Log: {logs[-1] if logs else None}",
        *(tail(logs[-1], 60) if logs else []),
    ]
    return "\n".join(lines)
