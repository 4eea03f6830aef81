"""Daz Genesis 9."""

from __future__ import annotations

from ..family import RigFamily

DAZ_GENESIS9 = RigFamily(
    name="daz_genesis9",
    sides=(("l", "r"),),
    bones={
        "pelvis": "hip",
        "spine": ("spine1", "spine2", "spine3", "spine4"),
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
    marks=("^l_metatarsals$",),
    twists={
        "hip": ("{side}_thightwist1", "{side}_thightwist2"),
        "shoulder": ("{side}_upperarmtwist1", "{side}_upperarmtwist2"),
        "elbow": ("{side}_forearmtwist1", "{side}_forearmtwist2"),
    },
)
