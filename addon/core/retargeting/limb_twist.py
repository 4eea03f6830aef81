"""How much the limbs of a figure are wrung over time: upper bones against the body, hands and feet against theirs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .. import quaternion as quat
from ..skeleton import JOINT_NAMES, PARENTS
from ..twist import most_probable
from .source import Source

Array = quat.Array

Axis = tuple[float, float, float]

UPPER = ("hip", "shoulder")
AHEAD: Mapping[str, Axis] = {"hip": (-1.0, 0.0, 0.0), "shoulder": (0.0, -1.0, 0.0)}
LOWERED: Mapping[str, Axis] = {**AHEAD, "shoulder": (0.0, 0.0, -1.0)}
"""About which axis left upper bones go from rest to the middle that twists are counted from: of where thighs and upper
arms can go; or arms lowered, as in the A-pose that bodies with helpers in line are modelled in.
"""

_MIDDLE = np.radians(45.0)
_SEEN = np.radians(10.0)  # standard deviation of a twist where the swing leaves no doubt of it


def limb_twists(source: Source, limbs: Mapping[str, str], middles: Mapping[str, Axis] = AHEAD) -> Array:
    """Radians (T, B) by which limbs (their first and last joint) are wrung over time, about their bones at rest.

    An upper bone against the body, a hand or foot against the lower bone; counted from the shortest arc from its
    middle (`middles`). An arc to the opposite has no twist, so a swing of t counts with the precision cos^6(t / 2), and
    the twist is the most probable course (`twist.py`): past half a turn it goes on, and where it has no meaning it does
    not whirl. Of all courses whole turns apart, that of least twist on average is meant.
    """
    halves = np.zeros((source.frames, len(limbs)), dtype=np.complex128)
    for place, (joint, end) in enumerate(limbs.items()):
        axis = quat.normalize(source.skeleton.rest_offsets[JOINT_NAMES.index(end)])
        wrung = joint if joint.endswith(UPPER) else end
        parent = JOINT_NAMES[PARENTS[JOINT_NAMES.index(wrung)]]
        lead = _middle(wrung, middles)
        local = quat.multiply(quat.conjugate(source.turns[parent]), source.turns[wrung])
        local = quat.multiply(local, quat.conjugate(lead))
        halves[:, place] = local[:, 0] + 1j * (
            local[:, 1:] @ quat.rotate(lead, axis)
        )  # cos(swing / 2) exp(i twist / 2)
    twists = most_probable(halves**2 * np.abs(halves) ** 4 / _SEEN**2, source.fps)
    return twists - 2.0 * np.pi * np.round(twists.mean(axis=0) / (2.0 * np.pi))


def place_along(point: Array, start: Array, way: Array) -> float:
    """How far a point (3,) lies along a limb that goes a `way` (3,), not of no length, from its `start` (3,): from 0
    there or before it to 1 at its end or beyond.
    """
    return float(np.clip((point - start) @ way / float(np.linalg.norm(way)) ** 2, 0.0, 1.0))


def _middle(joint: str, middles: Mapping[str, Axis]) -> Array:
    """The turn (4,) from rest to the middle of a joint; none for hands and feet."""
    side, _, role = joint.partition("_")
    mirror = np.array([1.0, 1.0, 1.0] if side == "left" else [1.0, -1.0, -1.0])
    return quat.normalize(quat.from_axis_angle(mirror * middles.get(role, (0.0, 0.0, 0.0)), _MIDDLE))
