"""Source engine: `ValveBiped.Bip01_L_Thigh`."""

from __future__ import annotations

from ..family import RigFamily

VALVE_BIPED = RigFamily(
    name="valve_biped",
    sides=(("L", "R"),),
    bones={
        "pelvis": "Pelvis",
        "spine": ("Spine", "Spine1", "Spine2", "Spine4"),
        "neck": "Neck1",
        "head": "Head1",
        "hip": "{side} Thigh",
        "knee": "{side} Calf",
        "ankle": "{side} Foot",
        "foot": "{side} Toe0",
        "collar": "{side} Clavicle",
        "shoulder": "{side} UpperArm",
        "elbow": "{side} Forearm",
        "wrist": "{side} Hand",
    },
    prefix=r"ValveBiped\.Bip01[_ ]",
    marks=("^ValveBiped",),
)
