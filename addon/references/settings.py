"""What a scene keeps of its references: a key to the list in memory, so that undo goes for it, too."""

from __future__ import annotations

from typing import Any, cast

import bpy


class RepriseReferences(bpy.types.PropertyGroup):
    """Kept with each scene (`scene.reprise_references`)."""

    key: bpy.props.StringProperty(options={"HIDDEN"})  # type: ignore[valid-type]

    @classmethod
    def register(cls) -> None:
        """Called by Blender once the class is registered."""
        cast(Any, bpy.types.Scene).reprise_references = bpy.props.PointerProperty(type=cast(Any, cls))

    @classmethod
    def unregister(cls) -> None:
        """Called by Blender before the class goes."""
        del cast(Any, bpy.types.Scene).reprise_references
