"""Actions in every supported Blender: with slots and layers from 4.4 on, without them before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import bpy
import numpy as np
from numpy.typing import NDArray

_NAME_BYTES = 55  # of 63, so that Blender's own ".001" still fits
NewCurve = Callable[[str, int, str], bpy.types.FCurve]


def new_action(name: str, owner: bpy.types.Object) -> tuple[bpy.types.Action, NewCurve]:
    """An empty Action with a fake user, made for `owner`, and what makes its curves: (data path, index, group name)."""
    action = bpy.data.actions.new(_short(name))
    action.use_fake_user = True
    if not hasattr(action, "slots"):  # up to 4.3

        def new_plain_curve(path: str, index: int, group: str) -> bpy.types.FCurve:
            return action.fcurves.new(path, index=index, action_group=group)

        return action, new_plain_curve
    layered = cast(Any, action)  # the types known to the checker are those of 4.3
    slot = layered.slots.new(id_type="OBJECT", name=owner.name)
    strip = layered.layers.new("Layer").strips.new(type="KEYFRAME")
    bag = strip.channelbag(slot, ensure=True)

    def new_slotted_curve(path: str, index: int, group: str) -> bpy.types.FCurve:
        curve = bag.fcurves.new(path, index=index)
        curve.group = bag.groups.get(group) or bag.groups.new(group)
        return curve

    return action, new_slotted_curve


def assign_action(owner: bpy.types.Object, action: bpy.types.Action) -> None:
    """Makes `action` the owner's active one, its slot included. The one before stays in the file with a fake user."""
    animation = cast(Any, owner.animation_data or owner.animation_data_create())
    before = animation.action
    if before is not None and before is not action and before.library is None:
        before.use_fake_user = True
    animation.action = action
    if hasattr(action, "slots"):  # an action assigned without its slot may play nothing
        animation.action_slot = cast(Any, action).slots[0]


def fill_curve(curve: bpy.types.FCurve, frames: NDArray[np.floating], values: NDArray[np.floating]) -> None:
    """Sets all keys of an empty curve at once: frames (T,) and values (T,), linear in between, marked as generated."""
    points = curve.keyframe_points
    points.add(len(frames))
    points.foreach_set("co", np.column_stack((frames, values)).astype(np.float32).ravel())
    points.foreach_set("interpolation", _filled(len(frames), "interpolation", "LINEAR"))
    points.foreach_set("type", _filled(len(frames), "type", "GENERATED"))
    curve.update()


def curves_of(action: bpy.types.Action) -> Sequence[bpy.types.FCurve]:
    """All curves of an Action that `new_action` made."""
    if hasattr(action, "slots"):
        layered = cast(Any, action)
        return list(layered.layers[0].strips[0].channelbag(layered.slots[0]).fcurves)
    return list(action.fcurves)


def _filled(count: int, attribute: str, value: str) -> NDArray[np.int32]:
    items = cast(Any, bpy.types.Keyframe.bl_rna.properties[attribute]).enum_items
    return np.full(count, items[value].value, dtype=np.int32)


def _short(name: str) -> str:
    """The beginning of a name that fits into an ID's, cut between characters."""
    name = " ".join(name.split())
    cut = name.encode("utf-8")[:_NAME_BYTES].decode("utf-8", "ignore").rstrip()
    return cut or "Motion"
