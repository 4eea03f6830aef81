"""SMPL-H: SMPL's names with fingers."""

from __future__ import annotations

from ..family import RigFamily

SMPLH = RigFamily(
    name="smplh",
    sides=(("left", "right"),),
    bones={
        "pelvis": "pelvis",
        "spine": ("spine1", "spine2", "spine3"),
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
    marks=("^left_index1$",),
)
