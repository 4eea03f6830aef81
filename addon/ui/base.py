"""What all our panels share: their place."""

from __future__ import annotations

import bpy

SPACE, REGION, CATEGORY = "VIEW_3D", "UI", "Reprise"
MAIN = "REPRISE_PT_generate"


class SubPanel(bpy.types.Panel):
    """A folded panel under "Generate Motion"."""

    bl_space_type = SPACE
    bl_region_type = REGION
    bl_category = CATEGORY
    bl_parent_id = MAIN
    bl_options = {"DEFAULT_CLOSED"}
