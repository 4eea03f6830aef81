"""An operator on one armature: what it did, or what went wrong, is told in a sentence."""

from __future__ import annotations

from typing import cast

import bpy

from ..core.errors import RepriseError
from ..rig_mapping import armatures_in_hand
from ..translations import told, tr


def rig_in_hand(context: bpy.types.Context) -> bpy.types.Object | None:
    """The armature that the Rig panel is about."""
    return next(iter(armatures_in_hand(cast(bpy.types.ViewLayer, context.view_layer))), None)


class ArmatureOperator(bpy.types.Operator):
    """An operator on the armature in hand, whose step can be undone."""

    bl_options = {"REGISTER", "UNDO"}

    @staticmethod
    def in_hand(context: bpy.types.Context) -> bpy.types.Object | None:
        """The armature that is meant."""
        return rig_in_hand(context)

    @staticmethod
    def needs() -> str:
        """What to say where there is none, or where it is being edited."""
        return tr("Select an armature, and leave its Edit Mode")

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs a selected armature, or a mesh that one deforms."""
        armature = cls.in_hand(context)
        if armature is None or armature.mode == "EDIT":
            cls.poll_message_set(cls.needs())
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:  # type: ignore[override]
        """One step, told in one line."""
        try:
            self.report({"INFO"}, self.act(context, cast(bpy.types.Object, self.in_hand(context))))
        except RepriseError as error:
            self.report({"ERROR"}, told(error))
            return {"CANCELLED"}
        return {"FINISHED"}

    def act(self, context: bpy.types.Context, armature: bpy.types.Object) -> str:
        """Does it; returns what to tell."""
        raise NotImplementedError
