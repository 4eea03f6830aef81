"""Rokoko's Newton skeleton."""

from __future__ import annotations

from ..family import RigFamily

ROKOKO = RigFamily(
    name="rokoko",
    sides=(("Left", "Right"),),
    bones={
        "pelvis": "Hips",
        "spine": ("Spine", "Spine1", "Spine2", "Spine3", "Spine4"),
        "neck": "Neck",
        "head": "Head",
        "hip": "{side}Thigh",
        "knee": "{side}Shin",
        "ankle": "{side}Foot",
        "foot": "{side}Toe",
        "collar": "{side}Shoulder",
        "shoulder": "{side}Arm",
        "elbow": "{side}ForeArm",
        "wrist": "{side}Hand",
    },
)
