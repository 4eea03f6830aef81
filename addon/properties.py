"""What the panel asks for, kept with the scene."""

from __future__ import annotations

from typing import Any, cast

import bpy

from .core.contract import MAX_SECONDS, MAX_SEED, MIN_SECONDS, Request


class RepriseSettings(bpy.types.PropertyGroup):
    """The fields of the panel (`scene.reprise`)."""

    prompt: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Prompt",
        description="What the person does, in one English sentence",
        default="a person walks forward",
        # Each letter counts at once: a click on the button while the field is being edited must see the text.
        options={"TEXTEDIT_UPDATE"},
    )
    seconds: bpy.props.FloatProperty(  # type: ignore[valid-type]
        name="Seconds",
        description="How long the motion is",
        default=6.0,
        min=MIN_SECONDS,
        max=MAX_SECONDS,
        step=10,
        precision=1,
    )
    seed: bpy.props.IntProperty(  # type: ignore[valid-type]
        name="Seed",
        description="Another seed is another take; the same seed and sentence give the same motion",
        default=0,
        min=0,
        max=MAX_SEED,
    )

    @classmethod
    def register(cls) -> None:
        """Called by Blender once the class is registered."""
        cast(Any, bpy.types.Scene).reprise = bpy.props.PointerProperty(type=cast(Any, cls))

    @classmethod
    def unregister(cls) -> None:
        """Called by Blender before the class goes."""
        del cast(Any, bpy.types.Scene).reprise

    def to_request(self) -> Request:
        """The request these fields ask for; raises `RepriseError` naming what is wrong."""
        # The field holds a 32-bit float, in which 2.3 is 2.29999995.
        return Request(self.prompt.strip(), seconds=round(self.seconds, 3), seed=self.seed)


def settings(scene: bpy.types.Scene) -> RepriseSettings:
    """The panel's fields of a scene."""
    return cast(Any, scene).reprise
