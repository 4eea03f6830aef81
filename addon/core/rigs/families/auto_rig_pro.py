"""Auto-Rig Pro's humanoid exports: `thigh_stretch.l`."""

from __future__ import annotations

from ..family import RigFamily

AUTO_RIG_PRO = RigFamily(
    name="auto_rig_pro",
    sides=(("l", "r"),),
    bones={
        "pelvis": "root.x",
        "spine1": "spine_01.x",
        "spine2": "spine_02.x",
        "spine3": "spine_03.x",
        "neck": "neck.x",
        "head": "head.x",
        "hip": ("thigh_stretch.{side}", "thigh.{side}"),
        "knee": ("leg_stretch.{side}", "leg.{side}"),
        "ankle": "foot.{side}",
        "foot": "toes_01.{side}",
        "collar": "shoulder.{side}",
        "shoulder": ("arm_stretch.{side}", "arm.{side}"),
        "elbow": ("forearm_stretch.{side}", "forearm.{side}"),
        "wrist": "hand.{side}",
    },
    marks=(r"root\.x$",),
    twists={
        "hip": ("thigh_twist.{side}",),
        "knee": ("leg_twist.{side}",),
        "shoulder": ("arm_twist.{side}",),
        "elbow": ("forearm_twist.{side}",),
    },
)
