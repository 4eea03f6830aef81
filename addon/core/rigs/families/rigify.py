"""A generated Rigify rig, by its deform bones. Rigify's human meta-rig, before a control rig is made of it."""

from __future__ import annotations

from ..family import RigFamily

# A generated Rigify rig, by its deform bones.
RIGIFY = RigFamily(
    name="rigify",
    sides=(("L", "R"),),
    bones={
        "pelvis": ("DEF-spine", "DEF-hips"),
        "spine1": "DEF-spine.001",
        "spine2": "DEF-spine.002",
        "spine3": "DEF-spine.003",
        "neck": ("DEF-spine.004", "DEF-neck"),
        "head": ("DEF-spine.006", "DEF-head"),
        "hip": "DEF-thigh.{side}",
        "knee": "DEF-shin.{side}",
        "ankle": "DEF-foot.{side}",
        "foot": "DEF-toe.{side}",
        "collar": "DEF-shoulder.{side}",
        "shoulder": "DEF-upper_arm.{side}",
        "elbow": "DEF-forearm.{side}",
        "wrist": "DEF-hand.{side}",
    },
    marks=(r"^DEF-",),
    twists={
        "hip": ("DEF-thigh.{side}.001",),
        "knee": ("DEF-shin.{side}.001",),
        "shoulder": ("DEF-upper_arm.{side}.001",),
        "elbow": ("DEF-forearm.{side}.001",),
    },
)

# Rigify's human meta-rig, before a control rig is made of it.
RIGIFY_METARIG = RigFamily(
    name="rigify_metarig",
    sides=(("L", "R"),),
    bones={
        "pelvis": "spine",
        "spine1": "spine.001",
        "spine2": "spine.002",
        "spine3": "spine.003",
        "neck": "spine.004",
        "head": "spine.006",
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
