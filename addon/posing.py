"""The pose under an Action: what it does not key must not add to it, and comes back when the Action goes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

import bpy

from .actions import bone_channel, curves_of
from .armature import bones_data

REST = {
    "location": (0.0, 0.0, 0.0),
    "rotation_quaternion": (1.0, 0.0, 0.0, 0.0),
    "rotation_euler": (0.0, 0.0, 0.0),
    "rotation_axis_angle": (0.0, 0.0, 1.0, 0.0),
    "scale": (1.0, 1.0, 1.0),
}
_MODES = {"rotation_quaternion": "QUATERNION", "rotation_axis_angle": "AXIS_ANGLE"}


def clear_around(armature: bpy.types.Object, action: bpy.types.Action) -> None:
    """Puts what `action` does not key back to rest where it would add to the motion: the other channels of keyed bones,
    and the bones between them. Bones above them all, such as a root, stay: they place the character. Switches that the
    action keys are set.
    """
    channels, switches = _keyed(armature, action)
    for name in _carrying(armature, channels):
        bone = _bones(armature)[name]
        keyed = channels.get(name, set())
        for channel in keyed & _MODES.keys():
            bone.rotation_mode = _MODES[channel]
        for channel, rest in REST.items():
            if channel not in keyed and not (channel.startswith("rotation") and any(_rotations(keyed))):
                setattr(bone, channel, rest)
    for (name, switch), value in switches.items():
        bone = cast(Any, _bones(armature)[name])
        bone[switch] = type(bone[switch])(value)
    armature.update_tag()


def read_pose(armature: bpy.types.Object, action: bpy.types.Action) -> dict[str, Any]:
    """What `clear_around` and the playing of `action` may change, as JSON: by bone, its channels and switches."""
    channels, switches = _keyed(armature, action)
    pose: dict[str, Any] = {}
    for name in _carrying(armature, channels):
        bone = _bones(armature)[name]
        values: dict[str, Any] = {channel: list(getattr(bone, channel)) for channel in REST}
        others = (channel for channel in channels.get(name, set()) - REST.keys() if hasattr(bone, channel))
        values |= {channel: _plain(getattr(bone, channel)) for channel in others}
        pose[name] = {"rotation_mode": bone.rotation_mode, **values}
    for name, switch in switches:
        pose.setdefault(name, {}).setdefault("switches", {})[switch] = cast(Any, _bones(armature)[name])[switch]
    return pose


def write_pose(armature: bpy.types.Object, pose: Mapping[str, Any]) -> None:
    """Puts back what `read_pose` read, for the bones that are still there."""
    for name, values in pose.items():
        bone = _bones(armature).get(name)
        if bone is None:
            continue
        for channel, value in values.items():
            if channel != "switches":
                setattr(bone, channel, value)
        for switch, value in values.get("switches", {}).items():
            cast(Any, bone)[switch] = value
    armature.update_tag()


def _plain(value: Any) -> Any:
    return value if isinstance(value, (bool, int, float, str)) else list(value)


def _keyed(
    armature: bpy.types.Object, action: bpy.types.Action
) -> tuple[dict[str, set[str]], dict[tuple[str, str], float]]:
    """Bone -> the channels that are keyed, and (bone, custom property) -> its first value; of bones that are there."""
    channels: dict[str, set[str]] = {}
    switches: dict[tuple[str, str], float] = {}
    for curve in curves_of(action):
        found = bone_channel(curve)
        if found is None or found[0] not in _bones(armature):
            continue
        bone, channel, switch = found
        if channel:
            channels.setdefault(bone, set()).add(channel)
        elif switch in cast(Any, _bones(armature)[bone]).keys() and len(curve.keyframe_points):  # noqa: SIM118
            switches[bone, switch] = curve.keyframe_points[0].co[1]
    return channels, switches


def _carrying(armature: bpy.types.Object, keyed: Iterable[str]) -> list[str]:
    """The keyed bones and all bones between them."""
    ours, bones = set(keyed), bones_data(armature).bones
    wanted: dict[str, None] = {}
    for name in ours:
        line = [bones[name], *bones[name].parent_recursive]
        top = max(place for place, bone in enumerate(line) if bone.name in ours)
        wanted |= dict.fromkeys(bone.name for bone in line[: top + 1])
    return list(wanted)


def _rotations(channels: Iterable[str]) -> Iterable[str]:
    return (channel for channel in channels if channel.startswith("rotation"))


def _bones(armature: bpy.types.Object) -> Any:
    return cast(bpy.types.Pose, armature.pose).bones
