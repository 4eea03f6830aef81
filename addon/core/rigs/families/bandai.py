"""Bandai Namco's motion data set: `joint_Root`, `UpperLeg_L`."""

from __future__ import annotations

from ..family import RigFamily

BANDAI = RigFamily(
    name="bandai",
    sides=(("L", "R"),),
    bones={
        "pelvis": "Hips",
        "spine": ("Spine", "Chest"),
        "neck": "Neck",
        "head": "Head",
        "hip": "UpperLeg_{side}",
        "knee": "LowerLeg_{side}",
        "ankle": "Foot_{side}",
        "foot": "Toes_{side}",
        "collar": "Shoulder_{side}",
        "shoulder": "UpperArm_{side}",
        "elbow": "LowerArm_{side}",
        "wrist": "Hand_{side}",
    },
    marks=("^joint_Root$",),
)
