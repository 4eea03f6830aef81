"""From wanted turns to keyed rotations, in the order in which bones carry each other, within what may be keyed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .. import quaternion as quat
from .pose import Joints, basis_of, inherited, turn_of
from .rest_rig import Axes

Array = quat.Array


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
    rig, names = joints.rig, joints.rig.bones.names
    rotations: dict[int, Array] = {}
    turns: dict[int, Array] = {}
    unkeyed: list[str] = []
    for bone in joints.needed(wanted):
        above = inherited(joints, bone, turns)
        turns[bone] = above
        if bone not in wanted:
            continue
        name = names[bone]
        locks = rig.locked_rotation.get(name, (False, False, False))
        if reason := _reason(joints, bone, locks):
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


def _reason(joints: Joints, bone: int, locks: Axes) -> str:
    name = joints.rig.bones.names[bone]
    if name in joints.rig.unkeyable_rotation:
        return joints.rig.unkeyable_rotation[name]
    if bone in joints.carried:
        return f'moves with "{joints.rig.moves_with[name]}"'
    return "has its rotation locked" if all(locks) else ""


def _within(basis: Array, locks: Axes) -> Array:
    """The rotation (T, 4) without its turn about a locked axis; of the only free axis, nothing but its turn about that.

    Swing and twist: Dobrowolski, "Swing-twist decomposition in Clifford algebra" (2015).
    """
    axis = 1 + (locks.index(False) if sum(locks) == 2 else locks.index(True))
    twist = np.zeros_like(basis)
    twist[:, 0], twist[:, axis] = basis[:, 0], basis[:, axis]
    twist = np.where(np.linalg.norm(twist, axis=-1, keepdims=True) > 1e-9, twist, [1.0, 0.0, 0.0, 0.0])
    twist = quat.normalize(twist)
    return twist if sum(locks) == 2 else quat.multiply(basis, quat.conjugate(twist))
