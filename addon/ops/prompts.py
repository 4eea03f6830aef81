"""Prompts: those used before, the list of several, and presets."""

from __future__ import annotations

from typing import Any, cast

import bpy
from bl_operators.presets import AddPresetBase

from .. import history
from ..core.contract import MAX_SEGMENTS
from ..properties import RepriseSettings, settings
from ..request_fields import SECONDS

_AddPreset: Any = AddPresetBase  # typed wrongly where it is typed at all


class REPRISE_OT_use_prompt(bpy.types.Operator):  # noqa: N801 - Blender's naming
    """Put this sentence and its seconds into the panel"""

    bl_idname = "reprise.use_prompt"
    bl_label = "Use Prompt"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    prompt: bpy.props.StringProperty(name="Prompt", description="The sentence")  # type: ignore[valid-type]
    seconds: bpy.props.FloatProperty(**SECONDS)  # type: ignore[valid-type]

    @classmethod
    def description(cls, context: bpy.types.Context, properties: Any) -> str:
        """The whole sentence: menus cut long ones off."""
        del context
        return properties.prompt

    def execute(self, context: bpy.types.Context) -> set[str]:  # type: ignore[override]
        """Nothing is generated yet."""
        fields = settings(cast(bpy.types.Scene, context.scene))
        fields.prompt, fields.seconds = self.prompt, self.seconds
        return {"FINISHED"}


class REPRISE_OT_clear_history(bpy.types.Operator):  # noqa: N801
    """Forget the prompts used last, on this machine's disk as well"""

    bl_idname = "reprise.clear_history"
    bl_label = "Clear History"

    def execute(self, _context: bpy.types.Context) -> set[str]:  # type: ignore[override]
        """Takes in files keep their prompts."""
        history.clear()
        return {"FINISHED"}


class REPRISE_OT_edit_list(bpy.types.Operator):  # noqa: N801
    """Add, remove or move a line of the prompt list"""

    bl_idname = "reprise.edit_list"
    bl_label = "Edit the Prompt List"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    action: bpy.props.EnumProperty(  # type: ignore[valid-type]
        name="Action",
        description="What to do with the list",
        items=(
            ("ADD", "Add", "A new line with the prompt of the panel"),
            ("REMOVE", "Remove", "Remove the active line"),
            ("UP", "Up", "Move the active line up"),
            ("DOWN", "Down", "Move the active line down"),
            ("CLEAR", "Clear", "Remove all lines"),
        ),
    )

    @classmethod
    def description(cls, context: bpy.types.Context, properties: Any) -> str:
        """What this one button does."""
        del context
        return properties.bl_rna.properties["action"].enum_items[properties.action].description

    def execute(self, context: bpy.types.Context) -> set[str]:  # type: ignore[override]
        """One step of undo each."""
        return {"FINISHED"} if _edit(settings(cast(bpy.types.Scene, context.scene)), self.action) else {"CANCELLED"}


def _edit(fields: RepriseSettings, action: str) -> bool:
    lines: Any = fields.segments
    index = min(fields.segment_index, len(lines) - 1)
    if action == "ADD":
        if len(lines) >= MAX_SEGMENTS:
            return False
        line = lines.add()
        line.prompt, line.seconds = fields.prompt, fields.seconds
        lines.move(len(lines) - 1, index + 1)
        fields.segment_index = index + 1
    elif action == "CLEAR":
        lines.clear()
    elif action == "REMOVE" and index >= 0:
        lines.remove(index)
        fields.segment_index = max(0, min(index, len(lines) - 1))
    elif action in ("UP", "DOWN"):
        goal = index + (1 if action == "DOWN" else -1)
        if not 0 <= goal < len(lines):
            return False
        lines.move(index, goal)
        fields.segment_index = goal
    return True


def _of_panel(*names: str) -> list[str]:
    """Fields of the panel as presets name them.

    In full: the short names that presets may define are lost on Python 3.13 in Blenders that were made for 3.11.
    """
    return [f"bpy.context.scene.reprise.{name}" for name in names]


class REPRISE_OT_add_prompt_preset(_AddPreset, bpy.types.Operator):  # noqa: N801
    """Keep the prompt with its seconds and seed as a preset, or remove a preset"""

    bl_idname = "reprise.add_prompt_preset"
    bl_label = "Add Prompt Preset"
    preset_menu = "REPRISE_MT_prompt_presets"
    preset_subdir = "reprise/prompts"
    preset_values = _of_panel("prompt", "seconds", "seed")


class REPRISE_OT_add_settings_preset(_AddPreset, bpy.types.Operator):  # noqa: N801
    """Keep how motions are generated and keyed as a preset, or remove a preset"""

    bl_idname = "reprise.add_settings_preset"
    bl_label = "Add Settings Preset"
    preset_menu = "REPRISE_MT_settings_presets"
    preset_subdir = "reprise/settings"
    preset_values = _of_panel(
        "text_strength", "reference_strength", "references", "method", "steps", "solver", "engine", "count",
        "random_seed", "start_at", "root", "loop", "lock_feet", "thin", "thin_degrees", "thin_millimetres",
    )  # fmt: skip


class REPRISE_OT_add_style_preset(_AddPreset, bpy.types.Operator):  # noqa: N801
    """Keep the words of the style, and how much text and references count, as a preset, or remove a preset"""

    bl_idname = "reprise.add_style_preset"
    bl_label = "Add Style Preset"
    preset_menu = "REPRISE_MT_style_presets"
    preset_subdir = "reprise/styles"
    preset_values = _of_panel("style", "text_strength", "reference_strength", "references")
