"""Microsoft Rocketbox avatars: 3ds Max Biped (`Bip01`, `Bip02`) with a face."""

from __future__ import annotations

from ..family import RigFamily

ROCKETBOX = RigFamily(
    name="rocketbox",
    sides=(("L", "R"),),
    bones={
        "pelvis": "Pelvis",
        "spine": ("Spine", "Spine1", "Spine2"),
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
    prefix="bip0[12][ _]",
    marks=("^bip0[12][ _]MJaw",),
)
