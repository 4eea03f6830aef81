"""ReActIdle's BVH files: Blender's names, the ends of feet and forearms as joints."""

from __future__ import annotations

from ..family import RigFamily

REACTIDLE = RigFamily(
    name="reactidle",
    sides=(("L", "R"),),
    bones={
        "pelvis": "pelvis",
        "spine2": "spine.001",
        "neck": "neck",
        "head": "face",
        "hip": "thigh.{side}",
        "knee": "shin.{side}",
        "ankle": "foot.{side}",
        "foot": "foot.{side}_end",
        "collar": "shoulder.{side}",
        "shoulder": "upper_arm.{side}",
        "elbow": "forearm.{side}",
        "wrist": "forearm.{side}_end",
    },
    marks=("^face$",),
)
