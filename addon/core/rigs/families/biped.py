"""3ds Max Biped: `Bip01 L Thigh`, `Bip001 L Thigh`."""

from __future__ import annotations

from ..family import RigFamily

BIPED = RigFamily(
    name="biped",
    sides=(("L", "R"),),
    bones={
        "pelvis": "Pelvis",
        "spine": ("Spine", "Spine1", "Spine2", "Spine3"),
        "neck": "Neck",
        "head": "Head",
        "hip": "{side} Thigh",
        "knee": "{side} Calf",
        "ankle": "{side} Foot",
        "foot": "{side} Toe0",
        "collar": "{side} Clavicle",
        "shoulder": "{side} UpperArm",
        "elbow": "{side} Forearm",
        "wrist": "{side} Hand",
    },
    prefix=r"bip\d+[ _]",
    marks=(r"^bip\d+",),
    twists={
        "hip": ("{side} ThighTwist", "{side} ThighTwist1"),
        "knee": ("{side} CalfTwist", "{side} CalfTwist1"),
        "shoulder": ("{side} UpArmTwist", "{side} UpArmTwist1"),
        "elbow": ("{side} ForeTwist", "{side} ForeTwist1"),
    },
)
