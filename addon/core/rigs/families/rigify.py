"""A Rigify control rig, or the deform bones of one: `DEF-thigh.L`."""

from __future__ import annotations

from ..family import ControlRig, RigFamily

RIGIFY = RigFamily(
    name="rigify",
    sides=(("L", "R"),),
    bones={
        "pelvis": "DEF-spine",
        "spine": ("DEF-spine.001", "DEF-spine.002", "DEF-spine.003"),
        "neck": "DEF-spine.004",
        "head": "DEF-spine.006",
        "hip": "DEF-thigh.{side}",
        "knee": "DEF-shin.{side}",
        "ankle": "DEF-foot.{side}",
        "foot": "DEF-toe.{side}",
        "collar": "DEF-shoulder.{side}",
        "shoulder": "DEF-upper_arm.{side}",
        "elbow": "DEF-forearm.{side}",
        "wrist": "DEF-hand.{side}",
    },
    marks=("^DEF-spine",),
    twists={
        "hip": ("DEF-thigh.{side}.001",),
        "knee": ("DEF-shin.{side}.001",),
        "shoulder": ("DEF-upper_arm.{side}.001",),
        "elbow": ("DEF-forearm.{side}.001",),
    },
    control_rig=ControlRig(
        fk={
            "pelvis": "torso",
            # No spine1: spine_fk.001 carries the hips, so that turning it turns the legs
            "spine2": "spine_fk.002",
            "spine3": "spine_fk.003",
            "neck": "neck",
            "head": "head",
            "hip": "thigh_fk.{side}",
            "knee": "shin_fk.{side}",
            "ankle": "foot_fk.{side}",
            "foot": "toe_fk.{side}",
            "collar": "shoulder.{side}",
            "shoulder": "upper_arm_fk.{side}",
            "elbow": "forearm_fk.{side}",
            "wrist": "hand_fk.{side}",
        },
        ik={"ankle": "foot_ik.{side}", "foot": "toe_ik.{side}", "wrist": "hand_ik.{side}"},
        poles={"ankle": "thigh_ik_target.{side}", "wrist": "upper_arm_ik_target.{side}"},
        switches={"ankle": ("thigh_parent.{side}", "IK_FK"), "wrist": ("upper_arm_parent.{side}", "IK_FK")},
        follows=(
            ("torso", "neck_follow", 1.0),
            ("torso", "head_follow", 1.0),
            ("thigh_parent.{side}", "FK_limb_follow", 0.0),
            ("upper_arm_parent.{side}", "FK_limb_follow", 0.0),
        ),
        goal_settings=(("pole_vector", 1.0), ("IK_parent", 1.0), ("pole_parent", 1.0)),
        goals_move_with="root",
        chains={
            "ankle": ("thigh_ik.{side}", "MCH-shin_ik.{side}"),
            "wrist": ("upper_arm_ik.{side}", "MCH-forearm_ik.{side}"),
        },
        whole={
            "hip": "ORG-thigh.{side}",
            "knee": "ORG-shin.{side}",
            "shoulder": "ORG-upper_arm.{side}",
            "elbow": "ORG-forearm.{side}",
        },
    ),
)
