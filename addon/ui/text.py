"""Sentences in a layout, which by itself cuts them off."""

from __future__ import annotations

import textwrap
from typing import Any, cast

import bpy

from ..translations import tr

_POINTS_PER_CHARACTER = 5.7  # at the default font and a UI scale of 1
_MARGIN = 85.0  # tabs, borders and the icon


def draw_sentence(layout: bpy.types.UILayout, text: str, width: float, icon: str = "NONE") -> None:
    """Draws `text` as labels wrapped to `width` pixels; the first line carries the icon."""
    scale = cast(Any, bpy.context.preferences).system.ui_scale or 1.0  # 0 where there is no window
    characters = max(16, int((width / scale - _MARGIN) / _POINTS_PER_CHARACTER))
    column = layout.column(align=True)
    column.scale_y = 0.8
    for number, line in enumerate(textwrap.wrap(tr(text), characters)):
        blank = "BLANK1" if icon != "NONE" else "NONE"
        column.label(text=line, icon=icon if number == 0 else blank, translate=False)  # type: ignore[arg-type]


def region_width(context: bpy.types.Context) -> float:
    """Pixels that a panel has across."""
    return float(cast(Any, context).region.width)
