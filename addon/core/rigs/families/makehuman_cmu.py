"""MakeHuman's and MPFB's CMU MB rig: nearly the names of CMU's BVH files, on other places."""

from __future__ import annotations

from ..family import RigFamily

MAKEHUMAN_CMU = RigFamily(
    name="makehuman_cmu",
    sides=(("Left", "Right"),),
    bones={
        "pelvis": "Hips",
        "spine": ("LowerBack", "Spine", "Spine1"),
        "neck": "Neck",
        "head": "Head",
        "hip": "{side}UpLeg",
        "knee": "{side}Leg",
        "ankle": "{side}Foot",
        "foot": "{side}ToeBase",
        "collar": "{side}Shoulder",
        "shoulder": "{side}Arm",
        "elbow": "{side}ForeArm",
        "wrist": "{side}Hand",
    },
    marks=(
        "^LHipJoint$",
        "^LeftHandFinger1$",
    ),
)
