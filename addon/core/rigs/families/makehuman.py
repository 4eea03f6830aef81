"""MakeHuman and MPFB, default rig: `upperleg01.L`. MakeHuman's CMU MB rig: CMU's BVH names with `LHipJoint`."""

from __future__ import annotations

from ..family import RigFamily

# MakeHuman and MPFB, default rig: `upperleg01.L`.
MAKEHUMAN_DEFAULT = RigFamily(
    name="makehuman_default",
    sides=(("L", "R"),),
    bones={
        "pelvis": "root",
        "spine1": "spine04",
        "spine2": "spine03",
        "spine3": "spine01",
        "neck": "neck01",
        "head": "head",
        "hip": "upperleg01.{side}",
        "knee": "lowerleg01.{side}",
        "ankle": "foot.{side}",
        "foot": "toe1-1.{side}",
        "collar": "clavicle.{side}",
        "shoulder": "upperarm01.{side}",
        "elbow": "lowerarm01.{side}",
        "wrist": "wrist.{side}",
    },
    marks=(r"^upperleg01",),
    twists={
        "hip": ("upperleg02.{side}",),
        "knee": ("lowerleg02.{side}",),
        "shoulder": ("upperarm02.{side}",),
        "elbow": ("lowerarm02.{side}",),
    },
)

# MakeHuman's CMU MB rig: CMU's BVH names with `LHipJoint`.
MAKEHUMAN_CMU = RigFamily(
    name="makehuman_cmu",
    sides=(("Left", "Right"),),
    bones={
        "pelvis": "Hips",
        "spine1": "LowerBack",
        "spine2": "Spine",
        "spine3": "Spine1",
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
        r"^LHipJoint$",
        r"^LThumb$",
    ),
)
