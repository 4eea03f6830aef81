"""Legs turned so that ankles reach given places: two-bone inverse kinematics on rotations, all else as it was."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from . import quaternion as quat
from .kinematics import forward_kinematics
from .skeleton import JOINT_NAMES

Array = quat.Array

_LEGS = [[JOINT_NAMES.index(f"{side}_{name}") for name in ("hip", "knee", "ankle")] for side in ("left", "right")]
_KNEE_AXIS = np.array([1.0, 0.0, 0.0])  # in the rest pose knees flex about +X
_REACH = 0.9995  # of a leg's length: a knee that is never quite straight cannot snap
_STRAIGHT = 1e-3  # sine of a bend whose own axis says nothing


def reach_ankles(
    parents: Sequence[int], rest_offsets: ArrayLike, root: ArrayLike, rotations: ArrayLike, ankles: ArrayLike
) -> Array:
    """Local rotations (T, 22, 4) under which left and right ankle are at `ankles` (T, 2, 3), in metres, in the world.

    `root` (T, 3) and `rotations` (T, 22, 4) are the pose that is changed: each knee bends further or less about its own
    axis until the ankle is as far from the hip as wanted, then the leg turns about the hip along the shortest arc. Feet
    keep their turn in the world. What is out of reach is approached as far as the leg goes.
    """
    local = np.array(rotations, dtype=np.float64)
    goals = np.asarray(ankles, dtype=np.float64)
    places, turns = forward_kinematics(parents, rest_offsets, np.asarray(root, dtype=np.float64), local)
    for side, (hip, knee, ankle) in enumerate(_LEGS):
        thigh, shin = places[:, knee] - places[:, hip], places[:, ankle] - places[:, knee]
        hinge = quat.rotate(turns[:, hip], _KNEE_AXIS)
        flexed, swing = reach(thigh, shin, goals[:, side] - places[:, hip], hinge)
        new_hip = quat.multiply(swing, turns[:, hip])
        new_knee = quat.multiply(swing, quat.multiply(flexed, turns[:, knee]))
        local[:, hip] = quat.multiply(quat.conjugate(turns[:, parents[hip]]), new_hip)
        local[:, knee] = quat.multiply(quat.conjugate(new_hip), new_knee)
        local[:, ankle] = quat.multiply(quat.conjugate(new_knee), turns[:, ankle])
    return quat.normalize(local)


def reach(upper: Array, lower: Array, goal: Array, hinge: Array) -> tuple[Array, Array]:
    """Turns (T, 4) with which a limb goes for `goal` (T, 3) from its start: the lower bone flexes, then both swing.

    `upper` and `lower` (T, 3) are its bones as they are. They keep the plane that they bend in, a straight limb takes
    that of its `hinge` (T, 3; unit, need not be square to the bones). What is out of reach is approached as far as the
    limb goes.
    """
    a, b = (np.linalg.norm(bone, axis=-1) for bone in (upper, lower))
    longest = np.maximum(_REACH * (a + b), np.linalg.norm(upper + lower, axis=-1))
    distance = np.clip(np.linalg.norm(goal, axis=-1), np.abs(a - b) + 1e-4 * a, longest)
    cross = np.cross(quat.normalize(upper), quat.normalize(lower))
    sine = np.linalg.norm(cross, axis=-1)
    bend = np.arctan2(sine, np.sum(upper * lower, axis=-1) / (a * b))
    wanted = np.arccos(np.clip((distance**2 - a**2 - b**2) / (2.0 * a * b), -1.0, 1.0))
    axis = np.where(sine[:, None] > _STRAIGHT, cross, hinge)
    flexed = quat.from_axis_angle(quat.normalize(axis), wanted - bend)
    reached = quat.normalize(upper + quat.rotate(flexed, lower))
    return flexed, quat.between(reached, quat.normalize(goal))
