"""Quaternius' figures: `Abdomen` and `Torso` for a spine."""

from __future__ import annotations

from ..family import RigFamily

QUATERNIUS = RigFamily(
    name="quaternius",
    sides=(("L", "R"),),
    bones={
        "pelvis": "Hips",
        "spine": ("Abdomen", "Torso"),
        "neck": "Neck",
        "head": "Head",
        "hip": "UpperLeg.{side}",
        "knee": "LowerLeg.{side}",
        "ankle": "Foot.{side}",
        "collar": "Shoulder.{side}",
        "shoulder": "UpperArm.{side}",
        "elbow": "LowerArm.{side}",
        "wrist": ("Palm.{side}", "Fist.{side}", "Hand.{side}"),
    },
    marks=(
        "^Abdomen$",
        "^Torso$",
    ),
)
