"""From wanted turns to keyed rotations, in the order in which bones carry each other, within what may be keyed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .. import quaternion as quat
from .pose import Joints, basis_of, inherited, turn_of
from .rest_rig import Axes

Array = quat.Array

_ALIGNED = np.sin(np.radians(1.0))  # of an axis with the free ones of a bone


@dataclass(frozen=True)
class Keys:
    """By bone index: `rotations` (T, 4) to key, in order; `turns` (T, 4) in the rig's space of these and all bones that
    carry them; `unkeyed` says what was held back.
    """

    rotations: dict[int, Array]
    turns: dict[int, Array]
    unkeyed: tuple[str, ...]


def key(joints: Joints, wanted: Mapping[int, Array]) -> Keys:
    """The keys under which bones have their `wanted` turns (T, 4). What one bone may not do, those that it carries make
    up for: each is keyed against how its own carrier really turns.
    """
    names = joints.rig.bones.names
    rotations: dict[int, Array] = {}
    turns: dict[int, Array] = {}
    unkeyed: list[str] = []
    for bone in joints.needed(wanted):
        above = inherited(joints, bone, turns)
        turns[bone] = above
        if bone not in wanted:
            continue
        name = names[bone]
        locks = _locks(joints, bone)
        if reason := why_held(joints, bone):
            unkeyed.append(f'The bone "{name}" {reason}, so its rotation is not keyed.')
            continue
        basis = basis_of(joints, bone, wanted[bone], above)
        turns[bone] = wanted[bone]
        if any(locks):
            basis = _within(basis, locks)
            turns[bone] = turn_of(joints, bone, basis, above)
            locked = " and ".join(axis for axis, lock in zip("XYZ", locks, strict=True) if lock)
            unkeyed.append(f'The bone "{name}" is locked about {locked}, so it is keyed about the other axes only.')
        rotations[bone] = basis
    return Keys(rotations, turns, tuple(unkeyed))


def why_held(joints: Joints, bone: int) -> str:
    """Why the rotation of a bone cannot be keyed, as the end of a sentence; "" where it can, if only in part."""
    return why_driven(joints, bone) or ("has its rotation locked" if all(_locks(joints, bone)) else "")


def why_driven(joints: Joints, bone: int) -> str:
    """What of the rig turns a bone in place of keys, as the end of a sentence; "" where nothing does."""
    name = joints.rig.bones.names[bone]
    if name in joints.rig.unkeyable_rotation:
        return joints.rig.unkeyable_rotation[name]
    return f'moves with "{joints.rig.moves_with[name]}"' if bone in joints.carried else ""


def can_turn_about(joints: Joints, bone: int, axis: Array) -> bool:
    """Whether keys can turn a bone about a unit axis (3,) of armature space, from rest."""
    locked = quat.rotate(quat.conjugate(joints.rest[bone]), axis)[list(_locks(joints, bone))]
    return not why_held(joints, bone) and bool(np.linalg.norm(locked) < _ALIGNED)


def _locks(joints: Joints, bone: int) -> Axes:
    return joints.rig.locked_rotation.get(joints.rig.bones.names[bone], (False, False, False))


def _within(basis: Array, locks: Axes) -> Array:
    """The rotation (T, 4) without its turn about a locked axis, or of the only free one that about it alone."""
    axis = locks.index(False) if sum(locks) == 2 else locks.index(True)
    twist = quat.twist_about(basis, np.eye(3)[axis])
    return twist if sum(locks) == 2 else quat.multiply(basis, quat.conjugate(twist))
