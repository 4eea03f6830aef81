"""The sub-panel "Takes": all takes of the armature in hand, and what can be done with the one that plays."""

from __future__ import annotations

from typing import Any, cast

import bpy

from .. import takes
from ..actions import playing
from ..engine_words import engine_name
from ..ops.takes import armature_in_hand
from ..translations import tr
from .base import SubPanel
from .text import draw_sentence, region_width

_LONGEST_WORDS = 4
_A_LETTER, _MOST_ABOUT = 0.045, 0.4  # of the list's width: what a letter takes, and all that is said beside the name
_ARROWS = 45.0  # pixels that the two buttons beside a sentence take
_UNCHANGED = 20  # so many letters of the prompt at the beginning of a name: nobody has chosen another
_SMALL = frozenset((
    "a", "an", "the", "is", "are", "and", "then", "of", "to", "with", "their", "his", "her", "its", "in", "on", "at",
    "person", "man", "woman", "someone", "somebody", "figure", "human", "he", "she", "they",
))  # fmt: skip


class REPRISE_UL_takes(bpy.types.UIList):  # noqa: N801 - Blender's naming
    bl_idname = "REPRISE_UL_takes"

    def draw_item(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        context: bpy.types.Context,
        layout: bpy.types.UILayout,
        _data: Any,
        item: Any,
        _icon: int,
        _active_data: Any,
        _active: str,
    ) -> None:
        """A take: its name, and what tells it from others."""
        armature = armature_in_hand(context)
        plays = armature is not None and playing(armature)[0] == item
        about = _about(item)
        row = layout.split(factor=1.0 - min(_MOST_ABOUT, _A_LETTER * (len(about) + 1)))
        name = row.row(align=True)
        name.label(text=_short_name(item), icon="PLAY" if plays else "ACTION", translate=False)
        right = row.row()
        right.alignment, right.active = "RIGHT", False
        right.label(text=about, translate=False)

    def filter_items(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, context: bpy.types.Context, data: Any, name: str
    ) -> tuple[list[int], list[int]]:
        """The takes of the armature in hand, of those whose name or prompt has the words that were typed."""
        armature, actions = armature_in_hand(context), getattr(data, name)
        words = self.filter_name.lower().split()

        def wanted(action: bpy.types.Action) -> bool:
            if armature is None or not takes.belongs(action, armature):
                return False
            said = f"{action.name} {takes.sentence_of(takes.record_of(action))}".lower() if words else ""
            return all(word in said for word in words)

        return [self.bitflag_filter_item if wanted(action) else 0 for action in actions], []


class REPRISE_PT_takes(SubPanel):  # noqa: N801
    bl_idname = "REPRISE_PT_takes"
    bl_label = "Takes"
    bl_order = 10
    bl_options = set()

    def draw(self, context: bpy.types.Context) -> None:
        """Reads what lies in the file's Actions."""
        layout, width = cast(bpy.types.UILayout, self.layout), region_width(context)
        armature = armature_in_hand(context)
        if armature is None or not takes.known_rig_id(armature):
            draw_sentence(layout, "What you generate is listed here, for the selected armature.", width, "INFO")
            return
        row = layout.row()
        row.template_list("REPRISE_UL_takes", "", bpy.data, "actions", armature, "reprise_take_index", rows=4)
        column = row.column(align=True)
        column.operator("reprise.next_take", text="", icon="TRIA_UP").backwards = True  # type: ignore[union-attr]
        column.operator("reprise.next_take", text="", icon="TRIA_DOWN")
        column.separator()
        column.menu("REPRISE_MT_take", text="", icon="DOWNARROW_HLT")
        action = takes.shown(armature)
        if action is None:
            draw_sentence(layout, _what_else_plays(armature), width, "INFO")
            return
        _draw_details(layout, action, width)
        row = layout.row(align=True)
        row.operator("reprise.append_take", text="Append")
        row.operator("reprise.push_take", text="To NLA")
        row.operator("reprise.stash_take")


def draw_preview(layout: bpy.types.UILayout, armature: bpy.types.Object, width: float) -> None:
    """The decision about new takes: whose, which one, and whether it stays. The buttons mean the one that is told."""
    box = layout.box()
    action = takes.shown(armature)
    row = box.row()
    draw_sentence(row.column(align=True), _previewed(armature, action), width - _ARROWS, "HIDE_OFF")
    arrows = row.row(align=True)
    arrows.operator("reprise.next_take", text="", icon="TRIA_LEFT").backwards = True  # type: ignore[union-attr]
    arrows.operator("reprise.next_take", text="", icon="TRIA_RIGHT")
    row = box.row(align=True)
    row.scale_y = 1.2
    for operator, icon in (("accept_take", "CHECKMARK"), ("reject_take", "X"), ("retry_take", "FILE_REFRESH")):
        button = cast(Any, row.operator(f"reprise.{operator}", icon=icon))  # type: ignore[arg-type]
        button.take = action.name if action else ""


def keywords(prompt: str) -> str:
    """The words of a prompt that tell what happens."""
    words = [word for word in prompt.lower().replace(",", " ").replace(".", " ").split() if word not in _SMALL]
    return " ".join(words[:_LONGEST_WORDS])


def _previewed(armature: bpy.types.Object, action: bpy.types.Action | None) -> str:
    if action is None:
        return tr("Preview on '{armature}'").format(armature=armature.name)
    among = takes.takes_of(armature)
    text = tr("Preview on '{armature}': '{action}', take {number} of {total}")
    place, total = among.index(action) + 1, len(among)
    return text.format(armature=armature.name, action=action.name, number=place, total=total)


def _short_name(action: bpy.types.Action) -> str:
    """What happens in it, or the name that the user gave it."""
    prompt = takes.sentence_of(takes.record_of(action))
    begins = " ".join(prompt.split())[:_UNCHANGED]
    return keywords(prompt) if begins and action.name.startswith(begins) else action.name


def _about(action: bpy.types.Action) -> str:
    record = takes.record_of(action)
    if "parts" in record:
        return tr("joined")
    return f"#{record['seed']}" if "seed" in record else ""


def _draw_details(layout: bpy.types.UILayout, action: bpy.types.Action, width: float) -> None:
    record = takes.record_of(action)
    engine, references = record.get("engine"), record.get("references")
    captions = [str(row.get("caption", "")) for row in references or () if isinstance(row, dict)]
    layout.prop(action, "name", text="")
    column = layout.column(align=True)
    draw_sentence(column, tr("Prompt: {text}").format(text=takes.sentence_of(record)), width, "TEXT")
    if captions:
        said = "; ".join(keywords(caption) for caption in captions[:2])
        draw_sentence(column, tr("Recalled: {text}").format(text=said), width, "VIEWZOOM")
    if engine:
        words, seconds = tr("Engine: {text}").format(text=engine_name(engine)), record.get("seconds")
        length = f", {seconds:g} s" if isinstance(seconds, (int, float)) else ""
        draw_sentence(column, words + length, width, "SETTINGS")


def _what_else_plays(armature: bpy.types.Object) -> str:
    action, _ = playing(armature)
    if action is None:
        return tr("No Action plays: choose a take.")
    return tr("'{name}' plays, which is no take.").format(name=action.name)
