"""Poser, Daz Genesis 1 and 2, and CMU's recordings as BVH on Daz's 43-joint skeleton."""

from __future__ import annotations

from ..family import RigFamily

POSER = RigFamily(
    name="poser",
    sides=(("l", "r"),),
    bones={
        "pelvis": "hip",
        "spine1": "abdomen",
        "spine2": ("abdomen2", "chest"),
        "spine3": "chest",
        "neck": "neck",
        "head": "head",
        "hip": "{side}Thigh",
        "knee": "{side}Shin",
        "ankle": "{side}Foot",
        "foot": "{side}Toe",
        "collar": "{side}Collar",
        "shoulder": "{side}Shldr",
        "elbow": "{side}ForeArm",
        "wrist": "{side}Hand",
    },
    marks=("^lShldr$",),
)
