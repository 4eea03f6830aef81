"""Reallusion Character Creator and iClone: `CC_Base_L_Thigh`."""

from __future__ import annotations

from ..family import RigFamily

CHARACTER_CREATOR = RigFamily(
    name="character_creator",
    sides=(("L", "R"),),
    bones={
        "pelvis": "Hip",
        "spine": ("Waist", "Spine01", "Spine02"),
        "neck": "NeckTwist01",
        "head": "Head",
        "hip": "{side}_Thigh",
        "knee": "{side}_Calf",
        "ankle": "{side}_Foot",
        "foot": "{side}_ToeBase",
        "collar": "{side}_Clavicle",
        "shoulder": "{side}_Upperarm",
        "elbow": "{side}_Forearm",
        "wrist": "{side}_Hand",
    },
    prefix="CC_Base_",
    marks=("^CC_Base_",),
    twists={
        "hip": ("{side}_ThighTwist01", "{side}_ThighTwist02"),
        "knee": ("{side}_CalfTwist01", "{side}_CalfTwist02"),
        "shoulder": ("{side}_UpperarmTwist01", "{side}_UpperarmTwist02"),
        "elbow": ("{side}_ForearmTwist01", "{side}_ForearmTwist02"),
    },
)
