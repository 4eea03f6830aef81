"""Mesh2Motion's base rig: Rigify's deform bones, renamed in the middle."""

from __future__ import annotations

from ..family import RigFamily

MESH2MOTION = RigFamily(
    name="mesh2motion",
    sides=(("L", "R"),),
    bones={
        "pelvis": "DEF-hips",
        "spine": ("DEF-spine.001", "DEF-spine.002", "DEF-spine.003"),
        "neck": "DEF-neck",
        "head": "DEF-head",
        "hip": "DEF-thigh.{side}",
        "knee": "DEF-shin.{side}",
        "ankle": "DEF-foot.{side}",
        "foot": "DEF-toe.{side}",
        "collar": "DEF-shoulder.{side}",
        "shoulder": "DEF-upper_arm.{side}",
        "elbow": "DEF-forearm.{side}",
        "wrist": "DEF-hand.{side}",
    },
    marks=("^DEF-hips$",),
)
