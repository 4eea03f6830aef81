"""The sub-panel "Backend" of the tab "Reprise"."""

from __future__ import annotations

from typing import cast

import bpy

from .backend_status import draw_backend
from .base import SubPanel
from .text import region_width


class REPRISE_PT_backend(SubPanel):  # noqa: N801
    bl_idname = "REPRISE_PT_backend"
    bl_label = "Backend"
    bl_order = 100

    def draw(self, context: bpy.types.Context) -> None:
        """Reads memory; no files, no network, no processes."""
        draw_backend(cast(bpy.types.UILayout, self.layout), region_width(context))
