"""An armature object as the values that mapping and retargeting take: its bones at rest, and what keys cannot move."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

import bpy
import numpy as np
from numpy.typing import NDArray

from .armature import bones_data
from .core.retargeting.rest_rig import Axes, RestRig
from .core.rigs.bones import Bones

_TURNING = frozenset((
    "ACTION", "ARMATURE", "CHILD_OF", "COPY_ROTATION", "COPY_TRANSFORMS", "DAMPED_TRACK", "FOLLOW_PATH", "LOCKED_TRACK",
    "PIVOT", "STRETCH_TO", "TRACK_TO", "TRANSFORM",
))  # fmt: skip
_MOVING = frozenset((
    "ACTION", "ARMATURE", "CHILD_OF", "CLAMP_TO", "COPY_LOCATION", "COPY_TRANSFORMS", "FOLLOW_PATH", "PIVOT",
    "SHRINKWRAP", "TRANSFORM",
))  # fmt: skip
_CHAINS = frozenset(("IK", "SPLINE_IK"))
_DRIVEN_BONE = re.compile(r'^pose\.bones\["(?P<bone>(?:[^"\\]|\\.)*)"\]\.(?P<channel>rotation|location)')


def bones_of(armature: bpy.types.Object) -> Bones:
    """The armature's bones at rest, in armature space and its units, parents first."""
    bones = bones_data(armature).bones
    names = tuple(bone.name for bone in bones)
    index = {name: place for place, name in enumerate(names)}
    parents = tuple(index[bone.parent.name] if bone.parent else -1 for bone in bones)
    return Bones(names, parents, _rest(bones, "head_local", 3), _rest(bones, "tail_local", 3))


def read_rig(armature: bpy.types.Object, metres_per_unit: float = 1.0) -> RestRig:
    """The armature object at rest: axes, locks, drivers, constraints, how bones inherit, where it stands."""
    bones, poses = bones_data(armature).bones, cast(bpy.types.Pose, armature.pose).bones
    held = _held(armature)
    driven = set(_driven(armature))
    return RestRig(
        bones=bones_of(armature),
        axes=_rest(bones, "matrix_local", 16).reshape(-1, 4, 4).swapaxes(1, 2)[:, :3, :3],
        world=np.array(armature.matrix_world, dtype=np.float64),
        metres_per_unit=metres_per_unit,
        unkeyable_rotation=held["rotation"] | {bone: "is driven" for bone, kind in driven if kind == "rotation"},
        unkeyable_location=held["location"] | {bone: "is driven" for bone, kind in driven if kind == "location"},
        locked_rotation={bone.name: lock for bone in poses if any(lock := _axes(bone.lock_rotation))},
        locked_location={bone.name: lock for bone in poses if any(lock := _axes(bone.lock_location))},
        connected=frozenset(bone.name for bone in bones if bone.use_connect and bone.parent),
        no_inherited_rotation=frozenset(bone.name for bone in bones if not bone.use_inherit_rotation),
        armature_location=frozenset(bone.name for bone in bones if not bone.use_local_location),
        moves_with=_moves_with(armature),
    )


def _rest(bones: Any, attribute: str, size: int) -> NDArray[np.float64]:
    values = np.empty(len(bones) * size, dtype=np.float32)
    bones.foreach_get(attribute, values)
    return values.astype(np.float64).reshape(-1, size)


def _axes(flags: Any) -> Axes:
    return bool(flags[0]), bool(flags[1]), bool(flags[2])


def _held(armature: bpy.types.Object) -> dict[str, dict[str, str]]:
    """Bones whose rotation or location constraints decide, with the reason; limits and what is off do not count."""
    held: dict[str, dict[str, str]] = {"rotation": {}, "location": {}}
    for bone in cast(bpy.types.Pose, armature.pose).bones:
        for constraint in bone.constraints:
            if not _works(constraint):
                continue
            reason = f'is held by the constraint "{constraint.name}"'
            if constraint.type in _TURNING:
                held["rotation"].setdefault(bone.name, reason)
            if constraint.type in _MOVING:
                held["location"].setdefault(bone.name, reason)
            if constraint.type in _CHAINS:
                for link in _chain(bone, constraint):
                    on = "" if link.name == bone.name else f' on "{bone.name}"'
                    held["rotation"].setdefault(link.name, reason + on)
    return held


def _works(constraint: bpy.types.Constraint) -> bool:
    """Whether a constraint has a say: it is on, weighs something and has its target."""
    if constraint.mute or constraint.influence <= 0.0:
        return False
    if constraint.type == "ARMATURE":
        return any(target.target for target in cast(Any, constraint).targets)
    return not hasattr(constraint, "target") or cast(Any, constraint).target is not None


def _chain(bone: bpy.types.PoseBone, constraint: bpy.types.Constraint) -> Iterator[bpy.types.PoseBone]:
    """The bones that an IK constraint turns: as many as it counts from its own upwards, or all."""
    link = bone if getattr(constraint, "use_tail", True) else bone.parent
    count = cast(Any, constraint).chain_count
    while link is not None:
        yield link
        count -= 1
        if count == 0:
            return
        link = link.parent


def _moves_with(armature: bpy.types.Object) -> Mapping[str, str]:
    """Bones that a constraint ties wholly to one other bone of the same armature: the mechanism of control rigs."""
    ties: dict[str, str] = {}
    for bone in cast(bpy.types.Pose, armature.pose).bones:
        for constraint in cast(Any, bone.constraints):
            if not _works(constraint) or constraint.influence < 1.0:
                continue
            target = None
            if constraint.type == "COPY_TRANSFORMS" and constraint.mix_mode == "REPLACE":
                target = constraint
            elif constraint.type == "ARMATURE" and len(constraint.targets) == 1:
                target = constraint.targets[0]
            if target is not None and target.target == armature and target.subtarget:
                ties[bone.name] = target.subtarget
    return ties


def _driven(armature: bpy.types.Object) -> Iterator[tuple[str, str]]:
    """(bone, "rotation" or "location") of every driver on a bone's channels."""
    animation = armature.animation_data
    for driver in animation.drivers if animation else ():
        found = _DRIVEN_BONE.match(driver.data_path)
        if found:
            yield bpy.utils.unescape_identifier(found["bone"]), found["channel"]
