"""Hands that keep their place: on the hips, before the face, together, however long the rig's arms are.

Where a hand is near the body or the other hand, its place beside each part of the body counts the more the nearer that
part is (inverse squared distances: Shepard, "A two-dimensional interpolation function", 1968), taken over to the rig's
part; elsewhere the arm's directions decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from .. import quaternion as quat
from ..leg_reach import reach
from ..twist import fade
from .source import Source
from .stage import Stage, Stance

Array = quat.Array

_SIDED = ("hip", "knee", "shoulder")
_BODY = ("pelvis", "spine3", "head", *(f"{side}_{role}" for side in ("left", "right") for role in _SIDED))
_ARM = ("shoulder", "elbow", "wrist")
_TOUCHING, _APART = 0.25, 0.45  # metres from a hand's wrist to a part of the body or the other wrist
_SOFT = 0.05  # metres: nearer than that a part counts no more
_SIGNS = {"left": -1.0, "right": 1.0}  # of the elbows' hinges, which lie along Y in our rest pose


def place_hands(stage: Stage, stance: Stance, source: Source, wanted: Mapping[int, Array]) -> dict[int, Array]:
    """The `wanted` turns with those of the arms changed; `stance` is the rig under them. Hands keep their turn.

    Arms count whose shoulder, elbow and wrist can be keyed.
    """
    result, players = dict(wanted), stage.players
    at = stage.heads(stance, source.frames)
    for side, sign in _SIGNS.items():
        joints = [f"{side}_{role}" for role in _ARM]
        if not all(players.get(joint, -1) in stance.keys.rotations for joint in joints):
            continue
        shoulder, elbow, wrist = (at[joint] for joint in joints)
        goal, near = _goal(source, at, side)
        goal = wrist + near[:, None] * (goal - wrist)
        hinge = quat.rotate(source.turns[joints[0]], np.array([0.0, sign, 0.0]))
        flexed, swing = reach(elbow - shoulder, wrist - elbow, goal - shoulder, hinge)
        for joint, turn in ((joints[0], swing), (joints[1], quat.multiply(swing, flexed))):
            bone = players[joint]
            result[bone] = quat.multiply(stage.figure.turns_to_rig(turn), wanted[bone])
    return result


def _goal(source: Source, at: Mapping[str, Array], side: str) -> tuple[Array, Array]:
    """Where (T, 3) the rig's wrist would be beside its body as ours is beside ours, and how much (T,) that counts."""
    ours = source.places
    hand, other = ours[f"{side}_wrist"], ours[f"{'right' if side == 'left' else 'left'}_wrist"]
    arms = [_length(at, which) / _length(ours, which) for which in _SIGNS if f"{which}_wrist" in at]
    scale = min(1.0, float(np.mean(arms)))  # shorter arms stay nearer; longer ones do not make the body thicker
    parts = [joint for joint in _BODY if joint in at]
    ways = np.stack([hand - ours[joint] for joint in parts], axis=1)  # (T, K, 3)
    distances = np.linalg.norm(ways, axis=-1)
    weights = 1.0 / (distances**2 + _SOFT**2)
    places = np.stack([at[joint] for joint in parts], axis=1) + scale * ways
    goal = np.sum(weights[..., None] * places, axis=1) / weights.sum(axis=1)[:, None]
    apart = np.minimum(distances.min(axis=1), np.linalg.norm(hand - other, axis=-1))
    return goal, fade(apart, _TOUCHING, _APART)


def _length(at: Mapping[str, Array], side: str) -> float:
    points = [at[f"{side}_{role}"][0] for role in _ARM]
    return float(sum(np.linalg.norm(end - start) for start, end in pairwise(points)))
