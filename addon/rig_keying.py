"""From a Motion to keys on any mapped rig: on its bones or its controls, in each bone's own rotation mode."""

from __future__ import annotations

from typing import Any, cast

import bpy
import numpy as np

from .armature import pose_bone
from .core import quaternion as quat
from .core.euler import axis_angles, euler_angles
from .core.motion import Motion
from .core.retargeting.carrier import find_carrier, find_root
from .core.retargeting.controls import find_players
from .core.retargeting.pose import joints_of
from .core.retargeting.rest_rig import RestRig
from .core.retargeting.result import RetargetOptions
from .core.retargeting.retarget import retarget
from .core.rigs.bones import BoneMapping
from .key_writer import KeyWriter

Array = quat.Array


def options_of(armature: bpy.types.Object, lock_feet: bool = True) -> RetargetOptions:
    """What the user set for this object; the defaults where the add-on is not registered."""
    settings = getattr(armature, "reprise_rig", None)
    if settings is None:
        return RetargetOptions(feet=lock_feet)
    return RetargetOptions(lock_feet, settings.keep_hands, settings.use_controls, ik=settings.limbs == "IK")


def key_motion(
    armature: bpy.types.Object,
    rig: RestRig,
    mapping: BoneMapping,
    motion: Motion,
    writer: KeyWriter,
    options: RetargetOptions,
) -> tuple[str, ...]:
    """Writes the motion, a value for each of its frames; the rig stays as it is. Returns what could not be keyed.

    Raises `RepriseError` where the rig cannot be driven.
    """
    keyed = retarget(motion, rig, mapping, options)
    for name, location in keyed.locations.items():
        writer.add(name, "location", location)
    for place, name in enumerate(keyed.bones):
        writer.add(name, *_channels(pose_bone(armature, name).rotation_mode, keyed.rotations[:, place]))
    writer.write()
    bones = cast(bpy.types.Pose, armature.pose).bones
    for setting in keyed.settings:
        if setting.own:
            writer.add_constant(setting.bone, setting.property, setting.value)
        elif setting.bone in bones and cast(Any, bones[setting.bone]).get(setting.property) is not None:
            writer.add_switch(setting.bone, setting.property, setting.value)
    return keyed.unkeyed


def has_root_bone(rig: RestRig, mapping: BoneMapping, options: RetargetOptions) -> bool:
    """Whether a bone carries the whole figure, so that travel can be put there."""
    joints = joints_of(rig)
    return find_root(joints, find_carrier(joints, find_players(rig.bones, mapping, options.controls).bones)) >= 0


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
