"""From a Motion to keys on any mapped rig: on its bones or its controls, in each bone's own rotation mode."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import bpy
import numpy as np

from .actions import NewCurve, fill_curve
from .armature import pose_bone
from .core import quaternion as quat
from .core.euler import axis_angles, euler_angles
from .core.motion import Motion
from .core.retargeting.rest_rig import RestRig
from .core.retargeting.result import Retargeted, RetargetOptions, Setting
from .core.retargeting.retarget import retarget
from .core.rigs.bones import BoneMapping

Array = quat.Array


def options_of(armature: bpy.types.Object) -> RetargetOptions:
    """What the user set for this object; the defaults where the add-on is not registered."""
    settings = getattr(armature, "reprise_rig", None)
    if settings is None:
        return RetargetOptions()
    return RetargetOptions(hands=settings.keep_hands, controls=settings.use_controls)


def key_motion(
    armature: bpy.types.Object,
    rig: RestRig,
    mapping: BoneMapping,
    motion: Motion,
    first_frame: int,
    new_curve: NewCurve,
) -> Retargeted:
    """Fills an Action's curves with the motion, a key on each frame from `first_frame`; the rig stays as it is.

    Raises `RepriseError` where the rig cannot be driven.
    """
    keyed = retarget(motion, rig, mapping, options_of(armature))
    frames = first_frame + np.arange(len(keyed.rotations), dtype=np.float64)
    for name, location in keyed.locations.items():
        _fill(new_curve, name, "location", frames, location)
    for place, name in enumerate(keyed.bones):
        path, values = _channels(pose_bone(armature, name).rotation_mode, keyed.rotations[:, place])
        _fill(new_curve, name, path, frames, values)
    for setting in keyed.settings:
        if _value(armature, setting) is not None:
            curve = new_curve(
                _path(setting.bone, f'["{bpy.utils.escape_identifier(setting.property)}"]'), 0, setting.bone
            )
            fill_curve(curve, frames[:1], np.array([setting.value]))
    return keyed


def prepare(armature: bpy.types.Object, rig: RestRig, keyed: Retargeted) -> None:
    """Sets the switches, and puts what is not keyed back to rest where it would add to the motion: the other channels
    of keyed bones, and the bones between them. Bones above them all, such as a root, stay: they place the character.
    """
    for setting in keyed.settings:
        value = _value(armature, setting)
        if value is not None:
            pose_bone(armature, setting.bone)[setting.property] = type(value)(setting.value)
    for name in _carrying(rig, keyed):
        bone = pose_bone(armature, name)
        bone.scale = (1.0, 1.0, 1.0)
        if name not in keyed.locations:
            bone.location = (0.0, 0.0, 0.0)
        if name not in keyed.bones:
            bone.rotation_quaternion, bone.rotation_euler = (1.0, 0.0, 0.0, 0.0), (0.0, 0.0, 0.0)
            bone.rotation_axis_angle = (0.0, 0.0, 1.0, 0.0)
    armature.update_tag()


def _carrying(rig: RestRig, keyed: Retargeted) -> Iterator[str]:
    """The keyed bones and all bones between them."""
    names, parents = rig.bones.names, rig.bones.parents
    ours = {*keyed.bones, *keyed.locations}
    wanted: set[int] = set()
    for bone, name in enumerate(names):
        if name not in ours:
            continue
        line = [bone]
        while parents[line[-1]] >= 0:
            line.append(parents[line[-1]])
        top = max(place for place, link in enumerate(line) if names[link] in ours)
        wanted.update(line[: top + 1])
    for bone in sorted(wanted):
        yield names[bone]


def _channels(mode: str, rotations: Array) -> tuple[str, Array]:
    """The property that a bone in this rotation mode is keyed on, and its values (T, 3 or 4)."""
    if mode == "QUATERNION":
        return "rotation_quaternion", rotations
    if mode == "AXIS_ANGLE":
        return "rotation_axis_angle", axis_angles(rotations)
    order = mode[::-1]  # Blender names first the axis that turns first, which is the last of the product
    angles = np.empty((len(rotations), 3))
    angles[:, ["XYZ".index(axis) for axis in order]] = euler_angles(rotations, order)
    return "rotation_euler", angles


def _fill(new_curve: NewCurve, bone: str, channel: str, frames: Array, values: Array) -> None:
    for part in range(values.shape[1]):
        fill_curve(new_curve(_path(bone, f".{channel}"), part, bone), frames, values[:, part])


def _path(bone: str, rest: str) -> str:
    return f'pose.bones["{bpy.utils.escape_identifier(bone)}"]{rest}'


def _value(armature: bpy.types.Object, setting: Setting) -> float | None:
    """The switch's present value; None for one that the rig does not have."""
    bones = cast(bpy.types.Pose, armature.pose).bones
    return cast(Any, bones[setting.bone]).get(setting.property) if setting.bone in bones else None
