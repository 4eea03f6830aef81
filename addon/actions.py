"""Actions in every supported Blender: with slots and layers from 4.4 on, without them before."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, cast

import bpy
import numpy as np
from numpy.typing import NDArray

_NAME_BYTES = 55  # of 63, so that Blender's own ".001" still fits
_BONE_CHANNEL = re.compile(
    r'pose\.bones\["(?P<bone>(?:[^"\\]|\\.)*)"\](?:\.(?P<channel>\w+)|\["(?P<property>(?:[^"\\]|\\.)*)"\])$'
)
Array = NDArray[np.floating]
NewCurve = Callable[[str, int, str], bpy.types.FCurve]


def new_action(name: str, owner: bpy.types.Object) -> tuple[bpy.types.Action, NewCurve]:
    """An empty Action with a fake user, made for `owner`, and what makes its curves: (data path, index, group name)."""
    action = bpy.data.actions.new(_short(name))
    action.use_fake_user = True
    if hasattr(action, "slots"):  # from 4.4 on
        layered = cast(Any, action)  # the types known to the checker are those of 4.3
        layered.slots.new(id_type="OBJECT", name=owner.name)
        layered.layers.new("Layer").strips.new(type="KEYFRAME")
    return action, curve_maker(action)


def curve_maker(action: bpy.types.Action) -> NewCurve:
    """What adds curves to an Action that `new_action` made: (data path, index, group name)."""
    if not hasattr(action, "slots"):

        def new_plain_curve(path: str, index: int, group: str) -> bpy.types.FCurve:
            return action.fcurves.new(path, index=index, action_group=group)

        return new_plain_curve
    layered = cast(Any, action)
    bag = layered.layers[0].strips[0].channelbag(layered.slots[0], ensure=True)

    def new_slotted_curve(path: str, index: int, group: str) -> bpy.types.FCurve:
        curve = bag.fcurves.new(path, index=index)
        curve.group = bag.groups.get(group) or bag.groups.new(group)
        return curve

    return new_slotted_curve


def playing(owner: bpy.types.Object) -> tuple[bpy.types.Action | None, str]:
    """The owner's active Action and, where there are slots, the identifier of the one that plays."""
    animation = cast(Any, owner.animation_data)
    if animation is None or animation.action is None:
        return None, ""
    slot = getattr(animation, "action_slot", None)
    return animation.action, slot.identifier if slot else ""


def assign_action(owner: bpy.types.Object, action: bpy.types.Action | None, slot: str = "") -> None:
    """Makes `action` (None: none) the owner's active one, with the slot of this identifier, or else its first.

    The one before stays in the file with a fake user.
    """
    animation = cast(Any, owner.animation_data or owner.animation_data_create())
    before = animation.action
    if before is not None and before is not action and before.library is None:
        before.use_fake_user = True
    animation.action = action
    if action is not None and hasattr(action, "slots"):  # an action assigned without its slot may play nothing
        slots = cast(Any, action).slots
        animation.action_slot = next((each for each in slots if each.identifier == slot), slots[0] if slots else None)


def fill_curve(curve: bpy.types.FCurve, frames: Array, values: Array, slopes: Array | None = None) -> None:
    """Sets all keys of an empty curve at once, marked as generated: frames (T,) and values (T,), linear in between.

    With `slopes` (T,), in units a frame, the keys have aligned handles a third of the way to their neighbours, so that
    the curve is a cubic Hermite one.
    """
    points = curve.keyframe_points
    points.add(len(frames))
    points.foreach_set("co", np.column_stack((frames, values)).astype(np.float32).ravel())
    points.foreach_set("type", _filled(len(frames), "type", "GENERATED"))
    points.foreach_set(
        "interpolation", _filled(len(frames), "interpolation", "BEZIER" if slopes is not None else "LINEAR")
    )
    if slopes is not None:
        steps = np.diff(frames) / 3.0 if len(frames) > 1 else np.ones(1)
        before, after = np.append(steps[:1], steps)[: len(frames)], np.append(steps, steps[-1:])[: len(frames)]
        for side, reach in (("left", -before), ("right", after)):
            handles = np.column_stack((frames + reach, values + slopes * reach))
            points.foreach_set(f"handle_{side}_type", _filled(len(frames), f"handle_{side}_type", "ALIGNED"))
            points.foreach_set(f"handle_{side}", handles.astype(np.float32).ravel())
    curve.update()


def curves_of(action: bpy.types.Action, slot: str = "") -> Sequence[bpy.types.FCurve]:
    """All curves of an Action, of the slot with this identifier or else its first; none where there is neither."""
    if not hasattr(action, "slots"):
        return list(action.fcurves)
    layered = cast(Any, action)
    wanted = next((each for each in layered.slots if each.identifier == slot), next(iter(layered.slots), None))
    curves: list[bpy.types.FCurve] = []
    for layer in layered.layers if wanted else ():
        for strip in layer.strips:
            bag = strip.channelbag(wanted)
            curves.extend(bag.fcurves if bag else ())
    return curves


def bone_channel(curve: bpy.types.FCurve) -> tuple[str, str, str] | None:
    """What a curve moves: (bone, channel, "") or (bone, "", custom property); None when it is nothing of a bone."""
    found = _BONE_CHANNEL.match(curve.data_path)
    if found is None:
        return None
    name = bpy.utils.unescape_identifier
    return name(found["bone"]), found["channel"] or "", name(found["property"] or "")


def _filled(count: int, attribute: str, value: str) -> NDArray[np.int32]:
    return np.full(count, _number(attribute, value), dtype=np.int32)


@cache
def _number(attribute: str, value: str) -> int:
    """What an enumeration's value is in bulk."""
    return cast(Any, bpy.types.Keyframe.bl_rna.properties[attribute]).enum_items[value].value


def _short(name: str) -> str:
    """The beginning of a name that fits into an ID's, cut between characters."""
    name = " ".join(name.split())
    cut = name.encode("utf-8")[:_NAME_BYTES].decode("utf-8", "ignore").rstrip()
    return cut or "Motion"
