"""MikuMikuDance in Japanese: `左足`, or `足.L` as mmd_tools renames it."""

from __future__ import annotations

from ..family import RigFamily

MMD_JAPANESE = RigFamily(
    name="mmd_japanese",
    sides=(
        ("左", "右"),
        ("L", "R"),
    ),
    bones={
        "pelvis": ("腰", "センター", "下半身"),
        "spine": ("上半身", "上半身2", "上半身3"),
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
    marks=("上半身",),
    twists={
        "shoulder": (
            *("{side}腕捩", "{side}腕捩1", "{side}腕捩2", "{side}腕捩3"),
            *("腕捩.{side}", "腕捩1.{side}", "腕捩2.{side}", "腕捩3.{side}"),
        ),
        "elbow": (
            *("{side}手捩", "{side}手捩1", "{side}手捩2", "{side}手捩3"),
            *("手捩.{side}", "手捩1.{side}", "手捩2.{side}", "手捩3.{side}"),
        ),
    },
)
