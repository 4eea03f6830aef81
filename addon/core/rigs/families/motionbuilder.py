"""MotionBuilder's names, as LaFAN1, Vicon, Perception Neuron, OptiTrack, ACCAD and Truebones write them."""

from __future__ import annotations

from ..family import RigFamily

MOTIONBUILDER = RigFamily(
    name="motionbuilder",
    sides=(("Left", "Right"),),
    bones={
        "pelvis": "Hips",
        "spine": ("Spine", "Spine1", "Spine2", "Spine3", "Spine4"),
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
