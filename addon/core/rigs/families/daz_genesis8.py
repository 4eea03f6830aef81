"""Daz Genesis 3 and 8: bend and twist bones."""

from __future__ import annotations

from ..family import RigFamily

DAZ_GENESIS8 = RigFamily(
    name="daz_genesis8",
    sides=(("l", "r"),),
    bones={
        "pelvis": "hip",
        "spine": ("abdomenLower", "abdomenUpper", "chestLower", "chestUpper"),
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
    marks=("ThighBend$",),
    twists={
        "hip": ("{side}ThighTwist",),
        "shoulder": ("{side}ShldrTwist",),
        "elbow": ("{side}ForearmTwist",),
    },
)
