"""Feet that stay where they stand: pins feet in contact and bends the legs to follow."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import quaternion as quat
from .skeleton import CONTACT_JOINTS, JOINT_NAMES
from .smoothing import smooth_series

Array = NDArray[np.float64]

_J = {name: index for index, name in enumerate(JOINT_NAMES)}
_BLEND = 0.1  # seconds over which a correction fades in before a contact and out after it
_PIN = 1e6  # weight of standing still against 1 for staying where the motion is
_MAX_DROP = 0.05  # metres by which the body may sink for a leg that is too short to reach its pin
_REACH = 0.9995  # of a leg's length: a knee that is never quite straight cannot snap
_HINGE_PULL = 0.02  # metres: how far from straight a knee still decides its own direction


def lock_feet(positions: ArrayLike, contacts: ArrayLike, fps: float, floor: float, hinges: ArrayLike) -> Array:
    """Positions (T, 22, 3) whose feet stand still during contacts and never go below the floor; bone lengths are kept.

    `positions` (T, 22, 3) metres, Y up, of constant bone lengths; `contacts` (T, 4) of 0 or 1 as `detect_contacts`
    gives them; `floor` the ground's height; `hinges` (T, 2, 3) the unit axes about which the left and the right knee
    flex, which say where a straight leg's knee goes. Over the ground, ankle and toe are each drawn to the average place
    of their contact, with a smooth fade before and after; the leg follows by two-bone inverse kinematics in its own
    bend plane, and the body sinks a little where a leg would be too short. Frames far from any contact stay as they
    are.
    """
    source, down = np.asarray(positions, dtype=np.float64), np.asarray(contacts, dtype=np.float64) > 0.5
    result = source.copy()
    feet = [_pinned(source[:, CONTACT_JOINTS[2 * side]], source[:, CONTACT_JOINTS[2 * side + 1]],
                    down[:, 2 * side : 2 * side + 2], fps, floor) for side in range(2)]  # fmt: skip
    result -= np.array([0.0, 1.0, 0.0]) * _drop(source, [ankle for ankle, _ in feet], fps)[:, None, None]
    for side, (ankle, toe) in enumerate(feet):
        hip, knee, foot = (_J[f"{('left', 'right')[side]}_{name}"] for name in ("hip", "knee", "foot"))
        ankle_joint = CONTACT_JOINTS[2 * side]
        result[:, knee], reached = _bend_leg(
            result[:, hip], source[:, [hip, knee, ankle_joint]], ankle, np.asarray(hinges)[:, side]
        )
        result[:, ankle_joint] = reached
        length = np.linalg.norm(source[:, foot] - source[:, ankle_joint], axis=-1, keepdims=True)
        result[:, foot] = reached + length * quat.normalize(toe - reached)
    return result


def _pinned(ankle: Array, toe: Array, down: NDArray[np.bool_], fps: float, floor: float) -> tuple[Array, Array]:
    """Wanted places (T, 3) of a foot's ankle and toe joints, as far from each other as they are."""
    length = np.linalg.norm(toe - ankle, axis=-1, keepdims=True)
    lift = np.maximum(floor - np.minimum(ankle[:, 1], toe[:, 1]), 0.0)  # out of the ground, the foot as a whole
    wanted = []
    for place, contact in ((ankle, down[:, 0]), (toe, down[:, 1])):
        hold = _PIN * (contact[1:] & contact[:-1])
        # Height is the motion's own: a foot rolls, and a centimetre here costs a straight leg ten at the knee.
        still = smooth_series(place, np.ones(len(place)), hold, curvature=(_BLEND * fps) ** 4)
        still[:, 1] = place[:, 1] + lift
        wanted.append(still)
    ankle, toe = wanted
    # A standing toe keeps its place and the ankle gives way, otherwise the other way round.
    toe_rules = _spread(down[:, 1].astype(np.float64), fps)[:, None]
    excess = toe - ankle - length * quat.normalize(toe - ankle)
    return ankle + toe_rules * excess, toe - (1.0 - toe_rules) * excess


def _drop(source: Array, ankles: list[Array], fps: float) -> Array:
    """How far (T,) metres the body must sink so that both legs reach their ankles; smooth, at most 5 cm."""
    needed = np.zeros(len(source))
    for side, ankle in zip(("left", "right"), ankles, strict=True):
        hip, knee, own = (source[:, _J[f"{side}_{name}"]] for name in ("hip", "knee", "ankle"))
        reach = _REACH * (np.linalg.norm(knee - hip, axis=-1) + np.linalg.norm(own - knee, axis=-1))
        # A leg that is straighter than that as it comes asks for nothing of its own.
        reach = np.maximum(reach, np.linalg.norm(own - hip, axis=-1))
        aside = np.linalg.norm((ankle - hip)[:, [0, 2]], axis=-1)
        allowed = np.sqrt(np.maximum(reach**2 - aside**2, 0.0))
        needed = np.maximum(needed, hip[:, 1] - ankle[:, 1] - allowed)
    return _spread(np.clip(needed, 0.0, _MAX_DROP), fps)


def _spread(values: Array, fps: float) -> Array:
    """A smooth series (T,) that is nowhere less than the values: their moving maximum, then its moving average."""
    half = max(1, round(2.0 * _BLEND * fps))
    window = np.lib.stride_tricks.sliding_window_view
    highest = window(np.pad(values, half, mode="edge"), 2 * half + 1).max(axis=-1)
    bell = np.hanning(2 * half + 3)[1:-1]
    return window(np.pad(highest, half, mode="edge"), 2 * half + 1) @ (bell / bell.sum())


def _bend_leg(hip: Array, leg: Array, ankle: Array, hinge: Array) -> tuple[Array, Array]:
    """Knee and ankle (T, 3 each) of a leg that starts at `hip` and goes for `ankle`, bent in the plane it was bent in.

    `leg` (T, 3, 3) are its hip, knee and ankle as they were. What is out of reach is approached as far as the leg goes.
    """
    was, bone = leg[:, 2] - leg[:, 0], leg[:, 1] - leg[:, 0]
    thigh = np.linalg.norm(bone, axis=-1, keepdims=True)
    shin = np.linalg.norm(leg[:, 2] - leg[:, 1], axis=-1, keepdims=True)
    along, goal = quat.normalize(was), ankle - hip
    direction = quat.normalize(goal)
    longest = np.maximum(_REACH * (thigh + shin), np.linalg.norm(was, axis=-1, keepdims=True))
    distance = np.clip(np.linalg.norm(goal, axis=-1, keepdims=True), np.abs(thigh - shin) + 1e-4, longest)
    side = bone - along * np.sum(bone * along, axis=-1, keepdims=True)
    # A leg that moved and is nearly straight asks its hinge where the knee goes; one that stays keeps its knee exactly.
    moved = np.clip(np.linalg.norm(goal - was, axis=-1, keepdims=True) / _HINGE_PULL, 0.0, 1.0)
    pull = moved * np.maximum(_HINGE_PULL - np.linalg.norm(side, axis=-1, keepdims=True), 0.0)
    side = side + pull * np.cross(along, hinge)
    side = quat.rotate(quat.between(along, direction), side)
    side = quat.normalize(side - direction * np.sum(side * direction, axis=-1, keepdims=True))
    forward = (thigh**2 - shin**2 + distance**2) / (2.0 * distance)
    height = np.sqrt(np.maximum(thigh**2 - forward**2, 0.0))
    return hip + direction * forward + side * height, hip + direction * distance
