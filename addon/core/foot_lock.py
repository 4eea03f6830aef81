"""Feet that stay where they stand: pins feet in contact and bends the legs to follow."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import quaternion as quat
from .skeleton import CONTACT_JOINTS, JOINT_NAMES
from .smoothing import smooth_series

Array = NDArray[np.floating]

_J = {name: index for index, name in enumerate(JOINT_NAMES)}
NOT_FEET = [joint for joint, name in enumerate(JOINT_NAMES) if not name.endswith(("ankle", "foot"))]
_BLEND = 0.15  # seconds over which a correction fades in before a contact and out after it
_PIN = 1e6  # weight of standing still against 1 for staying where the motion is
_MAX_DROP = 0.05  # metres by which the body may sink for a leg that is too short to reach its pin
_REACH = 0.995  # of a leg's length: nearer to straight a millimetre at the ankle turns the knee by degrees
_HINGE_PULL = 0.02  # metres: how far ahead of a straight leg a knee decides its own direction
_HEEL_ROUNDS = 8  # of turning a foot about its toe until the leg reaches its ankle; more move it by under 0.1 mm


def lock_feet(positions: ArrayLike, contacts: ArrayLike, fps: float, floor: float, hinges: ArrayLike) -> Array:
    """Positions (T, 22, 3) whose feet stand still during contacts and never go below the floor; bone lengths are kept.

    `positions` (T, 22, 3) metres, Y up, of constant bone lengths; `contacts` (T, 4) of 0 or 1 as `detect_contacts`
    gives them; `floor` the ground's height; `hinges` (T, 2, 3) the unit axes about which the left and the right knee
    flex, which say where a straight leg's knee goes. Over the ground, ankle and toe are each drawn to the average place
    of their contact, with a smooth fade before and after, and a foot that stands on one of them is moved as a whole.
    The leg follows by two-bone inverse kinematics in its own bend plane. Where a leg would be too short the body sinks
    a little, and then the heel rises. Frames far from any contact stay as they are.
    """
    source, down = np.asarray(positions, dtype=np.float64), np.asarray(contacts, dtype=np.float64) > 0.5
    result = source.copy()
    feet = [_pinned(source[:, CONTACT_JOINTS[2 * side]], source[:, CONTACT_JOINTS[2 * side + 1]],
                    down[:, 2 * side : 2 * side + 2], fps, floor) for side in range(2)]  # fmt: skip
    result -= np.array([0.0, 1.0, 0.0]) * _drop(source, [ankle for ankle, _ in feet], fps, floor)[:, None, None]
    for side, (ankle, toe) in enumerate(feet):
        hip, knee, foot = (_J[f"{('left', 'right')[side]}_{name}"] for name in ("hip", "knee", "foot"))
        ankle_joint = CONTACT_JOINTS[2 * side]
        leg = source[:, [hip, knee, ankle_joint]]
        goal = raise_heel(result[:, hip], leg, ankle, toe)
        result[:, knee], reached = _bend_leg(result[:, hip], leg, goal, np.asarray(hinges)[:, side])
        result[:, ankle_joint] = reached
        length = np.linalg.norm(source[:, foot] - source[:, ankle_joint], axis=-1, keepdims=True)
        result[:, foot] = reached + length * quat.normalize(toe - reached)
    return result


def _pinned(ankle: Array, toe: Array, down: NDArray[np.bool_], fps: float, floor: float) -> tuple[Array, Array]:
    """Wanted places (T, 3) of a foot's ankle and toe joints, as far from each other as they are."""
    length = np.linalg.norm(toe - ankle, axis=-1, keepdims=True)
    # Each joint is pinned on top of the other's correction: a foot that stands on its toe is not turned by the pin.
    level = np.array([1.0, 0.0, 1.0])
    still_ankle = _held(ankle + level * (_held(toe, down[:, 1], fps) - toe), down[:, 0], fps)
    still_toe = _held(toe + level * (still_ankle - ankle), down[:, 1], fps)
    # Height is the motion's own: a foot rolls, and a centimetre here costs a straight leg ten at the knee. Only a foot
    # that stands on both joints keeps its slope, without which one of them would have to slide.
    rise = _held((ankle - toe)[:, 1:2], down[:, 0] & down[:, 1], fps)[:, 0]
    lift = spread(np.maximum(floor - toe[:, 1] - np.minimum(rise, 0.0), 0.0), fps)  # out of the ground, either of them
    still_toe[:, 1] = toe[:, 1] + lift
    still_ankle[:, 1] = still_toe[:, 1] + rise
    # A standing toe keeps its place and the ankle gives way, otherwise the other way round.
    toe_rules = spread(down[:, 1].astype(np.float64), fps)[:, None]
    excess = still_toe - still_ankle - length * quat.normalize(still_toe - still_ankle)
    return still_ankle + toe_rules * excess, still_toe - (1.0 - toe_rules) * excess


def _held(place: Array, down: NDArray[np.bool_], fps: float) -> Array:
    """The series (T, D) that stays at one value through each contact and blends back to `place` around it."""
    return smooth_series(place, np.ones(len(place)), _PIN * (down[1:] & down[:-1]), curvature=(_BLEND * fps) ** 4)


def raise_heel(hip: Array, leg: Array, ankle: Array, toe: Array) -> Array:
    """The ankle (T, 3) turned about its toe, as little as need be, until the leg reaches it from the `hip`."""
    length = np.linalg.norm(ankle - toe, axis=-1, keepdims=True)
    reach = _reach(leg)[:, None]
    for _ in range(_HEEL_ROUNDS):  # alternating projections onto both spheres
        distance = np.linalg.norm(ankle - hip, axis=-1, keepdims=True)
        ankle = np.where(distance > reach, hip + (ankle - hip) * (reach / np.maximum(distance, 1e-9)), ankle)
        ankle = toe + length * quat.normalize(ankle - toe)
    return ankle


def _reach(leg: Array) -> Array:
    """How far (T,) a leg goes: almost its length, or as far as it went if that was further."""
    bones = np.linalg.norm(np.diff(leg, axis=1), axis=-1).sum(axis=1)
    return np.maximum(_REACH * bones, np.linalg.norm(leg[:, 2] - leg[:, 0], axis=-1))


def _drop(source: Array, ankles: list[Array], fps: float, floor: float) -> Array:
    """How far (T,) metres the body sinks so that both legs reach their ankles; smooth, at most 5 cm.

    No further than the lowest hand, knee or part of the trunk is above the `floor`: whoever crawls does not sink.
    """
    needed = np.zeros(len(source))
    for side, ankle in zip(("left", "right"), ankles, strict=True):
        leg = source[:, [_J[f"{side}_{name}"] for name in ("hip", "knee", "ankle")]]
        hip, reach = leg[:, 0], _reach(leg)
        aside = np.linalg.norm((ankle - hip)[:, [0, 2]], axis=-1)
        allowed = np.sqrt(np.maximum(reach**2 - aside**2, 0.0))
        needed = np.maximum(needed, hip[:, 1] - ankle[:, 1] - allowed)
    room = np.maximum(source[:, NOT_FEET, 1].min(axis=1) - floor, 0.0)
    return np.minimum(spread(np.clip(needed, 0.0, _MAX_DROP), fps), -spread(-room, fps))


def spread(values: Array, fps: float) -> Array:
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
    longest = _reach(leg)[:, None]
    distance = np.clip(np.linalg.norm(goal, axis=-1, keepdims=True), np.abs(thigh - shin) + 1e-4, longest)
    side = bone - along * np.sum(bone * along, axis=-1, keepdims=True)
    # A leg that moved and is nearly straight, or bends backwards, asks its hinge where the knee goes, or it would pop
    # from behind to the front; one that stays keeps its knee exactly.
    moved = np.clip(np.linalg.norm(goal - was, axis=-1, keepdims=True) / _HINGE_PULL, 0.0, 1.0)
    ahead = quat.normalize(np.cross(along, hinge))
    side = side + ahead * moved * np.maximum(_HINGE_PULL - np.sum(side * ahead, axis=-1, keepdims=True), 0.0)
    side = quat.rotate(quat.between(along, direction), side)
    side = quat.normalize(side - direction * np.sum(side * direction, axis=-1, keepdims=True))
    forward = (thigh**2 - shin**2 + distance**2) / (2.0 * distance)
    height = np.sqrt(np.maximum(thigh**2 - forward**2, 0.0))
    return hip + direction * forward + side * height, hip + direction * distance
