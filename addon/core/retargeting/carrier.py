"""The bones whose places are keyed: what carries legs and chest, and the root that carries all."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .. import quaternion as quat
from ..ground import move_points
from .figure import Figure
from .keying import Keys
from .pose import Joints, location_for, place_heads

Array = quat.Array

_CARRIED = ("pelvis", "left_hip", "right_hip", "spine1", "spine2", "spine3", "left_shoulder", "right_shoulder")


def find_carrier(joints: Joints, players: Mapping[str, int]) -> int:
    """The lowest bone that carries pelvis, legs and chest and is not connected to its parent; -1 if there is none."""
    lines = [joints.above(players[joint])[::-1] for joint in _CARRIED if joint in players]
    shared = [level[0] for level in zip(*lines, strict=False) if len(set(level)) == 1]
    names = joints.rig.bones.names
    free = [bone for bone in shared if names[bone] not in joints.rig.connected and bone not in joints.carried]
    return free[-1] if free else -1


def find_root(joints: Joints, carrier: int) -> int:
    """The bone that carries the whole figure from the floor: the first one above the carrier; -1 if there is none."""
    above = joints.above(carrier)[1:] if carrier >= 0 else []
    return above[-1] if above else -1


def locate(
    joints: Joints,
    figure: Figure,
    keys: Keys,
    hips: tuple[int, int],
    goal: Array,
    carrier: int,
    root: int = -1,
    track: Array | None = None,
) -> tuple[dict[int, Array], tuple[str, ...]]:
    """Bone -> `location` (T, 3) to key so that the middle of the bones `hips` is at `goal` (T, 3; our space), and what
    could not be keyed. With a `track` (T, 3; `ground.py`) the `root` takes its part first.
    """
    locations: dict[int, Array] = {}
    unkeyed: list[str] = []
    order = joints.needed([*hips, carrier] if carrier >= 0 else hips)
    rest = np.asarray(joints.rig.bones.heads, dtype=np.float64)
    if track is not None and root >= 0:
        start = figure.to_ours(rest[root])
        _move(joints, root, figure.to_rig(move_points(track, start)) - rest[root], keys, locations, unkeyed)
    if carrier < 0:
        return locations, (
            "No bone that could be moved carries both the legs and the chest, so the body stays in place.",
        )
    heads = place_heads(joints, order, keys.turns, locations, len(goal))
    way = figure.to_rig(goal) - (heads[hips[0]] + heads[hips[1]]) / 2.0
    _move(joints, carrier, way, keys, locations, unkeyed)
    return locations, tuple(unkeyed)


def _move(joints: Joints, bone: int, way: Array, keys: Keys, locations: dict[int, Array], unkeyed: list[str]) -> None:
    rig, name = joints.rig, joints.rig.bones.names[bone]
    locks = rig.locked_location.get(name, (False, False, False))
    reason = rig.unkeyable_location.get(name, "has its location locked" if all(locks) else "")
    if reason:
        unkeyed.append(f'The bone "{name}" {reason}, so the place of the body is not keyed.')
        return
    location = location_for(joints, bone, way, keys.turns)
    if any(locks):
        location = location * ~np.array(locks)
        axes = " and ".join(axis for axis, lock in zip("XYZ", locks, strict=True) if lock)
        unkeyed.append(f'The location of the bone "{name}" is locked along {axes}, so the body is not moved that way.')
    locations[bone] = location
