"""The sub-panel "Backend" of the tab "Reprise"."""

from __future__ import annotations

from typing import Any, cast

import bpy

from .backend_status import draw_backend


class REPRISE_PT_backend(bpy.types.Panel):  # noqa: N801 - Blender's naming
    bl_idname = "REPRISE_PT_backend"
    bl_label = "Backend"
    bl_parent_id = "REPRISE_PT_generate"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Reprise"
    bl_order = 100

    def draw(self, context: bpy.types.Context) -> None:
        """Reads memory; no files, no network, no processes."""
        draw_backend(cast(bpy.types.UILayout, self.layout), float(cast(Any, context).region.width))
