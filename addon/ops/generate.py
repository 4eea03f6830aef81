"""Generate and cancel."""

from __future__ import annotations

import bpy

from .. import session
from ..core.errors import RepriseError
from ..properties import settings


class REPRISE_OT_generate(bpy.types.Operator):  # noqa: N801 - Blender's naming
    """Generate a motion from the prompt: on the selected rig, or else on a new armature, from the current frame"""

    bl_idname = "reprise.generate"
    bl_label = "Generate"
    bl_options = {"REGISTER"}  # no UNDO: the keys, when they come, are the one undo step

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """One job at a time."""
        if session.current.is_running:
            cls.poll_message_set("A motion is being generated")
            return False
        return context.scene is not None

    def execute(self, context: bpy.types.Context) -> set[str]:  # type: ignore[override]
        """Starts the job and returns at once; says so where the selected rig cannot be used."""
        try:
            session.generate(context, settings(context.scene).to_request())  # type: ignore[arg-type]
            refused = session.find_refused(context)
            if refused is not None:
                self.report({"WARNING"}, f"'{refused.name}' cannot be mapped: a new armature will be made")
        except RepriseError as error:
            session.current.error = error
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return {"FINISHED"}


class REPRISE_OT_cancel(bpy.types.Operator):  # noqa: N801
    """Cancel the generation, also on the backend"""

    bl_idname = "reprise.cancel"
    bl_label = "Cancel"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only while there is something to cancel."""
        del context
        return session.current.is_running

    def execute(self, _context: bpy.types.Context) -> set[str]:  # type: ignore[override]
        """Cancels and returns at once."""
        session.cancel()
        return {"FINISHED"}
