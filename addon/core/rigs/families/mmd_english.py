"""MikuMikuDance with English names: `leg_L`, `knee_L`."""

from __future__ import annotations

from ..family import RigFamily

MMD_ENGLISH = RigFamily(
    name="mmd_english",
    sides=(("L", "R"),),
    bones={
        "pelvis": ("waist", "center", "lower body"),
        "spine": ("upper body", "upper body2", "upper body3"),
        "neck": "neck",
        "head": "head",
        "hip": "leg_{side}",
        "knee": "knee_{side}",
        "ankle": "ankle_{side}",
        "foot": ("toe_{side}", "leg_tip_ex_{side}"),
        "collar": "shoulder_{side}",
        "shoulder": "arm_{side}",
        "elbow": "elbow_{side}",
        "wrist": "wrist_{side}",
    },
    marks=("upper[ _]?body",),
    twists={
        "shoulder": ("arm_twist_{side}",),
        "elbow": ("wrist_twist_{side}",),
    },
)
