"""The panel "Rig": which rig is selected, how it is mapped, what is wrong with it, and a mapping editor."""

from __future__ import annotations

from typing import Any, cast

import bpy

from ..armature import bones_data
from ..core.rigs.families import FAMILIES
from ..core.rigs.score import ESSENTIAL
from ..ops.armature_operator import rig_in_hand
from ..rig_mapping import MappedRig, known_rig
from ..translations import tr
from .base import SubPanel
from .text import draw_sentence, region_width

# From head to toe. One joint: in the middle; a role: its right and left, as one sees a figure from the front.
_BODY = (
    "head", "neck", ("collar", "Collar"), ("shoulder", "Upper Arm"), ("elbow", "Forearm"), ("wrist", "Hand"),
    "spine3", "spine2", "spine1", "pelvis",
    ("hip", "Thigh"), ("knee", "Shin"), ("ankle", "Foot"), ("foot", "Toes"),
)  # fmt: skip
_MIDDLE = {
    "head": "Head", "neck": "Neck", "spine3": "Chest", "spine2": "Spine", "spine1": "Belly", "pelvis": "Pelvis",
}  # fmt: skip
_WITH_CONTROLS = {family.name for family in FAMILIES if family.control_rig is not None}


class REPRISE_PT_rig(SubPanel):  # noqa: N801 - Blender's naming
    bl_idname = "REPRISE_PT_rig"
    bl_label = "Rig"
    bl_order = 60
    bl_options = set()

    def draw(self, context: bpy.types.Context) -> None:
        """Shows what the handler found of the armature in hand; finds nothing itself."""
        layout = cast(bpy.types.UILayout, self.layout)
        width = region_width(context)
        armature = rig_in_hand(context)
        if armature is None:
            draw_sentence(layout, "Select an armature, or a mesh that one deforms.", width, "INFO")
            return
        rig = known_rig(armature)
        layout.label(text=armature.name, icon="OUTLINER_OB_ARMATURE", translate=False)
        if rig is None:
            draw_sentence(layout, "It is looked at when you leave its Edit Mode.", width, "INFO")
            return
        _draw_found(layout, rig, width)
        if bones_data(armature).pose_position == "REST":
            draw_sentence(layout, "The armature shows its rest position: set it to Pose Position.", width, "INFO")
        if rig.is_usable:
            row = layout.row(align=True)
            row.operator("reprise.rig_test", icon="POSE_HLT")
            row.operator("reprise.rig_export", icon="EXPORT")
            settings = cast(Any, armature).reprise_rig
            if rig.mapping.family in _WITH_CONTROLS:
                layout.prop(settings, "use_controls")
                row = layout.row()
                row.active = settings.use_controls
                row.prop(settings, "limbs", expand=True)
            layout.prop(settings, "keep_hands")


class REPRISE_PT_rig_mapping(SubPanel):  # noqa: N801
    bl_idname = "REPRISE_PT_rig_mapping"
    bl_label = "Mapping"
    bl_parent_id = "REPRISE_PT_rig"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Once there is a rig to map."""
        armature = rig_in_hand(context)
        return armature is not None and known_rig(armature) is not None

    def draw(self, context: bpy.types.Context) -> None:
        """A figure seen from the front: its right on the left."""
        layout = cast(bpy.types.UILayout, self.layout)
        armature = cast(bpy.types.Object, rig_in_hand(context))
        rig = cast(MappedRig, known_rig(armature))
        fields = cast(Any, armature).reprise_rig
        body = layout.column(align=True)
        sides = body.split(factor=0.5)
        sides.label(text="Right")
        left = sides.row()
        left.alignment = "RIGHT"
        left.label(text="Left")
        for part in _BODY:
            if isinstance(part, str):
                row = body.split(factor=0.22)
                row.label(text=_MIDDLE[part])
                _draw_bone(row.split(factor=0.85), fields, rig, part)
                continue
            role, name = part
            heading = body.row()
            heading.scale_y, heading.alignment = 0.7, "CENTER"
            heading.label(text=name)
            row = body.row(align=True)
            _draw_bone(row, fields, rig, f"right_{role}")
            _draw_bone(row, fields, rig, f"left_{role}")
        row = layout.row(align=True)
        row.operator("reprise.rig_reset", icon="LOOP_BACK")
        row.operator("reprise.rig_mirror", icon="MOD_MIRROR")
        row = layout.row(align=True)
        row.operator("reprise.rig_save", icon="FILE_TICK")
        if rig.saved:
            row.operator("reprise.rig_forget", text="", icon="TRASH")


def _draw_found(layout: bpy.types.UILayout, rig: MappedRig, width: float) -> None:
    mapping = rig.mapping
    if rig.blocked:
        draw_sentence(layout, rig.blocked, width, "ERROR")
    if not mapping.confidence > 0.0:
        box = layout.box()
        draw_sentence(box, "This rig cannot be mapped yet:", width, "ERROR")
        _draw_problems(box, rig, width, "DOT")
        draw_sentence(box, "Choose the bones under Mapping; until then Generate makes a new armature.", width, "INFO")
        return
    name = mapping.family.replace("_", " ").title() if mapping.family else tr("Unknown rig, found by its shape")
    joints, by_hand = len(mapping.matches), tr("{count} by hand").format(count=len(rig.overrides))
    how = tr("saved mapping") if rig.preset else by_hand if rig.overrides else tr("automatic")
    sentence = tr("{name}: {sure} sure, {joints} of {all} joints, {how}.").format(
        name=name, sure=f"{mapping.confidence:.0%}", joints=joints, all=joints + len(mapping.missing), how=how
    )
    draw_sentence(layout, sentence, width, "CHECKMARK")
    _draw_problems(layout, rig, width, "ERROR")


def _draw_problems(layout: bpy.types.UILayout, rig: MappedRig, width: float, icon: str) -> None:
    for problem, fix in zip(rig.mapping.problems, rig.mapping.fixes, strict=True):
        draw_sentence(layout, problem, width, icon)
        draw_sentence(layout, fix, width, "TOOL_SETTINGS")


def _draw_bone(layout: bpy.types.UILayout, fields: Any, rig: MappedRig, joint: str) -> None:
    row = layout.row(align=True)
    row.alert = joint in rig.mapping.missing and joint in ESSENTIAL
    row.prop(fields, joint, text="", icon="ERROR" if row.alert else "NONE")
