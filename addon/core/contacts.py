"""When feet are on the ground: from height and speed together.

HumanML3D's own contact labels know no height and allow 0.9 m/s, which calls most of every clip a contact; a foot lock
needs stricter ones. Here a joint is down when it is both low and slow, as in HuMoR (Rempe et al., 2021; 8 cm and
0.15 m/s there), and does not creep away while it is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import checked_positions
from .skeleton import CONTACT_JOINTS

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

# A toe joint lies on the ground when the foot does; the ankle is then some 6 cm above it. The margin takes noise.
MAX_HEIGHTS = (0.11, 0.05, 0.11, 0.05)  # metres above the floor for left ankle, left foot, right ankle, right foot
ENTER_SPEED, LEAVE_SPEED = 0.2, 0.35  # metres a second
_SHORTEST_CONTACT = 0.1  # seconds: shorter ones are a foot turning back in the air
_LONGEST_GAP = 0.1  # seconds: shorter ones are noise within a contact
_MAX_CREEP = 0.06  # metres from its middle place: a contact that goes further is a slide, whole or in part
_SLOWEST_LIMIT = 0.3  # of the speeds above: what creeps even then does not stand
_GROUND_TIME, _GROUND_DRIFT = 1.0, 0.15  # seconds and metres within which the ground may rise
_FLOOR_QUANTILE = 0.05  # of the lowest joint over time: a single dip does not lower the floor
_STEP_TIME = 0.3  # seconds before and after within which a stepping foot is slowest once
_STANCE_SPEED = 0.6  # metres a second that the standing foot of a gliding walk may have where it is slowest
_SWING_RATIO = 1.5  # how much faster the other foot must be then
_REACH = 0.05  # metres around a contact's place that still belong to it for the foot lock
_PASSING_SPEED = 1.0  # metres a second: faster than this a foot does not stand, however near
UPRIGHT = 0.6  # metres of the pelvis above the ground: below, hands, knees or a seat carry the body


def floor_height(positions: ArrayLike) -> float:
    """The height (m) that the lowest joint of `positions` (T, J, 3) rests at: 0 for a clip that stands on y = 0."""
    return float(np.quantile(np.asarray(positions)[..., 1].min(axis=-1), _FLOOR_QUANTILE))


def ground_heights(positions: ArrayLike, fps: float) -> Array:
    """The ground's height (T,) in metres under `positions` (T, J, 3): `floor_height`, or up to 15 cm above it.

    It follows `supports`, since recorded ground may slope and generated ground drift.
    """
    floor = floor_height(positions)
    return np.clip(supports(positions, fps), floor, floor + _GROUND_DRIFT)


def supports(positions: ArrayLike, fps: float) -> Array:
    """The height (T,) in metres of what `positions` (T, J, 3) stand on, however high: the floor, a stair, thin air.

    It is the lowest joint's within a second before and after, smoothed; a jump is shorter than that and leaves it.
    """
    lowest = np.asarray(positions, dtype=np.float64)[..., 1].min(axis=-1)
    half = max(1, round(_GROUND_TIME * fps))
    near = moving_minimum(lowest, half)
    return np.lib.stride_tricks.sliding_window_view(np.pad(near, half, mode="edge"), 2 * half + 1).mean(axis=-1)


def detect_contacts(positions: ArrayLike, fps: float, ground: ArrayLike | None = None) -> NDArray[np.float32]:
    """Which foot joints are on the ground: (T, 4) of 0 or 1 for left ankle, left foot, right ankle, right foot.

    `positions` (T, 22, 3) metres, Y up; `ground` the ground's height, one or (T,), by default `ground_heights`. A
    contact starts where a joint is lower above it than `MAX_HEIGHTS` and slower than `ENTER_SPEED`, and lasts until it
    is faster than `LEAVE_SPEED` or higher. One that creeps further than 6 cm keeps only its slower parts, or nothing;
    contacts and gaps shorter than 0.1 s are dropped.
    """
    joints = checked_positions(positions)
    feet = joints[:, CONTACT_JOINTS]
    if len(feet) < 2:
        return np.zeros((len(feet), 4), dtype=np.float32)
    level = ground_heights(joints, fps) if ground is None else np.asarray(ground, dtype=np.float64)
    low, speed = low_feet(joints, level), _speed(feet, fps)
    result = np.zeros(low.shape, dtype=np.float32)
    for foot in range(low.shape[1]):
        down = _slow_stretches(low[:, foot], speed[:, foot], feet[:, foot], 1.0)
        for begin, end in runs(~down):
            bridged = begin > 0 and end < len(down) and end - begin < _LONGEST_GAP * fps and low[begin:end, foot].all()
            if bridged and _creep(feet[begin - 1 : end + 1, foot]) <= _MAX_CREEP:
                down[begin:end] = True
        result[:, foot] = _long_enough(down, fps)
    return result


def stance_phases(positions: ArrayLike, fps: float, ground: ArrayLike | None = None) -> NDArray[np.float32]:
    """Where a foot lock should hold the feet: (T, 4) of 0 or 1, more than `detect_contacts` (same arguments) finds.

    A foot of a generated walk often glides through its stance, and is only for a moment as slow as a standing one.
    So whoever is upright also stands where a low foot is slowest within 0.3 s and the other one clearly faster; and
    every contact reaches as far in time as the foot stays low and within 5 cm of the contact's place.
    """
    joints = checked_positions(positions)
    feet = joints[:, CONTACT_JOINTS]
    level = ground_heights(joints, fps) if ground is None else np.asarray(ground, dtype=np.float64)
    contacts = detect_contacts(joints, fps, level) > 0.5
    if len(feet) < 2:
        return contacts.astype(np.float32)
    low, speed = low_feet(joints, level), _speed(feet, fps)
    upright = joints[:, 0, 1] - level > UPRIGHT
    fastest = speed[:, :2].max(axis=-1), speed[:, 2:].max(axis=-1)
    half = max(1, round(_STEP_TIME * fps))
    result = np.zeros(low.shape, dtype=np.float32)
    for foot in range(4):
        own, other = speed[:, foot], fastest[1 - foot // 2]
        slowest = own <= moving_minimum(own, half)
        steps = slowest & upright & low[:, foot] & (own < _STANCE_SPEED) & (other > _SWING_RATIO * own)
        near = low[:, foot] & (own < _PASSING_SPEED)
        down = contacts[:, foot].copy()
        for moment in np.flatnonzero(steps)[np.argsort(own[steps], kind="stable")]:
            if not down[max(moment - half, 0) : moment + half + 1].any():  # a foot stands once in every step
                down[moment] = True
        for begin, end in runs(down):
            place = feet[begin:end, foot].mean(axis=0)
            within = near & (np.linalg.norm((feet[:, foot] - place)[:, [0, 2]], axis=-1) < _REACH)
            others = down.copy()
            others[begin:end] = False
            within[1:] &= ~others[:-1]  # contacts at different places stay apart
            within[:-1] &= ~others[1:]
            before, after = np.flatnonzero(~within[:begin]), np.flatnonzero(~within[end:])
            first = before[-1] + 1 if len(before) else 0
            last = end + after[0] if len(after) else len(down)
            down[first:last] = True
        result[:, foot] = _long_enough(down, fps)
    return result


def runs(mask: Mask) -> list[tuple[int, int]]:
    """The stretches [begin, end) of a mask (T,) that are True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    return [(int(begin), int(end)) for begin, end in zip(edges[::2], edges[1::2], strict=True)]


def low_feet(joints: Array, ground: Array, room: float = 0.0) -> Mask:
    """Which foot joints (T, 4) of `joints` (T, 22, 3) are less than `room` metres above where a contact may be."""
    return joints[:, CONTACT_JOINTS, 1] - ground.reshape(-1, 1) < np.array(MAX_HEIGHTS) + room


def moving_minimum(values: Array, half: int) -> Array:
    """The least of the values (T,) within `half` frames before and after each."""
    padded = np.pad(values, half, mode="edge")
    return np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1).min(axis=-1)


def _speed(feet: Array, fps: float) -> Array:
    return np.linalg.norm(np.gradient(feet, axis=0), axis=-1) * fps


def _slow_stretches(low: Mask, speed: Array, places: Array, limit: float) -> Mask:
    """Where one joint stands (T,): hysteresis, with limits that get stricter where it creeps away."""
    down = np.zeros(len(low), dtype=bool)
    for begin, end in runs(low & (speed < limit * LEAVE_SPEED)):
        entered = np.flatnonzero(speed[begin:end] < limit * ENTER_SPEED)
        if not len(entered):
            continue
        here = slice(begin + int(entered[0]), end)
        if _creep(places[here]) <= _MAX_CREEP:
            down[here] = True
        elif limit > _SLOWEST_LIMIT:
            down[here] = _slow_stretches(low[here], speed[here], places[here], 0.7 * limit)
    return down


def _creep(places: Array) -> float:
    """Metres over the ground from the middle of the places (N, 3) to the farthest."""
    ground = places[:, [0, 2]]
    return float(np.linalg.norm(ground - (ground.max(axis=0) + ground.min(axis=0)) / 2.0, axis=-1).max())


def _long_enough(down: Mask, fps: float) -> Mask:
    result = np.zeros_like(down)
    for begin, end in runs(down):
        result[begin:end] = end - begin >= min(_SHORTEST_CONTACT * fps, len(down))
    return result
