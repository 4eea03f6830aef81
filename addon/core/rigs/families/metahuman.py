"""MetaHuman bodies: Unreal's names, with toes and half finger bones."""

from __future__ import annotations

from ..family import RigFamily

METAHUMAN = RigFamily(
    name="metahuman",
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
    marks=(
        "^spine_05$",
        "^bigtoe_01_l$|_half_l$|_mcp_l$|^FACIAL_C_",
    ),
    twists={
        "hip": ("thigh_twist_01_{side}", "thigh_twist_02_{side}"),
        "knee": ("calf_twist_01_{side}", "calf_twist_02_{side}"),
        "shoulder": ("upperarm_twist_01_{side}", "upperarm_twist_02_{side}"),
        "elbow": ("lowerarm_twist_01_{side}", "lowerarm_twist_02_{side}"),
    },
)
