"""When feet are on the ground: from height and speed together.

HumanML3D's own contact labels know no height and allow 0.9 m/s, which calls most of every clip a contact; a foot lock
needs stricter ones. Here a joint is down when it is both low and slow, as in HuMoR (Rempe et al., 2021; 8 cm and
0.15 m/s there).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .skeleton import CONTACT_JOINTS

# A toe joint lies on the ground when the foot does; the ankle is then some 6 cm above it. The margin takes noise.
MAX_HEIGHTS = (0.11, 0.05, 0.11, 0.05)  # metres above the floor for left ankle, left foot, right ankle, right foot
ENTER_SPEED, LEAVE_SPEED = 0.2, 0.35  # metres a second
_SHORTEST_CONTACT = 0.1  # seconds: shorter ones are a foot turning back in the air
_LONGEST_GAP = 0.1  # seconds: shorter ones are noise within a contact
_GROUND_TIME, _GROUND_DRIFT = 1.0, 0.15  # seconds and metres within which the ground may rise
_FLOOR_QUANTILE = 0.05  # of the lowest joint over time: a single dip does not lower the floor


def floor_height(positions: ArrayLike) -> float:
    """The height (m) that the lowest joint of `positions` (T, J, 3) rests at: 0 for a clip that stands on y = 0."""
    return float(np.quantile(np.asarray(positions)[..., 1].min(axis=-1), _FLOOR_QUANTILE))


def ground_heights(positions: ArrayLike, fps: float) -> NDArray[np.float64]:
    """The ground's height (T,) in metres under `positions` (T, J, 3): `floor_height`, or up to 15 cm above it.

    It follows the lowest joint within a second before and after, since recorded ground may slope and generated ground
    drift; a jump is shorter than that and leaves it where it was.
    """
    lowest = np.asarray(positions, dtype=np.float64)[..., 1].min(axis=-1)
    half = max(1, round(_GROUND_TIME * fps))
    window = np.lib.stride_tricks.sliding_window_view
    near = window(np.pad(lowest, half, mode="edge"), 2 * half + 1).min(axis=-1)
    smooth = window(np.pad(near, half, mode="edge"), 2 * half + 1).mean(axis=-1)
    floor = floor_height(positions)
    return np.clip(smooth, floor, floor + _GROUND_DRIFT)


def detect_contacts(positions: ArrayLike, fps: float, ground: ArrayLike | None = None) -> NDArray[np.float32]:
    """Which foot joints are on the ground: (T, 4) of 0 or 1 for left ankle, left foot, right ankle, right foot.

    `positions` (T, 22, 3) metres, Y up; `ground` the ground's height, one or (T,), by default `ground_heights`. A
    contact starts where a joint is lower above it than `MAX_HEIGHTS` and slower than `ENTER_SPEED`, and lasts until it
    is faster than `LEAVE_SPEED` or higher; contacts and gaps shorter than 0.1 s are dropped.
    """
    joints = np.asarray(positions, dtype=np.float64)
    feet = joints[:, CONTACT_JOINTS]
    if len(feet) < 2:
        return np.zeros((len(feet), 4), dtype=np.float32)
    speed = np.linalg.norm(np.gradient(feet, axis=0), axis=-1) * fps
    level = np.asarray(ground_heights(joints, fps) if ground is None else ground, dtype=np.float64)
    low = feet[..., 1] - level.reshape(-1, 1) < np.array(MAX_HEIGHTS)
    started, lasting = low & (speed < ENTER_SPEED), low & (speed < LEAVE_SPEED)
    result = np.zeros(low.shape, dtype=np.float32)
    for foot in range(low.shape[1]):
        down = np.zeros(len(feet), dtype=bool)
        for begin, end in runs(lasting[:, foot]):
            first = np.flatnonzero(started[begin:end, foot])
            if len(first):
                down[begin + first[0] : end] = True
        for begin, end in runs(~down):
            if begin > 0 and end < len(down) and end - begin < _LONGEST_GAP * fps and low[begin:end, foot].all():
                down[begin:end] = True
        for begin, end in runs(down):
            if end - begin >= min(_SHORTEST_CONTACT * fps, len(down)):
                result[begin:end, foot] = 1.0
    return result


def runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """The stretches [begin, end) of a mask (T,) that are True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    return [(int(begin), int(end)) for begin, end in zip(edges[::2], edges[1::2], strict=True)]
