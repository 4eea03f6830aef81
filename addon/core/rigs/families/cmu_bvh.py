"""CMU's recordings as BVH for MotionBuilder, 31 joints; `Neck` ends the spine, `Neck1` is the neck."""

from __future__ import annotations

from ..family import RigFamily

CMU_BVH = RigFamily(
    name="cmu_bvh",
    sides=(("Left", "Right"),),
    bones={
        "pelvis": "Hips",
        "spine": ("Spine", "Spine1", "Neck"),
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
        "^LHipJoint$",
        "^LeftHandIndex1$",
    ),
)
