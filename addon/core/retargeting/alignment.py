"""How each bone of a rig would have to be turned from its rest pose to stand in ours: T-poses, A-poses, any.

A limb's upper bone takes the shortest arc from its direction to ours, which turns hanging arms into a T with palms down
and knees ahead; where the rest pose is clearly bent at knee or elbow, the hinge decides the turn about the bone. The
lower bone follows and straightens by a shortest arc of its own, so that nothing is wrung between the two. Feet are
turned about the vertical only: a sole that is flat at rest is flat when ours is. Torso, head and collar bones stand as
they were built: their rest pose is upright on every rig, and their slopes are build, not pose.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .. import quaternion as quat
from ..rigs.bones import Bones
from ..skeleton import JOINT_NAMES, Skeleton
from .figure import Figure

Array = quat.Array

NO_TURN = np.array([1.0, 0.0, 0.0, 0.0])
CHILD = {"hip": "knee", "knee": "ankle", "ankle": "foot", "shoulder": "elbow", "elbow": "wrist"}
_UP = np.array([0.0, 1.0, 0.0])
_STRAIGHT, _BENT = np.radians(10.0), np.radians(20.0)  # bends that say nothing of the hinge; that say all
_LIKELY, _UNLIKELY = np.radians(50.0), np.radians(100.0)  # turns of a hinge away from the shortest arc's
_STEEP = 0.3  # of a foot's length that it must reach ahead to be one that stands
_FARTHEST_TOE = np.radians(60.0)  # that a foot may point in or out at rest


def align(figure: Figure, bones: Bones, players: Mapping[str, int], skeleton: Skeleton) -> dict[str, Array]:
    """Joint -> the turn (4,) about our axes from the rig's rest pose to ours, for all joints that have a bone."""
    heads, tails = figure.to_ours(bones.heads), figure.to_ours(bones.tails)
    ours = skeleton.rest_offsets

    def direction(joint: str) -> Array:
        """Of the rig's bone: to the next joint's, or its own end."""
        side, role = joint.split("_")
        child = players.get(f"{side}_{CHILD[role]}")
        end = tails[players[joint]] if child is None else heads[child]
        return quat.normalize(end - heads[players[joint]])

    turns = dict.fromkeys(players, NO_TURN)
    for side, sign in (("left", 1.0), ("right", -1.0)):
        limbs = (("hip", "knee", "ankle", np.array([1.0, 0.0, 0.0])),
                 ("shoulder", "elbow", "wrist", np.array([0.0, -sign, 0.0])))  # fmt: skip
        for first, middle, last, hinge in limbs:
            upper, lower, end = f"{side}_{first}", f"{side}_{middle}", f"{side}_{last}"
            if upper not in players:
                continue
            goals = [quat.normalize(ours[JOINT_NAMES.index(joint)]) for joint in (lower, end)]
            turns[upper] = quat.between(direction(upper), goals[0])
            if lower not in players:
                continue
            turns[upper] = _hinged(turns[upper], direction(upper), direction(lower), goals[0], hinge)
            before = quat.rotate(turns[upper], direction(lower))
            turns[lower] = quat.multiply(quat.between(before, goals[1]), turns[upper])
            if last == "wrist" and end in players:
                turns[end] = turns[lower]
        ankle, foot = f"{side}_ankle", f"{side}_foot"
        if ankle in players:
            turns[ankle] = _flat(direction(ankle), quat.normalize(ours[JOINT_NAMES.index(foot)]))
        if foot in players:
            turns[foot] = turns.get(ankle, NO_TURN)
    return turns


def _hinged(turn: Array, upper: Array, lower: Array, bone: Array, hinge: Array) -> Array:
    """The `turn` of an upper bone onto `bone`, then about it by as much as the rest pose shows the hinge to be off."""
    across = np.cross(upper, lower)
    bend = float(np.arctan2(np.linalg.norm(across), upper @ lower))
    seen = quat.rotate(turn, quat.normalize(across))
    wanted = quat.normalize(hinge - bone * (hinge @ bone))
    off = float(np.arctan2(np.cross(seen, wanted) @ bone, seen @ wanted))
    sure = _ramp(bend, _STRAIGHT, _BENT) * (1.0 - _ramp(abs(off), _LIKELY, _UNLIKELY))
    return quat.multiply(quat.from_axis_angle(bone, sure * off), turn)


def _flat(foot: Array, ours: Array) -> Array:
    """The turn of a foot about the vertical to where ours points; a foot that hangs is brought to ours as it is."""
    if foot[1] > 0.5 or np.hypot(foot[0], foot[2]) < _STEEP:
        return quat.between(foot, ours) if foot[1] < -0.99 else NO_TURN
    turn = np.arctan2(ours[0], ours[2]) - np.arctan2(foot[0], foot[2])
    turn = (turn + np.pi) % (2.0 * np.pi) - np.pi
    return quat.from_axis_angle(_UP, turn) if abs(turn) < _FARTHEST_TOE else NO_TURN


def _ramp(value: float, low: float, high: float) -> float:
    share = float(np.clip((value - low) / (high - low), 0.0, 1.0))
    return share * share * (3.0 - 2.0 * share)
