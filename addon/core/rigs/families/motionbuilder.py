"""MotionBuilder's names, as in LaFAN1, Truebones, Vicon, Bandai and many BVH files."""

from __future__ import annotations

from ..family import RigFamily

MOTIONBUILDER = RigFamily(
    name="motionbuilder",
    sides=(("Left", "Right"),),
    bones={
        "pelvis": "Hips",
        "spine1": "Spine",
        "spine2": "Spine1",
        "spine3": ("Spine2", "Spine3", "Chest"),
        "neck": "Neck",
        "head": "Head",
        "hip": "{side}UpLeg",
        "knee": "{side}Leg",
        "ankle": "{side}Foot",
        "foot": ("{side}ToeBase", "{side}Toe"),
        "collar": "{side}Shoulder",
        "shoulder": "{side}Arm",
        "elbow": "{side}ForeArm",
        "wrist": "{side}Hand",
    },
)
