"""The panel "References": the clips of the library that the prompt recalls, and adding motion to the library."""

from __future__ import annotations

from typing import Any, cast

import bpy

from .. import adding, session
from ..preferences import preferences_in
from ..properties import settings
from ..references import current
from ..references.shown import Row, length_similarity
from ..translations import tr
from .base import SubPanel
from .text import draw_sentence, region_width


class REPRISE_PT_references(SubPanel):  # noqa: N801 - Blender's naming
    bl_idname = "REPRISE_PT_references"
    bl_label = "References"
    bl_order = 20

    def draw_header_preset(self, context: bpy.types.Context) -> None:
        """The switch of the ghost figures, which is a preference."""
        fields = preferences_in(context)
        if fields is not None:
            cast(bpy.types.UILayout, self.layout).prop(
                fields, "show_ghosts", text="", icon="GHOST_ENABLED", emboss=False
            )

    def draw(self, context: bpy.types.Context) -> None:
        """Reads what is in memory; no files, no network."""
        layout, width = cast(bpy.types.UILayout, self.layout), region_width(context)
        scene = cast(bpy.types.Scene, context.scene)
        state, panel = current.current, settings(scene)
        shown = current.shown_of(scene)
        rows = shown.visible(panel.sentence)
        row = layout.row(align=True)
        row.operator("reprise.find_references", icon="VIEWZOOM")
        if shown.rows:
            row.operator("reprise.clear_references", text="", icon="X")
        if state.is_looking:
            waits = session.current.is_running  # one worker owns the library and the networks
            what = "Waits for the motion that is being generated" if waits else "Looking through the library"
            draw_sentence(layout, what, width, "TIME")
        if state.error is not None:
            draw_sentence(layout, state.error.message, width, "ERROR")
            if state.error.hint:
                draw_sentence(layout, state.error.hint, width, "INFO")
        for number, each in enumerate(rows):
            _draw_row(layout.box(), each, width, number, len(rows))
        if rows:
            layout.prop(panel, "reference_strength", text=tr("Strength"), slider=True, translate=False)
            draw_sentence(layout, "Generate uses exactly these.", width, "CHECKMARK")
        elif not state.is_looking:
            draw_sentence(layout, "Generate looks for its own.", width, "INFO")
        layout.prop(panel, "references")
        layout.prop(panel, "method")
        if shown.excluded:
            line = layout.row()
            line.label(text=f"{tr('Excluded')}: {len(shown.excluded)}", icon="CANCEL", translate=False)
            line.operator("reprise.admit_references", text="Allow Again")


class REPRISE_PT_library(SubPanel):  # noqa: N801
    bl_idname = "REPRISE_PT_library"
    bl_label = "Add to Library"
    bl_parent_id = "REPRISE_PT_references"

    def draw(self, context: bpy.types.Context) -> None:
        """The two ways in, how far it is, and what came of it."""
        layout, width = cast(bpy.types.UILayout, self.layout), region_width(context)
        state = adding.current
        if state.is_running:
            layout.operator("reprise.cancel_adding", icon="X")
            layout.progress(factor=state.fraction, type="BAR", text=f"{state.done} / {state.total}")
            draw_sentence(layout, state.now, width)
        else:
            layout.operator("reprise.add_action_to_library", icon="ACTION")
            layout.operator("reprise.add_files_to_library", icon="FILE_FOLDER")
        if state.error is not None:
            draw_sentence(layout, state.error.message, width, "ERROR")
            if state.error.hint:
                draw_sentence(layout, state.error.hint, width, "INFO")
        if state.total and (state.added or state.present or state.skipped):
            draw_sentence(layout, state.summary(), width, "INFO" if state.is_running else "CHECKMARK")
            for reason in state.skipped[: adding.REASONS_SHOWN]:
                draw_sentence(layout, reason, width, "ERROR")
            if len(state.skipped) > adding.REASONS_SHOWN:
                more = tr("... and {more} more.").format(more=len(state.skipped) - adding.REASONS_SHOWN)
                draw_sentence(layout, more, width, "BLANK1")


def _draw_row(box: bpy.types.UILayout, row: Row, width: float, number: int, count: int) -> None:
    reference = row.reference
    line = box.row()
    pin = line.operator("reprise.pin_reference", text="", icon="PINNED" if row.pinned else "UNPINNED", emboss=False)
    cast(Any, pin).clip = reference.id
    words = line.column(align=True)
    draw_sentence(words, reference.caption, width - 55.0)
    numbers = words.column(align=True)
    numbers.scale_y, numbers.active = 0.75, False
    for name, value in (
        ("Meaning", f"{reference.semantic:.2f}"),
        ("Length", f"{length_similarity(reference):.2f} ({reference.seconds:.1f} s)"),
        ("Score", f"{reference.score:.2f}"),
    ):
        numbers.label(text=f"{tr(name)} {value}", translate=False)
    buttons = line.column(align=True)
    pair = buttons.row(align=True)
    _button(pair, "reprise.use_reference", "ACTION", reference.id)
    _button(pair, "reprise.exclude_reference", "CANCEL", reference.id)
    pair = buttons.row(align=True)
    for icon, down, is_possible in (("TRIA_UP", False, number > 0), ("TRIA_DOWN", True, number < count - 1)):
        part = pair.row(align=True)
        part.enabled = is_possible
        _button(part, "reprise.move_reference", icon, reference.id).down = down
    motion = current.current.motions.get(reference.id)
    if motion is not None and motion.meta.get("own"):
        _button(buttons, "reprise.remove_clip", "TRASH", reference.id)


def _button(layout: bpy.types.UILayout, operator: str, icon: str, clip: str) -> Any:
    properties = cast(Any, layout.operator(operator, text="", icon=icon))  # type: ignore[arg-type]
    properties.clip = clip
    return properties
