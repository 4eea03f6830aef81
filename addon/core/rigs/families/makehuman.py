"""MakeHuman and MPFB, default rig: `upperleg01.L`; spine bones count down from the pelvis."""

from __future__ import annotations

from ..family import RigFamily

MAKEHUMAN = RigFamily(
    name="makehuman",
    sides=(("L", "R"),),
    bones={
        "pelvis": "root",
        "spine": ("spine05", "spine04", "spine03", "spine02", "spine01"),
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
    marks=("^upperleg01",),
    twists={
        "hip": ("upperleg02.{side}",),
        "knee": ("lowerleg02.{side}",),
        "shoulder": ("upperarm02.{side}",),
        "elbow": ("lowerarm02.{side}",),
    },
)
