"""OptiTrack Motive's own names: `LUArm`, `LFArm`."""

from __future__ import annotations

from ..family import RigFamily

OPTITRACK = RigFamily(
    name="optitrack",
    sides=(("L", "R"),),
    bones={
        "pelvis": "Hip",
        "spine": ("Ab", "Chest"),
        "neck": "Neck",
        "head": "Head",
        "hip": "{side}Thigh",
        "knee": "{side}Shin",
        "ankle": "{side}Foot",
        "foot": "{side}Toe",
        "collar": "{side}Shoulder",
        "shoulder": "{side}UArm",
        "elbow": "{side}FArm",
        "wrist": "{side}Hand",
    },
    marks=(
        "^(.*[:_])?Ab$",
        "LUArm$",
    ),
)
