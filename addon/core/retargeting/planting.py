"""The legs of a retargeted figure, bent on so that its feet stand where `footing.py` wants them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from .. import quaternion as quat
from ..foot_lock import raise_heel, spread
from ..leg_reach import reach
from ..skeleton import JOINT_NAMES
from .footing import Foot, find_footing
from .source import Source
from .stage import Stage, Stance

Array = quat.Array

_KNEE_AXIS = np.array([1.0, 0.0, 0.0])  # in our rest pose knees flex about +X
_UNEVEN = 0.04  # metres by which one foot may stand higher than the other at rest; more is a foot that is lifted
_MAX_DROP = 0.08  # metres by which the body may sink for legs that are too short
_REACH = 0.995  # of a leg's length: nearer to straight a millimetre at the ankle turns the knee by degrees
_UP = np.array([0.0, 1.0, 0.0])


def plant(stage: Stage, stance: Stance, source: Source, wanted: Mapping[int, Array]) -> tuple[dict[int, Array], Array]:
    """The `wanted` turns with those of legs and pelvis changed, and how far (T, 3) in our metres the body moves.

    `stance` is the rig under `wanted`. Legs count whose hip, knee and ankle can be keyed.
    """
    result, players = dict(wanted), stage.players
    sides = [
        side
        for side in ("left", "right")
        if all(players.get(f"{side}_{role}", -1) in stance.keys.rotations for role in ("hip", "knee", "ankle"))
    ]
    if not sides:
        return result, np.zeros((source.frames, 3))
    at = stage.heads(stance, source.frames)
    feet = [_foot(stage, source, stance, at, side) for side in sides]
    footing = find_footing(feet, source.fps, _turns_hips(stage, stance, sides))
    legs = [foot.leg + (hip - foot.leg[:, 0])[:, None] for foot, hip in zip(feet, footing.hips, strict=True)]
    sunk = _drop(legs, footing.ankles, source.fps)[:, None] * _UP
    if "pelvis" in players:
        result[players["pelvis"]] = quat.multiply(stage.figure.turns_to_rig(footing.pelvis), wanted[players["pelvis"]])
    for side, foot, hip_place, goal, toe in zip(sides, feet, footing.hips, footing.ankles, footing.toes, strict=True):
        hip, knee, ankle = (players[f"{side}_{role}"] for role in ("hip", "knee", "ankle"))
        start = hip_place - sunk
        end = raise_heel(start, foot.leg, goal, toe)
        hinge = quat.rotate(source.turns[f"{side}_hip"], _KNEE_AXIS)
        flexed, swing = reach(foot.leg[:, 1] - foot.leg[:, 0], foot.leg[:, 2] - foot.leg[:, 1], end - start, hinge)
        rolled = quat.between(quat.normalize(foot.toe - foot.leg[:, 2]), quat.normalize(toe - end))
        for bone, turn in ((hip, swing), (knee, quat.multiply(swing, flexed)), (ankle, rolled)):
            result[bone] = quat.multiply(stage.figure.turns_to_rig(turn), wanted[bone])
    return result, footing.body - sunk


def _turns_hips(stage: Stage, stance: Stance, sides: Sequence[str]) -> bool:
    """Whether both hips hang on a pelvis that can be keyed."""
    pelvis = stage.players.get("pelvis", -1)
    hips = [stage.players[f"{side}_hip"] for side in sides]
    return pelvis in stance.keys.rotations and len(hips) == 2 and all(pelvis in stage.joints.above(hip) for hip in hips)


def _drop(legs: Sequence[Array], ankles: Sequence[Array], fps: float) -> Array:
    """Metres (T,) by which the body must sink so that `legs` (T, 3, 3: hip, knee, ankle) reach the `ankles` (T, 3).

    A leg reaches its length, or as far as it did if that was further. Smooth, at most `_MAX_DROP`.
    """
    needed = np.zeros(len(ankles[0]))
    for leg, ankle in zip(legs, ankles, strict=True):
        length = np.linalg.norm(np.diff(leg, axis=1), axis=-1).sum(axis=1)
        limit = np.maximum(_REACH * length, np.linalg.norm(leg[:, 2] - leg[:, 0], axis=-1))
        aside = np.linalg.norm((ankle - leg[:, 0])[:, [0, 2]], axis=-1)
        needed = np.maximum(needed, leg[:, 0, 1] - ankle[:, 1] - np.sqrt(np.maximum(limit**2 - aside**2, 0.0)))
    return spread(np.clip(needed, 0.0, _MAX_DROP), fps)


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
        leg=np.stack([at[f"{side}_{role}"] for role in ("hip", "knee", "ankle")], axis=1),
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
