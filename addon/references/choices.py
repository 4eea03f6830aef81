"""The preferences that are about references: whether and how ghost figures are drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import bpy

from ..windows import redraw

Colour = tuple[float, float, float, float]


@dataclass(frozen=True)
class GhostChoices:
    """The preferences as a value; `offset` is the distance between two figures in metres of a person's size."""

    show: bool = True
    find_while_typing: bool = False
    colour: Colour = (0.35, 0.62, 0.95, 0.55)
    pinned_colour: Colour = (1.0, 0.68, 0.25, 0.65)
    offset: float = 1.2
    labels: bool = True


_DEFAULTS = GhostChoices()


def _seen_at_once(self: Any, context: bpy.types.Context) -> None:
    del self, context
    redraw()


class GhostPreferences:
    """The fields, for the add-on's preferences to inherit."""

    show_ghosts: bpy.props.BoolProperty(  # type: ignore[valid-type]
        name="Ghost Figures",
        description="Draw the references beside the character, playing with the timeline. The viewport's Show Overlays "
        "hides them, too",
        default=_DEFAULTS.show,
        update=_seen_at_once,
    )
    find_while_typing: bpy.props.BoolProperty(  # type: ignore[valid-type]
        name="Find While Typing",
        description="Look for references on its own when you pause after editing the prompt, if the backend is ready",
        default=_DEFAULTS.find_while_typing,
    )
    ghost_colour: bpy.props.FloatVectorProperty(  # type: ignore[valid-type]
        name="Colour",
        description="Of the figures; the alpha is how solid they are",
        subtype="COLOR_GAMMA",
        size=4,
        min=0.0,
        max=1.0,
        default=_DEFAULTS.colour,
        update=_seen_at_once,
    )
    ghost_pinned_colour: bpy.props.FloatVectorProperty(  # type: ignore[valid-type]
        name="Colour of Pinned Ones",
        description="Of the figures that are pinned",
        subtype="COLOR_GAMMA",
        size=4,
        min=0.0,
        max=1.0,
        default=_DEFAULTS.pinned_colour,
        update=_seen_at_once,
    )
    ghost_offset: bpy.props.FloatProperty(  # type: ignore[valid-type]
        name="Distance",
        description="Between the character and the figures beside it, in metres for a character of a person's size",
        default=_DEFAULTS.offset,
        min=0.0,
        soft_max=5.0,
        max=100.0,
        step=10,
        precision=2,
        update=_seen_at_once,
    )
    ghost_labels: bpy.props.BoolProperty(  # type: ignore[valid-type]
        name="Captions and Scores",
        description="Write above each figure what it does and how well it fits",
        default=_DEFAULTS.labels,
        update=_seen_at_once,
    )

    def draw_ghosts(self, layout: bpy.types.UILayout) -> None:
        """The fields under each other."""
        fields: Any = self
        layout.prop(fields, "find_while_typing")
        layout.prop(fields, "show_ghosts")
        column = layout.column()
        column.active = fields.show_ghosts
        column.prop(fields, "ghost_labels")
        column.prop(fields, "ghost_colour")
        column.prop(fields, "ghost_pinned_colour")
        column.prop(fields, "ghost_offset")


def choices_of(fields: Any) -> GhostChoices:
    """The preferences as a value."""
    return GhostChoices(
        fields.show_ghosts,
        fields.find_while_typing,
        tuple(fields.ghost_colour),  # type: ignore[arg-type]
        tuple(fields.ghost_pinned_colour),  # type: ignore[arg-type]
        fields.ghost_offset,
        fields.ghost_labels,
    )
