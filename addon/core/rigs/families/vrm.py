"""VRM's and Unity's humanoid names (`leftUpperLeg`, `UpperLeg_L`), also the VRM add-on's (`upper_leg.L`)."""

from __future__ import annotations

from ..family import RigFamily

VRM = RigFamily(
    name="vrm",
    sides=(
        ("left", "right"),
        ("L", "R"),
    ),
    bones={
        "pelvis": "hips",
        "spine": ("spine", "chest", "upperChest"),
        "neck": "neck",
        "head": "head",
        "hip": ("{side}UpperLeg", "upper_leg.{side}"),
        "knee": ("{side}LowerLeg", "lower_leg.{side}"),
        "ankle": ("{side}Foot", "foot.{side}"),
        "foot": ("{side}Toes", "toes.{side}"),
        "collar": ("{side}Shoulder", "shoulder.{side}"),
        "shoulder": ("{side}UpperArm", "upper_arm.{side}"),
        "elbow": ("{side}LowerArm", "lower_arm.{side}"),
        "wrist": ("{side}Hand", "hand.{side}"),
    },
)
