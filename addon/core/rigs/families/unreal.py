"""Unreal Engine 5 mannequins (Manny, Quinn): five spine bones."""

from __future__ import annotations

from ..family import RigFamily

# Unreal Engine 5 mannequins (Manny, Quinn): five spine bones.
UNREAL_UE5 = RigFamily(
    name="unreal_ue5",
    sides=(("l", "r"),),
    bones={
        "pelvis": "pelvis",
        "spine1": "spine_01",
        "spine2": "spine_03",
        "spine3": "spine_05",
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
    marks=(r"^spine_05$",),
    twists={
        "hip": ("thigh_twist_01_{side}", "thigh_twist_02_{side}"),
        "knee": ("calf_twist_01_{side}", "calf_twist_02_{side}"),
        "shoulder": ("upperarm_twist_01_{side}", "upperarm_twist_02_{side}"),
        "elbow": ("lowerarm_twist_01_{side}", "lowerarm_twist_02_{side}"),
    },
)

# Unreal Engine 4 mannequin; also Mesh2Motion's and many game rigs.
UNREAL_UE4 = RigFamily(
    name="unreal_ue4",
    sides=(("l", "r"),),
    bones={
        "pelvis": "pelvis",
        "spine1": "spine_01",
        "spine2": "spine_02",
        "spine3": "spine_03",
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
    twists={
        "hip": ("thigh_twist_01_{side}", "thigh_twist_02_{side}"),
        "knee": ("calf_twist_01_{side}", "calf_twist_02_{side}"),
        "shoulder": ("upperarm_twist_01_{side}", "upperarm_twist_02_{side}"),
        "elbow": ("lowerarm_twist_01_{side}", "lowerarm_twist_02_{side}"),
    },
)
