"""The names of early BVH files and of Xsens' BVH export: `LeftKnee`, `LeftElbow`, `Chest2`."""

from __future__ import annotations

from ..family import RigFamily

BIOVISION = RigFamily(
    name="biovision",
    sides=(("Left", "Right"),),
    bones={
        "pelvis": "Hips",
        "spine": ("Chest", "Chest2", "Chest3", "Chest4"),
        "neck": "Neck",
        "head": "Head",
        "hip": "{side}Hip",
        "knee": ("{side}Knee", "{side}LowLeg"),
        "ankle": ("{side}Ankle", "{side}Foot"),
        "foot": "{side}Toe",
        "collar": "{side}Collar",
        "shoulder": ("{side}Shoulder", "{side}UpArm"),
        "elbow": ("{side}Elbow", "{side}LowArm"),
        "wrist": ("{side}Wrist", "{side}Hand"),
    },
)
