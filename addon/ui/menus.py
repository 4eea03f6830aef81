"""Menus beside the prompt: what was used last, examples, and presets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

import bpy

from .. import history

_LONGEST = 60


class REPRISE_MT_history(bpy.types.Menu):  # noqa: N801 - Blender's naming
    bl_idname = "REPRISE_MT_history"
    bl_label = "Prompts"
    bl_description = "Prompts that were used last, and examples that work"

    def draw(self, context: bpy.types.Context) -> None:
        """From memory."""
        del context
        layout = cast(bpy.types.UILayout, self.layout)
        recent = history.recent()
        if recent:
            layout.label(text="Used Last")
            _draw_prompts(layout, recent)
            layout.operator("reprise.clear_history", icon="TRASH")
            layout.separator()
        layout.label(text="Examples")
        _draw_prompts(layout, history.EXAMPLES)


class _PresetMenu(bpy.types.Menu):
    """A menu of presets, drawn and used as Blender's own are."""

    preset_operator = "script.execute_preset"
    draw = cast(Any, bpy.types.Menu).draw_preset


class REPRISE_MT_prompt_presets(_PresetMenu):  # noqa: N801
    bl_idname = "REPRISE_MT_prompt_presets"
    bl_label = "Prompt Presets"
    bl_description = "Prompts kept as presets, with their seconds and seed"
    preset_subdir = "reprise/prompts"


class REPRISE_MT_style_presets(_PresetMenu):  # noqa: N801
    bl_idname = "REPRISE_MT_style_presets"
    bl_label = "Style Presets"
    bl_description = "How something is done: words behind every prompt, with the strengths that suit them"
    preset_subdir = "reprise/styles"


class REPRISE_MT_settings_presets(_PresetMenu):  # noqa: N801
    bl_idname = "REPRISE_MT_settings_presets"
    bl_label = "Settings Presets"
    bl_description = "How motions are generated and keyed, kept as presets"
    preset_subdir = "reprise/settings"


class REPRISE_MT_take(bpy.types.Menu):  # noqa: N801
    bl_idname = "REPRISE_MT_take"
    bl_label = "Take"
    bl_description = "What can be done with the take that plays"

    def draw(self, context: bpy.types.Context) -> None:
        """All of it is about the take that plays."""
        del context
        layout = cast(bpy.types.UILayout, self.layout)
        layout.operator("reprise.retry_take", icon="FILE_REFRESH")
        layout.operator("reprise.recreate_take", icon="LOOP_BACK")
        layout.separator()
        layout.operator("reprise.append_take", icon="TRACKING_FORWARDS_SINGLE")
        layout.operator("reprise.push_take", icon="NLA_PUSHDOWN")
        layout.operator("reprise.stash_take", icon="NLA")
        layout.separator()
        layout.operator("reprise.delete_take", icon="TRASH")


class REPRISE_MT_motion(bpy.types.Menu):  # noqa: N801
    bl_idname = "REPRISE_MT_motion"
    bl_label = "Reprise"
    bl_description = "Generate motion from sentences, and decide about takes"

    def draw(self, context: bpy.types.Context) -> None:
        """What a search for an operator finds: Blender searches its menus."""
        del context
        layout = cast(bpy.types.UILayout, self.layout)
        for group in _OPERATORS:
            layout.separator()
            for operator in group:
                layout.operator(f"reprise.{operator}")


_OPERATORS = (
    ("generate", "generate_list", "generate_file", "cancel"),
    ("accept_take", "reject_take", "next_take", "retry_take", "recreate_take", "rekey_take"),
    ("append_take", "push_take", "stash_take", "delete_take"),
    ("find_references", "clear_references", "admit_references", "add_action_to_library", "add_files_to_library"),
    ("rig_test", "rig_reset", "rig_mirror", "rig_save", "rig_export"),
    ("start_backend", "stop_backend", "open_log", "copy_diagnostics"),
)
_PLACES = ("VIEW3D_MT_object", "VIEW3D_MT_pose")


def attach() -> None:
    """Called when the add-on is registered."""
    for place in _PLACES:
        cast(Any, getattr(bpy.types, place)).append(_draw_entry)


def detach() -> None:
    """Called when the add-on is unregistered."""
    for place in _PLACES:
        cast(Any, getattr(bpy.types, place)).remove(_draw_entry)


def _draw_entry(menu: bpy.types.Menu, context: bpy.types.Context) -> None:
    del context
    layout = cast(bpy.types.UILayout, menu.layout)
    layout.separator()
    layout.menu("REPRISE_MT_motion", icon="ARMATURE_DATA")


def draw_presets(layout: bpy.types.UILayout, menu: str, operator: str) -> None:
    """A preset menu with its buttons, as Blender draws them."""
    row = layout.row(align=True)
    row.menu(menu, text=getattr(bpy.types, menu).bl_label)
    row.operator(operator, text="", icon="ADD")
    removes = row.operator(operator, text="", icon="REMOVE")
    cast(Any, removes).remove_active = True


def _draw_prompts(layout: bpy.types.UILayout, prompts: Iterable[history.Prompt]) -> None:
    for prompt in prompts:
        text = prompt.text if len(prompt.text) <= _LONGEST else f"{prompt.text[: _LONGEST - 1]}…"
        chosen = cast(Any, layout.operator("reprise.use_prompt", text=text, translate=False))
        chosen.prompt, chosen.seconds = prompt.text, prompt.seconds
