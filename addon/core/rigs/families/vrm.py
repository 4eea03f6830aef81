"""VRM's own bone names (`leftUpperLeg`) and the names of the VRM add-on's humanoid (`upper_leg.L`)."""

from __future__ import annotations

from ..family import RigFamily

VRM = RigFamily(
    name="vrm",
    sides=(("left", "right"), ("L", "R")),
    bones={
        "pelvis": "hips",
        "spine1": "spine",
        "spine2": "chest",
        "spine3": ("upperChest", "upper_chest"),
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
