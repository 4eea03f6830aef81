"""The legs of a retargeted figure, bent on so that its feet stand where `feet.py` wants them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .. import quaternion as quat
from ..foot_lock import raise_heel
from ..leg_reach import reach
from ..skeleton import JOINT_NAMES
from .feet import Foot, body_shift, drop, goals
from .source import Source
from .stage import Stage, Stance

Array = quat.Array

_KNEE_AXIS = np.array([1.0, 0.0, 0.0])  # in our rest pose knees flex about +X
_UNEVEN = 0.04  # metres by which one foot may stand higher than the other at rest; more is a foot that is lifted
_UP = np.array([0.0, 1.0, 0.0])


def plant(stage: Stage, stance: Stance, source: Source, wanted: Mapping[int, Array]) -> tuple[dict[int, Array], Array]:
    """The `wanted` turns with the legs' changed, and how far (T,) in our metres the body rises, so that feet stand.

    `stance` is the rig under `wanted`. Legs count whose hip, knee and ankle can be keyed.
    """
    result, players = dict(wanted), stage.players
    sides = [
        side
        for side in ("left", "right")
        if all(players.get(f"{side}_{role}", -1) in stance.keys.rotations for role in ("hip", "knee", "ankle"))
    ]
    if not sides:
        return result, np.zeros(source.frames)
    at = stage.heads(stance, source.frames)
    feet = [_foot(stage, source, stance, at, side) for side in sides]
    shift = body_shift(feet, source.fps)
    feet = [foot.raised(shift) for foot in feet]
    ankles = goals(feet, source.fps)
    legs = [np.stack([at[f"{side}_{role}"] for role in ("hip", "knee", "ankle")], axis=1) for side in sides]
    legs = [np.asarray(leg + shift[:, None, None] * _UP, dtype=np.float64) for leg in legs]
    sunk = drop(legs, ankles, source.fps)
    for side, foot, leg, goal in zip(sides, feet, legs, ankles, strict=True):
        hip, knee, ankle = (players[f"{side}_{role}"] for role in ("hip", "knee", "ankle"))
        start = leg[:, 0] - sunk[:, None] * _UP
        toe = np.asarray(foot.toe + goal - foot.ankle, dtype=np.float64)
        end = raise_heel(start, leg, np.asarray(goal, dtype=np.float64), toe)
        hinge = quat.rotate(source.turns[f"{side}_hip"], _KNEE_AXIS)
        flexed, swing = reach(leg[:, 1] - leg[:, 0], leg[:, 2] - leg[:, 1], end - start, hinge)
        rolled = quat.between(quat.normalize(toe - goal), quat.normalize(toe - end))
        for bone, turn in ((hip, swing), (knee, quat.multiply(swing, flexed)), (ankle, rolled)):
            result[bone] = quat.multiply(stage.figure.turns_to_rig(turn), wanted[bone])
    return result, shift - sunk


def _foot(stage: Stage, source: Source, stance: Stance, at: Mapping[str, Array], side: str) -> Foot:
    """Without a bone for the toes they are taken to lie where ours would."""
    rest, players = stage.figure.to_ours(stage.joints.rig.bones.heads), stage.players
    ankle, toe = players[f"{side}_ankle"], players.get(f"{side}_foot")
    ours = source.skeleton.rest_offsets[JOINT_NAMES.index(f"{side}_foot")]
    offset = ours if toe is None else rest[toe] - rest[ankle]
    turn = stage.figure.turns_to_ours(stance.keys.turns[ankle])
    level = _toe_height(rest, players, source, side)
    first = 0 if side == "left" else 2
    return Foot(
        ankle=at[f"{side}_ankle"],
        toe=at[f"{side}_ankle"] + quat.rotate(turn, offset),
        rest=(level - offset[1], level),
        our_ankle=source.places[f"{side}_ankle"],
        our_toe=source.places[f"{side}_foot"],
        our_rest=(-ours[1], 0.0),
        down=source.contacts[:, first : first + 2],
    )


def _toe_height(rest: Array, players: Mapping[str, int], source: Source, side: str) -> float:
    """Metres above the floor at which the toes of a rig's foot stand: as at rest, where one leg may be longer.

    Our own legs differ too, and yet both our feet stand on the floor: by as much the rig's may differ likewise.
    """
    ours = source.skeleton.rest_positions()

    def height(which: str) -> tuple[float, float]:
        below = source.skeleton.rest_offsets[JOINT_NAMES.index(f"{which}_foot")][1]
        toe, ankle = players.get(f"{which}_foot"), players.get(f"{which}_ankle")
        own = ours[JOINT_NAMES.index(f"{which}_foot")][1]
        if toe is not None:
            return float(rest[toe][1]), float(own)
        return (np.inf if ankle is None else max(float(rest[ankle][1] + below), 0.0)), float(own)

    (here, our_here), (there, our_there) = height(side), height("right" if side == "left" else "left")
    lowest, our_lowest = min(here, there), min(our_here, our_there)
    return lowest + float(np.clip((here - lowest) - (our_here - our_lowest), 0.0, _UNEVEN))
