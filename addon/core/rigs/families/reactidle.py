"""ReActIdle's BVH files: Blender's names, neither hands nor toes."""

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
        "collar": "shoulder.{side}",
        "shoulder": "upper_arm.{side}",
        "elbow": "forearm.{side}",
    },
    marks=("^face$",),
)
