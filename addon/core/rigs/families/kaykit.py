"""KayKit's figures: no neck, no collars."""

from __future__ import annotations

from ..family import RigFamily

KAYKIT = RigFamily(
    name="kaykit",
    sides=(("l", "r"),),
    bones={
        "pelvis": "hips",
        "spine": ("spine", "chest"),
        "head": "head",
        "hip": "upperleg.{side}",
        "knee": "lowerleg.{side}",
        "ankle": "foot.{side}",
        "foot": "toes.{side}",
        "shoulder": "upperarm.{side}",
        "elbow": "lowerarm.{side}",
        "wrist": "wrist.{side}",
    },
)
