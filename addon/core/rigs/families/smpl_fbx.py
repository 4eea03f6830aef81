"""SMPL's FBX models: `m_avg_L_Hip`, `f_avg_L_Hip`."""

from __future__ import annotations

from ..family import RigFamily

SMPL_FBX = RigFamily(
    name="smpl_fbx",
    sides=(("L", "R"),),
    bones={
        "pelvis": "Pelvis",
        "spine": ("Spine1", "Spine2", "Spine3"),
        "neck": "Neck",
        "head": "Head",
        "hip": "{side}_Hip",
        "knee": "{side}_Knee",
        "ankle": "{side}_Ankle",
        "foot": "{side}_Foot",
        "collar": "{side}_Collar",
        "shoulder": "{side}_Shoulder",
        "elbow": "{side}_Elbow",
        "wrist": "{side}_Wrist",
    },
    prefix="[mf]_avg_",
    marks=("L_Hip$",),
)
