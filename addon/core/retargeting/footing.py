"""Where body and feet go so that standing feet stand and legs point as nearly as ours do: one least-squares problem.

Legs of other proportions, or between wider hips, or with longer feet, cannot point as ours and put their feet where
standing feet belong. What gives way is found for the whole clip at once: the body may stray a little, each contact may
lie where it suits, the pelvis may turn a little, a raised heel may roll about its toe, and what is left is shared by
both legs. The cost of moving an ankle by d is the smallest sum of squared angles of thigh and shin that does so: with
u, v their directions and a, b their lengths, the Jacobian's J J' = a^2 (I - uu') + b^2 (I - vv'), and the cost
d' (J J')^-1 d (Whitney, "Resolved motion rate control of manipulators and human prostheses", 1969: least squares).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .. import quaternion as quat
from ..twist import fade
from .least_squares import FrameProblem

Array = quat.Array

_RATE = 20.0  # frames a second for which the smoothness below is meant
_PIN = 1e6  # of a standing foot's steps; the costs are squared radians, lengths are metres
_BOTH = 0.01  # of that for the ankle of a foot whose toe stands as well
_STAND, _HOVER = 1e5, 150.0  # of the height of a foot in contact; of a low one on its way
_PELVIS, _PELVIS_FAR, _PELVIS_BEND = 1.0, 2.0, 1.0  # of a turn of the pelvis; of a far one; of its second differences
_STRAY = np.array([10.0, 0.1, 10.0])  # of the body from where our directions put it: it must not drift over the ground
_BODY_BEND, _LEG_BEND, _ROLL_BEND = 30.0, 10.0, 0.3  # of second differences of the body, of a leg's part, of a roll
_STRETCH = 5e-4  # m^2: how a straight leg, which cannot change its length a little, is yet finite
_ROLL_FREE, _ROLL_FLAT = 0.2, 30.0  # of a foot's pitch: with its heel up, flat on the floor
_HEEL = 0.015, 0.05  # metres of our heel above the floor: the foot is flat; it rolls
_LARGE = np.radians(1.2)  # angles beyond count more and more
_FAR_ROLL = np.radians(17.0)  # likewise
_FAR_TURN = np.radians(5.0), np.radians(20.0)  # of the pelvis: hardly seen; seen
_ROUNDS, _SETTLED = 4, 2e-3  # at most; metres and radians that the last one may have changed
_LOW, _HIGH = 0.08, 0.30  # metres of a foot above the floor: its height is held; it is the leg's own
_TIP = 0.02  # metres by which heel or toe is higher until the other alone says where the foot is
_GLIDE = 0.4, 0.8  # metres a second of our foot in contact: it stands; it glides, as on the spot
_UP = np.array([0.0, 1.0, 0.0])


@dataclass(frozen=True)
class Foot:
    """One foot on the rig and on our figure, in our space: its leg (T, 3, 3: hip, knee, ankle) and toe joint (T, 3),
    the height of ankle and toe above the floor when they rest on it, contacts (T, 2) of ankle and toe.
    """

    leg: Array
    toe: Array
    rest: tuple[float, float]
    our_ankle: Array
    our_toe: Array
    our_rest: tuple[float, float]
    down: NDArray[np.bool_]


@dataclass(frozen=True)
class Footing:
    """How far the body moves (T, 3), how the pelvis turns (T, 4), and by foot where hip, ankle and toe go (T, 3 each).

    In metres of our space and about its axes.
    """

    body: Array
    pelvis: Array
    hips: tuple[Array, ...]
    ankles: tuple[Array, ...]
    toes: tuple[Array, ...]


def find_footing(feet: Sequence[Foot], fps: float, turnable: bool = True) -> Footing:
    """The footing of least cost: standing feet stand on their soles, low ones are about as high as ours.

    `turnable`: the hips turn with the pelvis. Gauss-Newton: hips and soles go on circles, and large angles count more
    and more (iteratively reweighted).
    """
    size, frames, rate = 6 + 4 * len(feet), len(feet[0].toe), (fps / _RATE) ** 4
    costs = [_leg_cost(foot) for foot in feet]
    hips = np.stack([foot.leg[:, 0] for foot in feet])
    hips = hips - hips.mean(axis=0)
    moved, stiff = np.zeros((frames, size)), np.ones((len(feet), 2, frames))
    for _ in range(_ROUNDS):
        before = moved
        problem = FrameProblem(frames, size)
        problem.add(np.eye(3, size), np.zeros(3), np.diag(_STRAY))
        turning = _pelvis_cost(moved[:, 3:6]) if turnable else np.full(frames, _PIN)
        problem.add(np.eye(3, size, 3), np.zeros(3), turning[:, None, None] * np.eye(3))
        problem.bend(np.eye(3, size), _BODY_BEND * rate)
        problem.bend(np.eye(3, size, 3), _PELVIS_BEND * rate)
        for place, (foot, hip, cost) in enumerate(zip(feet, hips, costs, strict=True)):
            start = 6 + 4 * place
            leg, rest = _leg_row(size, place, hip, moved[:, 3:6])
            way = (leg @ moved[..., None])[..., 0] - rest
            squares = np.einsum("ti,tij,tj->t", way, cost, way), moved[:, start + 3] ** 2
            stiff[place] = _stiffer(stiff[place], squares)
            problem.add(leg, rest, cost * stiff[place, 0, :, None, None])
            problem.bend(np.eye(3, size, start) - np.eye(3, size), _LEG_BEND * rate)
            _add_foot(problem, foot, start, moved[:, start + 3], stiff[place, 1], fps)
            problem.bend(np.eye(1, size, start + 3), _ROLL_BEND * rate)
        moved = problem.solve()
        if np.abs(moved - before).max() < _SETTLED:
            break
    pelvis = quat.from_rotation_vector(moved[:, 3:6])
    starts, ankles, toes = [], [], []
    for place, (foot, hip) in enumerate(zip(feet, hips, strict=True)):
        start = 6 + 4 * place
        starts.append(foot.leg[:, 0] - hip + quat.rotate(pelvis, hip) + moved[:, :3])
        ankles.append(foot.leg[:, 2] + moved[:, start : start + 3])
        toes.append(ankles[-1] + _sole(foot, moved[:, start + 3]))
    return Footing(moved[:, :3], pelvis, tuple(starts), tuple(ankles), tuple(toes))


def _stiffer(before: Array, squares: tuple[Array, Array]) -> Array:
    """Weights (2, T) of leg and roll by their `squares`; towards them from those `before` by as much as settles.

    Under a force F a cost with the weight 1 + x^2 gives x = F / (1 + x^2), whose iteration swings for ever where x is
    large; with the third of a step in the logarithm it is exact there.
    """
    wanted = 1.0 + np.stack((squares[0] / _LARGE**2, squares[1] / _FAR_ROLL**2))
    return before ** (2.0 / 3.0) * wanted ** (1.0 / 3.0)


def _pelvis_cost(turn: Array) -> Array:
    """The cost (T,) of a `turn` (T, 3) of the pelvis: the legs show a degree, the pelvis does not."""
    angle = np.linalg.norm(turn, axis=-1)
    return _PELVIS_FAR + (_PELVIS - _PELVIS_FAR) * fade(angle, *_FAR_TURN)


def _leg_row(size: int, place: int, hip: Array, pelvis: Array) -> tuple[Array, Array]:
    """(T, 3, size) and (T, 3): an ankle's way against its hip is rows x - rest, near the turn `pelvis` (T, 3) of x.

    The `hip` (T, 3) goes with the pelvis about the middle between both. A turn vector's change w turns what it has
    turned by J w (Sola et al., "A micro Lie theory for state estimation in robotics", 2018, equation 145).
    """
    angle = np.linalg.norm(pelvis, axis=-1)[:, None, None]
    small = angle < 1e-4
    safe = np.where(small, 1.0, angle)
    across = np.cross(pelvis[:, :, None], np.eye(3), axis=1)
    jacobian = np.eye(3) + np.where(small, 0.5, (1.0 - np.cos(safe)) / safe**2) * across
    jacobian = jacobian + np.where(small, 1.0 / 6.0, (safe - np.sin(safe)) / safe**3) * across @ across
    turned = quat.rotate(quat.from_rotation_vector(pelvis), hip)
    rows = np.tile(np.eye(3, size, 6 + 4 * place) - np.eye(3, size), (len(hip), 1, 1))
    rows[:, :, 3:6] = np.cross(turned[:, :, None], jacobian, axis=1)
    return rows, turned - hip + (rows[:, :, 3:6] @ pelvis[..., None])[..., 0]


def _leg_cost(foot: Foot) -> Array:
    """(T, 3, 3): the cost of moving the ankle against the hip, in squared radians a square metre."""
    total = _STRETCH * np.eye(3)
    for bone in (foot.leg[:, 1] - foot.leg[:, 0], foot.leg[:, 2] - foot.leg[:, 1]):
        total = total + np.sum(bone**2, axis=-1)[:, None, None] * np.eye(3) - bone[:, :, None] * bone[:, None, :]
    return np.linalg.inv(total)


def _lateral(foot: Foot) -> Array:
    """The unit axes (T, 3) about which the foot pitches."""
    axis = np.cross(_UP, foot.toe - foot.leg[:, 2])
    return axis / np.maximum(np.linalg.norm(axis, axis=-1, keepdims=True), 1e-9)


def _sole(foot: Foot, roll: Array) -> Array:
    """From ankle to toe (T, 3) when the foot has pitched by `roll` (T,) radians."""
    return quat.rotate(quat.from_axis_angle(_lateral(foot), roll), foot.toe - foot.leg[:, 2])


def _add_foot(problem: FrameProblem, foot: Foot, start: int, roll: Array, stiffer: Array, fps: float) -> None:
    """What keeps a foot where it belongs, to first order around its `roll` (T,)."""
    ankle = np.zeros((len(foot.toe), 3, problem.size))
    ankle[:, :, start : start + 3] = np.eye(3)
    toe, sole = ankle.copy(), _sole(foot, roll)
    toe[:, :, start + 3] = np.cross(_lateral(foot), sole)
    toe_place = foot.leg[:, 2] + sole - roll[:, None] * toe[:, :, start + 3]
    level = [0, 2]
    toe_steps = foot.down[1:, 1] & foot.down[:-1, 1]
    ankle_steps = (foot.down[1:, 0] & foot.down[:-1, 0]) * np.where(toe_steps, _BOTH, 1.0)
    for rows, theirs, ours, held in (
        (ankle, foot.leg[:, 2], foot.our_ankle, ankle_steps),
        (toe, toe_place, foot.our_toe, toe_steps),
    ):
        step, own = (np.diff(place[:, level], axis=0) for place in (theirs, ours))
        gliding = 1.0 - fade(np.linalg.norm(own, axis=-1, keepdims=True) * fps, *_GLIDE)
        problem.step(rows[:, level], gliding * own - step, _PIN * held)
    our_ankle, our_toe = foot.our_ankle[:, 1] - foot.our_rest[0], foot.our_toe[:, 1] - foot.our_rest[1]
    by_toe = fade(our_toe - our_ankle, -_TIP, _TIP)  # whichever end is lower stands
    lack = by_toe * (foot.rest[1] + our_toe - toe_place[:, 1])
    lack = lack + (1.0 - by_toe) * (foot.rest[0] + our_ankle - foot.leg[:, 2, 1])
    height = by_toe[:, None] * toe[:, 1] + (1.0 - by_toe)[:, None] * ankle[:, 1]
    weight = np.where(foot.down.any(axis=1), _STAND, _HOVER * fade(np.minimum(our_ankle, our_toe), _LOW, _HIGH))
    problem.add(height[:, None], lack[:, None], weight[:, None, None])
    flat = fade(our_ankle, *_HEEL)
    stiff = _ROLL_FREE * stiffer + _ROLL_FLAT * flat
    problem.add(np.eye(1, problem.size, start + 3), np.zeros(1), stiff[:, None, None])
