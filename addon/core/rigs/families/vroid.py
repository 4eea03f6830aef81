"""VRoid Studio: `J_Bip_C_Hips`, `J_Bip_L_UpperLeg`."""

from __future__ import annotations

from ..family import RigFamily

VROID = RigFamily(
    name="vroid",
    sides=(("L", "R"),),
    bones={
        "pelvis": "C_Hips",
        "spine": ("C_Spine", "C_Chest", "C_UpperChest"),
        "neck": "C_Neck",
        "head": "C_Head",
        "hip": "{side}_UpperLeg",
        "knee": "{side}_LowerLeg",
        "ankle": "{side}_Foot",
        "foot": "{side}_ToeBase",
        "collar": "{side}_Shoulder",
        "shoulder": "{side}_UpperArm",
        "elbow": "{side}_LowerArm",
        "wrist": "{side}_Hand",
    },
    prefix="J_Bip_",
    marks=("^J_Bip_",),
)
