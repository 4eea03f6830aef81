"""A rig ready to be moved: wanted turns and a place for the hips go in, keys and where the bones then are come out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .. import quaternion as quat
from .carrier import find_carrier, find_root, locate
from .figure import Figure
from .keying import Keys, key
from .pose import Joints, place_heads

Array = quat.Array

_NEAR = 0.6  # of a leg: a bone that carries legs and chest from as near the hips turns as the pelvis does
_UP = np.array([0.0, 1.0, 0.0])


@dataclass(frozen=True)
class Stance:
    """The rig with `keys` for turns and `locations` (T, 3) by bone, and what could not be keyed about the place."""

    keys: Keys
    locations: dict[int, Array]
    unkeyed: tuple[str, ...]


@dataclass(frozen=True)
class Stage:
    """A rig as a mechanism and as a figure, the bones that play joints, the bones that are moved (-1: none) and the
    `track` (T, 3; `ground.py`) that the root takes, if any.
    """

    joints: Joints
    figure: Figure
    players: Mapping[str, int]
    carrier: int
    root: int
    track: Array | None

    def put(self, wanted: Mapping[int, Array], hips: Array) -> Stance:
        """Bones turned as `wanted` (T, 4; armature space), the middle between the hips at `hips` (T, 3; our space)."""
        keys = key(self.joints, wanted)
        ends = (self.players["left_hip"], self.players["right_hip"])
        places = locate(self.joints, self.figure, keys, ends, hips, self.carrier, self.root, self.track)
        return Stance(keys, *places)

    def heads(self, stance: Stance, frames: int) -> dict[str, Array]:
        """Joint -> where its bone's head is (T, 3) in our space."""
        order = self.joints.needed(self.players.values())
        heads = place_heads(self.joints, order, stance.keys.turns, stance.locations, frames)
        return {joint: self.figure.to_ours(heads[bone]) for joint, bone in self.players.items()}


def set_stage(joints: Joints, figure: Figure, players: Mapping[str, int], track: Array | None) -> Stage:
    """The stage of a mapped rig for a motion with or without a `root_track`."""
    carrier = find_carrier(joints, players)
    return Stage(joints, figure, players, carrier, find_root(joints, carrier), track)


def turns_above(stage: Stage, pelvis: Array, taken: Mapping[int, Array]) -> dict[int, Array]:
    """Turns (T, 4) of what carries the pelvis, unless `taken`: the track's for the root, and that of the `pelvis`
    (T, 4; our space) for a bone that moves the whole body from close by.
    """
    found: dict[int, Array] = {}
    if stage.root >= 0 and stage.track is not None and stage.root not in taken:
        turn = quat.from_axis_angle(_UP, np.asarray(stage.track, dtype=np.float64)[:, 2])
        found[stage.root] = stage.figure.turns_to_rig(turn)
    if stage.carrier >= 0 and stage.carrier not in taken and stage.carrier not in found:
        heads, players = stage.joints.rig.bones.heads, stage.players
        hips = (heads[players["left_hip"]] + heads[players["right_hip"]]) / 2.0
        leg = 2.0 * float(np.linalg.norm(heads[players["left_knee"]] - heads[players["left_hip"]]))
        if float(np.linalg.norm(heads[stage.carrier] - hips)) < _NEAR * leg:
            found[stage.carrier] = stage.figure.turns_to_rig(pelvis)
    return found
