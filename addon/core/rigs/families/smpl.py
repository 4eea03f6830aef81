"""SMPL, SMPL-H and SMPL-X by joint names, and Reprise's own armature, which has the same."""

from __future__ import annotations

from ..family import RigFamily

# SMPL, SMPL-H and SMPL-X by joint names, and Reprise's own armature, which has the same.
SMPL = RigFamily(
    name="smpl",
    sides=(("left", "right"),),
    bones={
        "pelvis": "pelvis",
        "spine1": "spine1",
        "spine2": "spine2",
        "spine3": "spine3",
        "neck": "neck",
        "head": "head",
        "hip": "{side}_hip",
        "knee": "{side}_knee",
        "ankle": "{side}_ankle",
        "foot": "{side}_foot",
        "collar": "{side}_collar",
        "shoulder": "{side}_shoulder",
        "elbow": "{side}_elbow",
        "wrist": "{side}_wrist",
    },
)

# SMPL's FBX and Blender models: `m_avg_L_Hip`, also `f_avg_`.
SMPL_BLENDER = RigFamily(
    name="smpl_blender",
    sides=(("L", "R"),),
    bones={
        "pelvis": "Pelvis",
        "spine1": "spine1",
        "spine2": "spine2",
        "spine3": "spine3",
        "neck": "neck",
        "head": "head",
        "hip": "{side}_Hip",
        "knee": "{side}_Knee",
        "ankle": "{side}_Ankle",
        "foot": "{side}_Foot",
        "collar": "{side}_Collar",
        "shoulder": "{side}_Shoulder",
        "elbow": "{side}_Elbow",
        "wrist": "{side}_Wrist",
    },
    prefix=r"[mf]_avg_",
)
