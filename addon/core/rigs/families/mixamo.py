"""Mixamo: `mixamorig:Hips`, `mixamorig1:Hips`, or with an underscore or nothing between."""

from __future__ import annotations

from ..family import RigFamily

MIXAMO = RigFamily(
    name="mixamo",
    sides=(("Left", "Right"),),
    bones={
        "pelvis": "Hips",
        "spine": ("Spine", "Spine1", "Spine2"),
        "neck": "Neck",
        "head": "Head",
        "hip": "{side}UpLeg",
        "knee": "{side}Leg",
        "ankle": "{side}Foot",
        "foot": "{side}ToeBase",
        "collar": "{side}Shoulder",
        "shoulder": "{side}Arm",
        "elbow": "{side}ForeArm",
        "wrist": "{side}Hand",
    },
    prefix=r"mixamorig\d*[:_]?",
    marks=("^mixamorig|^LeftToe_End$",),
)
