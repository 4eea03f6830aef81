"""The legs of a retargeted figure, bent on so that its feet stand where `feet.py` wants them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import NDArray

from .. import quaternion as quat
from ..foot_lock import raise_heel
from ..leg_reach import reach
from ..skeleton import JOINT_NAMES, Skeleton
from .feet import Foot, body_shift, drop, goals
from .figure import Figure
from .pose import Joints

Array = NDArray[np.float64]

_KNEE_AXIS = np.array([1.0, 0.0, 0.0])  # in our rest pose knees flex about +X
_UP = np.array([0.0, 1.0, 0.0])


def plant(
    joints: Joints,
    figure: Figure,
    players: Mapping[str, int],
    free: Collection[int],
    skeleton: Skeleton,
    sources: tuple[Array, Mapping[str, Array], Array],
    wanted: Mapping[int, Array],
    heads: Mapping[int, Array],
    fps: float,
) -> tuple[dict[int, Array], Array]:
    """The `wanted` turns with the legs' changed, and how far (T,) in our metres the body rises, so that feet stand.

    `sources` are our joints' positions (T, 22, 3), turns by joint and contacts (T, 4); `heads` where the rig's bones
    are under `wanted`, in our space. Legs count whose hip, knee and ankle have bones that are `free` to be keyed.
    """
    result = dict(wanted)
    sides = [side for side in ("left", "right") if _is_free(side, players, free)]
    if not sides:
        return result, np.zeros(len(sources[0]))
    feet = [_foot(joints, figure, players, skeleton, sources, wanted, heads, side) for side in sides]
    shift = body_shift(feet, fps)
    feet = [foot.raised(shift) for foot in feet]
    ankles = goals(feet, fps)
    legs = [np.stack([heads[players[f"{side}_{role}"]] for role in ("hip", "knee", "ankle")], axis=1) for side in sides]
    legs = [leg + shift[:, None, None] * _UP for leg in legs]
    sunk = drop(legs, ankles, fps)
    for side, foot, leg, goal in zip(sides, feet, legs, ankles, strict=True):
        hip, knee, ankle = (players[f"{side}_{role}"] for role in ("hip", "knee", "ankle"))
        start = leg[:, 0] - sunk[:, None] * _UP
        toe = foot.toe + goal - foot.ankle
        end = raise_heel(start, leg, goal, toe)
        hinge = np.asarray(quat.rotate(sources[1][f"{side}_hip"], _KNEE_AXIS))
        flexed, swing = reach(leg[:, 1] - leg[:, 0], leg[:, 2] - leg[:, 1], end - start, hinge)
        rolled = quat.between(quat.normalize(toe - goal), quat.normalize(toe - end))
        for bone, turn in ((hip, swing), (knee, quat.multiply(swing, flexed)), (ankle, rolled)):
            result[bone] = np.asarray(quat.multiply(figure.turns_to_rig(turn), wanted[bone]))
    return result, shift - sunk


def _is_free(side: str, players: Mapping[str, int], free: Collection[int]) -> bool:
    return all(players.get(f"{side}_{role}", -1) in free for role in ("hip", "knee", "ankle"))


def _foot(
    joints: Joints,
    figure: Figure,
    players: Mapping[str, int],
    skeleton: Skeleton,
    sources: tuple[Array, Mapping[str, Array], Array],
    wanted: Mapping[int, Array],
    heads: Mapping[int, Array],
    side: str,
) -> Foot:
    """Without a bone for the toes they are taken to lie where ours would."""
    positions, _, contacts = sources
    rest = figure.to_ours(joints.rig.bones.heads)
    ankle, joint, end = players[f"{side}_ankle"], JOINT_NAMES.index(f"{side}_ankle"), JOINT_NAMES.index(f"{side}_foot")
    toe = players.get(f"{side}_foot")
    offset = skeleton.rest_offsets[end] if toe is None else rest[toe] - rest[ankle]
    turn = figure.turns_to_ours(wanted[ankle])
    # How high toes lie at rest is the same on both sides, however long the one leg is for the other.
    level = min(_toe_height(rest, players, skeleton, other) for other in ("left", "right"))
    first = 0 if side == "left" else 2
    return Foot(
        ankle=heads[ankle],
        toe=heads[ankle] + quat.rotate(turn, offset),
        rest=(level - offset[1], level),
        our_ankle=positions[:, joint],
        our_toe=positions[:, end],
        our_rest=(-skeleton.rest_offsets[end][1], 0.0),
        down=contacts[:, first : first + 2] > 0.5,
    )


def _toe_height(rest: Array, players: Mapping[str, int], skeleton: Skeleton, side: str) -> float:
    if f"{side}_foot" in players:
        return float(rest[players[f"{side}_foot"]][1])
    if f"{side}_ankle" in players:
        drop = float(skeleton.rest_offsets[JOINT_NAMES.index(f"{side}_foot")][1])
        return max(float(rest[players[f"{side}_ankle"]][1]) + drop, 0.0)
    return np.inf
