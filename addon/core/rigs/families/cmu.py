"""CMU's recordings as BVH for MotionBuilder, 31 joints."""

from __future__ import annotations

from ..family import RigFamily

# CMU's recordings as BVH for MotionBuilder, 31 joints.
CMU_BVH = RigFamily(
    name="cmu_bvh",
    sides=(("Left", "Right"),),
    bones={
        "pelvis": "Hips",
        "spine1": "Spine",
        "spine2": "Spine1",
        "spine3": "Neck",
        "neck": "Neck1",
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
        r"^Neck1$",
    ),
)

# CMU's Acclaim skeletons, each bone from its start to its end.
CMU_ASF = RigFamily(
    name="cmu_asf",
    sides=(("l", "r"),),
    bones={
        "pelvis": "root",
        "spine1": "upperback",
        "spine2": "thorax",
        "spine3": "lowerneck",
        "neck": "upperneck",
        "head": "head",
        "hip": "{side}femur",
        "knee": "{side}tibia",
        "ankle": "{side}foot",
        "foot": "{side}toes",
        "collar": "{side}clavicle",
        "shoulder": "{side}humerus",
        "elbow": "{side}radius",
        "wrist": ("{side}wrist", "{side}hand"),
    },
    marks=(r"^lfemur$",),
)
