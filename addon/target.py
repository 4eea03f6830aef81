"""Which armature a motion would be keyed on: of those looked at, the one in hand that can be used."""

from __future__ import annotations

from typing import cast

import bpy

from .armature import is_ours
from .rig_mapping import armatures_in_hand, known_rig


def find_target(context: bpy.types.Context) -> bpy.types.Object | None:
    """The armature in hand, of those looked at, that a motion can be keyed on; without one a new one is made."""
    armatures = armatures_in_hand(cast(bpy.types.ViewLayer, context.view_layer))
    return next((armature for armature in armatures if is_ours(armature) or _is_usable(armature)), None)


def find_refused(context: bpy.types.Context) -> bpy.types.Object | None:
    """The selected armature that no motion can be keyed on, if that is why a new one will be made."""
    armatures = armatures_in_hand(cast(bpy.types.ViewLayer, context.view_layer))
    refused = [armature for armature in armatures if known_rig(armature)]
    return refused[0] if refused and find_target(context) is None else None


def _is_usable(armature: bpy.types.Object) -> bool:
    rig = known_rig(armature)
    return rig is not None and rig.is_usable
