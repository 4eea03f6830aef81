"""CMU's Acclaim skeletons, by the bone that starts at a joint (in the file a name stands for the bone's end)."""

from __future__ import annotations

from ..family import RigFamily

CMU_ASF = RigFamily(
    name="cmu_asf",
    sides=(("l", "r"),),
    bones={
        "pelvis": "root",
        "spine": ("upperback", "thorax", "lowerneck"),
        "neck": "upperneck",
        "head": "head",
        "hip": "{side}femur",
        "knee": "{side}tibia",
        "ankle": "{side}foot",
        "foot": "{side}toes",
        "collar": "{side}clavicle",
        "shoulder": "{side}humerus",
        "elbow": "{side}radius",
        "wrist": "{side}wrist",
    },
    marks=("^lfemur$",),
)
