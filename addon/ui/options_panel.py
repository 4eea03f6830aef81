"""The folded sub-panels: several prompts, how to generate, and how to key."""

from __future__ import annotations

from typing import Any, cast

import bpy

from ..core.contract import MAX_TOTAL_SECONDS
from ..preferences import preferences_in
from ..properties import settings
from ..translations import tr
from .base import SubPanel
from .menus import draw_presets
from .text import draw_sentence, region_width


class REPRISE_UL_segments(bpy.types.UIList):  # noqa: N801 - Blender's naming
    bl_idname = "REPRISE_UL_segments"

    def draw_item(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        _context: bpy.types.Context,
        layout: bpy.types.UILayout,
        _data: Any,
        item: Any,
        _icon: int,
        _active_data: Any,
        _active: str,
    ) -> None:
        """A line: sentence and seconds, both to edit in place."""
        row = layout.split(factor=0.74)
        row.prop(item, "prompt", text="", emboss=False)
        row.prop(item, "seconds", text="", emboss=False)


class REPRISE_PT_list(SubPanel):  # noqa: N801
    bl_idname = "REPRISE_PT_list"
    bl_label = "Several Prompts"
    bl_order = 30

    def draw(self, context: bpy.types.Context) -> None:
        """The list, and what it becomes."""
        layout, width = cast(bpy.types.UILayout, self.layout), region_width(context)
        fields: Any = settings(cast(bpy.types.Scene, context.scene))
        row = layout.row()
        row.template_list("REPRISE_UL_segments", "", fields, "segments", fields, "segment_index", rows=4)
        column = row.column(align=True)
        for action, icon in (("ADD", "ADD"), ("REMOVE", "REMOVE"), ("UP", "TRIA_UP"), ("DOWN", "TRIA_DOWN")):
            cast(Any, column.operator("reprise.edit_list", text="", icon=icon)).action = action  # type: ignore[arg-type]
        layout.row().prop(fields, "list_as", expand=True)
        total = sum(line.seconds for line in fields.segments)
        if fields.list_as == "ONE" and total > MAX_TOTAL_SECONDS:
            sentence = tr("{total:.1f} s in all, of at most {most:g}.").format(total=total, most=MAX_TOTAL_SECONDS)
            draw_sentence(layout, sentence, width, "ERROR")
        row = layout.row(align=True)
        row.operator("reprise.generate_list", icon="ARMATURE_DATA")
        row.operator("reprise.generate_file", text="From CSV", icon="FILEBROWSER")


class REPRISE_PT_options(SubPanel):  # noqa: N801
    bl_idname = "REPRISE_PT_options"
    bl_label = "Options"
    bl_order = 40

    def draw(self, context: bpy.types.Context) -> None:
        """How to generate."""
        layout = cast(bpy.types.UILayout, self.layout)
        fields = settings(cast(bpy.types.Scene, context.scene))
        column = layout.column()
        draw_presets(column, "REPRISE_MT_prompt_presets", "reprise.add_prompt_preset")
        draw_presets(column, "REPRISE_MT_style_presets", "reprise.add_style_preset")
        draw_presets(column, "REPRISE_MT_settings_presets", "reprise.add_settings_preset")
        layout.use_property_split, layout.use_property_decorate = True, False
        layout.prop(fields, "style")
        layout.row().prop(fields, "length_unit", expand=True)
        layout.prop(fields, "start_at")
        layout.separator()
        column = layout.column(align=True)
        column.prop(fields, "text_strength", slider=True)
        column.prop(fields, "reference_strength", slider=True)
        column = layout.column(align=True)
        column.prop(fields, "steps")
        solver = column.row()
        solver.active = fields.engine == "remodiffuse"
        solver.prop(fields, "solver")
        kept = preferences_in(context)
        if kept is not None and cast(Any, kept).where != "SERVER":
            layout.prop(kept, "library")


class REPRISE_PT_cleanup(SubPanel):  # noqa: N801
    bl_idname = "REPRISE_PT_cleanup"
    bl_label = "Clean-up"
    bl_order = 50

    def draw(self, context: bpy.types.Context) -> None:
        """How to key what comes."""
        layout = cast(bpy.types.UILayout, self.layout)
        fields = settings(cast(bpy.types.Scene, context.scene))
        layout.use_property_split, layout.use_property_decorate = True, False
        layout.prop(fields, "root")
        column = layout.column(heading="Motion")
        column.prop(fields, "loop")
        column.prop(fields, "lock_feet")
        column = layout.column(heading="Keys")
        column.prop(fields, "thin")
        if fields.thin:
            column.prop(fields, "thin_degrees")
            column.prop(fields, "thin_millimetres")
        layout.operator("reprise.rekey_take", icon="KEYTYPE_GENERATED_VEC")
