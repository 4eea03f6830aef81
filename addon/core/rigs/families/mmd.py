"""MikuMikuDance in Japanese: `左足`, or `足.L` as mmd_tools renames it."""

from __future__ import annotations

from ..family import RigFamily

# MikuMikuDance in Japanese: `左足`, or `足.L` as mmd_tools renames it.
MMD_JAPANESE = RigFamily(
    name="mmd_japanese",
    sides=(("左", "右"), ("L", "R")),
    bones={
        "pelvis": ("センター", "腰", "下半身"),
        "spine1": "上半身",
        "spine2": "上半身2",
        "spine3": "上半身3",
        "neck": "首",
        "head": "頭",
        "hip": ("{side}足", "足.{side}"),
        "knee": ("{side}ひざ", "ひざ.{side}"),
        "ankle": ("{side}足首", "足首.{side}"),
        "foot": ("{side}つま先", "つま先.{side}", "{side}足先EX", "足先EX.{side}"),
        "collar": ("{side}肩", "肩.{side}"),
        "shoulder": ("{side}腕", "腕.{side}"),
        "elbow": ("{side}ひじ", "ひじ.{side}"),
        "wrist": ("{side}手首", "手首.{side}"),
    },
    marks=(r"上半身",),
    twists={
        "shoulder": ("{side}腕捩", "腕捩.{side}"),
        "elbow": ("{side}手捩", "手捩.{side}"),
    },
)

# MikuMikuDance with English names: `leg_L`, `knee_L`.
MMD_ENGLISH = RigFamily(
    name="mmd_english",
    sides=(("L", "R"),),
    bones={
        "pelvis": ("center", "waist", "lower body"),
        "spine1": "upper body",
        "spine2": "upper body2",
        "spine3": "upper body3",
        "neck": "neck",
        "head": "head",
        "hip": "leg_{side}",
        "knee": "knee_{side}",
        "ankle": "ankle_{side}",
        "foot": "toe_{side}",
        "collar": "shoulder_{side}",
        "shoulder": "arm_{side}",
        "elbow": "elbow_{side}",
        "wrist": "wrist_{side}",
    },
    marks=(r"upper ?body",),
)
