"""How a mapped rig stands in its armature: where its left, up and front are, how long its legs, where its floor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .. import quaternion as quat
from ..errors import RepriseError
from ..skeleton import JOINT_NAMES, Skeleton
from .pose import Joints
from .rest_rig import RestRig

Array = quat.Array

_NEEDED = ("left_hip", "right_hip", "left_knee", "right_knee", "left_shoulder", "right_shoulder")
_UP_SNAP, _LEFT_SNAP = np.cos(np.radians(20.0)), np.cos(np.radians(6.0))
_SOLE, _SUNK = 0.1, 0.03  # of the leg: how far the floor at height 0 may lie below the lowest bone; above it
_NO_FOOT = 0.07  # of the leg: the ankle's height where no bone tells


@dataclass(frozen=True)
class Figure:
    """Our space within the armature's: `turn` (4,) brings our axes (Y up, +Z forward) to those of the armature, a metre
    of the motion is `scale` armature units, and our origin, on the floor, lies at `origin` (3,).

    `lift` (m, the motion's) is how much higher the rig's ankles stand above its floor than the motion's.
    """

    turn: Array
    scale: float
    origin: Array
    lift: float

    def to_ours(self, points: ArrayLike) -> Array:
        """Points (..., 3) of the armature's space in ours."""
        there = np.asarray(points, dtype=np.float64) - self.origin
        return quat.rotate(quat.conjugate(self.turn), there) / self.scale

    def to_rig(self, points: ArrayLike) -> Array:
        """Points (..., 3) of our space in the armature's."""
        return self.origin + self.scale * quat.rotate(self.turn, points)

    def turns_to_rig(self, turns: ArrayLike) -> Array:
        """Turns (..., 4) about our axes as turns about the armature's."""
        return quat.multiply(quat.multiply(self.turn, turns), quat.conjugate(self.turn))

    def turns_to_ours(self, turns: ArrayLike) -> Array:
        """Turns (..., 4) about the armature's axes as turns about ours."""
        return quat.multiply(quat.multiply(quat.conjugate(self.turn), turns), self.turn)


def find_figure(joints: Joints, bones: Mapping[str, int], skeleton: Skeleton) -> Figure:
    """How the rig stands to a motion of `skeleton`. `bones` maps at least hips, knees and shoulders.

    Raises RepriseError when one of those is missing or the legs have no length.
    """
    lacking = [joint for joint in _NEEDED if joint not in bones]
    if lacking:
        names = " and ".join(lacking).replace("_", " ")
        raise RepriseError("unmapped", f"No bone is mapped to the {names}.", "Map it first.")
    heads, rig = np.asarray(joints.rig.bones.heads, dtype=np.float64), joints.rig
    turn = quat.from_matrix(_axes(rig, {joint: heads[bone] for joint, bone in bones.items()}))
    theirs = skeleton.rest_positions()
    sides = [side for side in ("left", "right") if f"{side}_ankle" in bones]
    ours = {joint: theirs[JOINT_NAMES.index(joint)] for joint in JOINT_NAMES}
    scale = _leg(rig, bones) / _leg_of(ours)
    at = {joint: quat.rotate(quat.conjugate(turn), heads[bone]) / scale for joint, bone in bones.items()}
    floor = _floor(joints, bones, turn, scale, sides)
    hips, their_hips = ((place["left_hip"] + place["right_hip"]) / 2.0 for place in (at, ours))
    origin = hips - their_hips
    origin[1] = floor
    # Standing upright on both sides: what ankles stand above the floor, legs being equally long in this scale.
    lowest = min(ours["left_foot"][1], ours["right_foot"][1])
    lift = (hips[1] - floor) - (their_hips[1] - lowest)
    if sides:
        ankles = float(np.mean([at[f"{side}_ankle"][1] for side in sides]))
        lift = (ankles - floor) - (float(np.mean([ours[f"{side}_ankle"][1] for side in sides])) - lowest)
    return Figure(turn, scale, scale * quat.rotate(turn, origin), float(lift))


def _axes(rig: RestRig, at: Mapping[str, Array]) -> Array:
    """(3, 3) whose columns are the figure's left, up and forward in armature space."""
    pairs = [(at[j], at["right" + j[4:]]) for j in at if j.startswith("left_") and "right" + j[4:] in at]
    left = np.sum([one - other for one, other in pairs], axis=0)
    up = at["left_shoulder"] - at["left_hip"] + at["right_shoulder"] - at["right_hip"]
    if np.linalg.norm(left) < 1e-9 or np.linalg.norm(up) < 1e-9:
        raise RepriseError("no_figure", "The rig's left and right, or its hips and shoulders, lie in one place.")
    up = quat.normalize(up)
    world_up = np.linalg.inv(np.asarray(rig.world, dtype=np.float64)[:3, :3])[:, 2]
    up = _nearest(up, (*np.eye(3), *-np.eye(3), quat.normalize(world_up)), _UP_SNAP)
    left = quat.normalize(left - up * (left @ up))
    axes = [axis for axis in (*np.eye(3), *-np.eye(3)) if abs(axis @ up) < 1e-9]
    left = _nearest(left, tuple(axes), _LEFT_SNAP)
    return np.stack((left, up, np.cross(left, up)), axis=-1)


def _nearest(direction: Array, candidates: tuple[Array, ...], cosine: float) -> Array:
    """The first of the unit candidates that lies within the angle, else the direction: rigs are built along axes."""
    return next((candidate for candidate in candidates if candidate @ direction > cosine), direction)


def _leg(rig: RestRig, bones: Mapping[str, int]) -> float:
    lengths = []
    for side in ("left", "right"):
        hip, knee = (rig.bones.heads[bones[f"{side}_{role}"]] for role in ("hip", "knee"))
        ankle = bones.get(f"{side}_ankle")
        end = rig.bones.tails[bones[f"{side}_knee"]] if ankle is None else rig.bones.heads[ankle]
        lengths.append(float(np.linalg.norm(knee - hip) + np.linalg.norm(end - knee)))
    if not min(lengths) > 0.0:
        raise RepriseError(
            "no_figure", "The rig's legs have no length.", "Check the bones mapped to hip, knee and ankle."
        )
    return sum(lengths) / 2.0


def _leg_of(at: Mapping[str, Array]) -> float:
    total = 0.0
    for side in ("left", "right"):
        hip, knee, ankle = (at[f"{side}_{role}"] for role in ("hip", "knee", "ankle"))
        total += float(np.linalg.norm(knee - hip) + np.linalg.norm(ankle - knee)) / 2.0
    return total


def _floor(joints: Joints, bones: Mapping[str, int], turn: Array, scale: float, sides: list[str]) -> float:
    """The floor's height (our metres along our up, from the armature's origin) that the rig's soles rest on.

    The lowest bone of the feet, or the height of the armature's origin where that lies little below: rigs are built
    standing on it, and joints lie inside the foot.
    """
    rig = joints.rig
    leg = _leg(rig, bones) / scale
    up = quat.rotate(turn, np.array([0.0, 1.0, 0.0])) / scale
    heights, tails = rig.bones.heads @ up, rig.bones.tails @ up
    feet = {bones[f"{side}_ankle"] for side in sides}
    if not feet:
        return float(min(tails[bones[f"{side}_knee"]] for side in ("left", "right")) - _NO_FOOT * leg)
    below = set(feet)
    for bone, parent in enumerate(rig.bones.parents):
        if parent in below:
            below.add(bone)
    lowest = float(min(heights[bone] for bone in below))
    if below == feet:  # no toes: the end of the foot's own bone, if it goes down
        lowest = float(min(*(tails[bone] for bone in feet), lowest - 0.5 * _NO_FOOT * leg))
    return 0.0 if -_SUNK * leg < lowest < _SOLE * leg else lowest
