"""Mixamo: `mixamorig:Hips`, also `mixamorig1:`, or exported with an underscore."""

from __future__ import annotations

from ..family import RigFamily

MIXAMO = RigFamily(
    name="mixamo",
    sides=(("Left", "Right"),),
    bones={
        "pelvis": "Hips",
        "spine1": "Spine",
        "spine2": "Spine1",
        "spine3": "Spine2",
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
    marks=(r"^mixamorig",),
)
