"""Auto-Rig Pro's humanoid exports: `thigh_stretch.l`, centre bones end in `.x`."""

from __future__ import annotations

from ..family import RigFamily

AUTO_RIG_PRO = RigFamily(
    name="auto_rig_pro",
    sides=(("l", "r"),),
    bones={
        "pelvis": "root.x",
        "spine": ("spine_01.x", "spine_02.x", "spine_03.x", "spine_04.x", "spine_05.x"),
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
