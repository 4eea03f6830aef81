"""Xsens MVN: vertebrae as spine bones."""

from __future__ import annotations

from ..family import RigFamily

XSENS = RigFamily(
    name="xsens",
    sides=(("Left", "Right"),),
    bones={
        "pelvis": ("Pelvis", "Hips"),
        "spine": ("L5", "L3", "T12", "T8"),
        "neck": "Neck",
        "head": "Head",
        "hip": "{side}UpperLeg",
        "knee": "{side}LowerLeg",
        "ankle": "{side}Foot",
        "foot": "{side}Toe",
        "collar": "{side}Shoulder",
        "shoulder": "{side}UpperArm",
        "elbow": "{side}ForeArm",
        "wrist": "{side}Hand",
    },
    marks=("T12$",),
)
