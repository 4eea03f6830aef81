"""MikuMikuDance with English names: `leg_L`, `knee_L`, or `Leg.L` and `HandTwist.L` as mmd_tools translates them."""

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
        "foot": ("toe_{side}", "toe_tip_{side}", "leg_tip_ex_{side}"),
        "collar": "shoulder_{side}",
        "shoulder": "arm_{side}",
        "elbow": "elbow_{side}",
        "wrist": "wrist_{side}",
    },
    marks=("upper[ _]?body",),
    twists={
        "shoulder": ("arm_twist_{side}", "arm_twist1_{side}", "arm_twist2_{side}", "arm_twist3_{side}"),
        "elbow": (
            *("wrist_twist_{side}", "wrist_twist1_{side}", "wrist_twist2_{side}", "wrist_twist3_{side}"),
            *("hand_twist_{side}", "hand_twist1_{side}", "hand_twist2_{side}", "hand_twist3_{side}"),
        ),
    },
)
