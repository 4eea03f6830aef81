"""The dice."""

from __future__ import annotations

import random

import bpy

from ..properties import settings


class REPRISE_OT_random_seed(bpy.types.Operator):  # noqa: N801 - Blender's naming
    """Roll the dice: another seed, another take"""

    bl_idname = "reprise.random_seed"
    bl_label = "Random Seed"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    def execute(self, context: bpy.types.Context) -> set[str]:  # type: ignore[override]
        """Sets a seed short enough to be read out."""
        settings(context.scene).seed = random.randrange(100_000)  # type: ignore[arg-type] # noqa: S311
        return {"FINISHED"}
