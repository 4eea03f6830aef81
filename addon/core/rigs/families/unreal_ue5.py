"""Unreal Engine 5's mannequins Manny and Quinn: five spine bones."""

from __future__ import annotations

from ..family import RigFamily

UNREAL_UE5 = RigFamily(
    name="unreal_ue5",
    sides=(("l", "r"),),
    bones={
        "pelvis": "pelvis",
        "spine": ("spine_01", "spine_02", "spine_03", "spine_04", "spine_05"),
        "neck": "neck_01",
        "head": "head",
        "hip": "thigh_{side}",
        "knee": "calf_{side}",
        "ankle": "foot_{side}",
        "foot": "ball_{side}",
        "collar": "clavicle_{side}",
        "shoulder": "upperarm_{side}",
        "elbow": "lowerarm_{side}",
        "wrist": "hand_{side}",
    },
    marks=("^spine_05$",),
    twists={
        "hip": ("thigh_twist_01_{side}", "thigh_twist_02_{side}"),
        "knee": ("calf_twist_01_{side}", "calf_twist_02_{side}"),
        "shoulder": ("upperarm_twist_01_{side}", "upperarm_twist_02_{side}"),
        "elbow": ("lowerarm_twist_01_{side}", "lowerarm_twist_02_{side}"),
    },
)
