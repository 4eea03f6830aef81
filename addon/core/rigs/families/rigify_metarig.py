"""Rigify's human meta-rig, before a control rig is made of it."""

from __future__ import annotations

from ..family import RigFamily

RIGIFY_METARIG = RigFamily(
    name="rigify_metarig",
    sides=(("L", "R"),),
    bones={
        "pelvis": "spine",
        "spine": ("spine.001", "spine.002", "spine.003"),
        "neck": "spine.004",
        "head": ("spine.006", "spine.005"),
        "hip": "thigh.{side}",
        "knee": "shin.{side}",
        "ankle": "foot.{side}",
        "foot": "toe.{side}",
        "collar": "shoulder.{side}",
        "shoulder": "upper_arm.{side}",
        "elbow": "forearm.{side}",
        "wrist": "hand.{side}",
    },
)
