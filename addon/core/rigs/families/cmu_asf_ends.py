"""CMU's Acclaim skeletons as joints: there a bone's name stands for its end."""

from __future__ import annotations

from ..family import RigFamily

CMU_ASF_ENDS = RigFamily(
    name="cmu_asf_ends",
    sides=(("l", "r"),),
    bones={
        "pelvis": "root",
        "spine": ("lowerback", "upperback", "thorax"),
        "neck": "lowerneck",
        "head": "upperneck",
        "hip": "{side}hipjoint",
        "knee": "{side}femur",
        "ankle": "{side}tibia",
        "foot": "{side}foot",
        "shoulder": "{side}clavicle",
        "elbow": "{side}humerus",
        "wrist": "{side}radius",
    },
    marks=("^lfemur$",),
)
