"""Daz Genesis 3 and 8: bend and twist bones."""

from __future__ import annotations

from ..family import RigFamily

# Daz Genesis 3 and 8: bend and twist bones.
DAZ_GENESIS8 = RigFamily(
    name="daz_genesis8",
    sides=(("l", "r"),),
    bones={
        "pelvis": "hip",
        "spine1": "abdomenLower",
        "spine2": "abdomenUpper",
        "spine3": "chestUpper",
        "neck": "neckLower",
        "head": "head",
        "hip": "{side}ThighBend",
        "knee": "{side}Shin",
        "ankle": "{side}Foot",
        "foot": "{side}Toe",
        "collar": "{side}Collar",
        "shoulder": "{side}ShldrBend",
        "elbow": "{side}ForearmBend",
        "wrist": "{side}Hand",
    },
    marks=(r"ThighBend$",),
    twists={
        "hip": ("{side}ThighTwist",),
        "shoulder": ("{side}ShldrTwist",),
        "elbow": ("{side}ForearmTwist",),
    },
)

# Daz Genesis 9.
DAZ_GENESIS9 = RigFamily(
    name="daz_genesis9",
    sides=(("l", "r"),),
    bones={
        "pelvis": "hip",
        "spine1": "spine1",
        "spine2": "spine2",
        "spine3": "spine4",
        "neck": "neck1",
        "head": "head",
        "hip": "{side}_thigh",
        "knee": "{side}_shin",
        "ankle": "{side}_foot",
        "foot": "{side}_toes",
        "collar": "{side}_shoulder",
        "shoulder": "{side}_upperarm",
        "elbow": "{side}_forearm",
        "wrist": "{side}_hand",
    },
    marks=(r"^l_metatarsals$",),
    twists={
        "hip": ("{side}_thightwist1", "{side}_thightwist2"),
        "shoulder": ("{side}_upperarmtwist1", "{side}_upperarmtwist2"),
        "elbow": ("{side}_forearmtwist1", "{side}_forearmtwist2"),
    },
)

# Poser, Daz Genesis 1 and 2, and CMU's BVH files on Daz's 43-joint skeleton.
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
    marks=(r"^lShldr$",),
)
