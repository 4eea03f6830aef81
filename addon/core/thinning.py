"""Fewer keys: the frames of a channel that a smooth curve needs so that it stays within a given error everywhere.

The curve is what an animation editor draws between keys with aligned handles a third of the way to the next key: a
cubic Hermite curve in time. A channel is one property of several numbers (a quaternion, three angles, a place), which
share their keys.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import quaternion as quat

Array = quat.Array
Error = Callable[[Array, Array], Array]


def kept_keys(channels: ArrayLike, tolerance: float, error: Error) -> NDArray[np.bool_]:
    """Which frames (T, C) of channels (T, C, D) to keep as keys so that no frame is off by more than `tolerance`.

    `error` measures two such arrays against each other, (T, C). The first and the last frame are kept; then, between
    two keys, the frame that the curve misses most becomes a key wherever it misses by too much, until none does
    (Ramer, 1972; Douglas & Peucker, 1973, with Hermite curves for their straight lines).
    """
    values = np.asarray(channels, dtype=np.float64)
    kept = np.zeros(values.shape[:2], dtype=bool)
    kept[[0, -1]] = True
    slope = slopes(values)
    while True:
        missed = np.where(kept, 0.0, error(values, curve_through(values, slope, kept)))
        if not (missed > tolerance).any():
            return kept
        # Channel after channel in one row, in which every key begins a stretch of its own.
        row, begins = missed.T.ravel(), np.flatnonzero(kept.T)
        worst = np.repeat(np.maximum.reduceat(row, begins), np.diff(begins, append=len(row)))
        kept |= ((row >= worst) & (row > tolerance)).reshape(missed.T.shape).T


def slopes(channels: ArrayLike) -> Array:
    """How fast channels (T, C, D) change at each frame, a frame: the mean of the steps before and after it."""
    values = np.asarray(channels, dtype=np.float64)
    return np.gradient(values, axis=0) if len(values) > 1 else np.zeros_like(values)


def curve_through(values: Array, slope: Array, kept: NDArray[np.bool_]) -> Array:
    """What the curve through the `kept` (T, C) frames of `values` (T, C, D), with these slopes, gives at all frames."""
    frame = np.broadcast_to(np.arange(len(values))[:, None], kept.shape)
    before = np.maximum.accumulate(np.where(kept, frame, 0), axis=0)
    after = np.minimum.accumulate(np.where(kept, frame, len(values) - 1)[::-1], axis=0)[::-1]
    length = np.maximum(after - before, 1)[..., None]
    t = (frame - before)[..., None] / length
    start, end = (np.take_along_axis(values, at[..., None], axis=0) for at in (before, after))
    leaves, arrives = (np.take_along_axis(slope, at[..., None], axis=0) * length for at in (before, after))
    bend = 3.0 * (end - start) - 2.0 * leaves - arrives
    return start + t * (leaves + t * (bend + t * (leaves + arrives - 2.0 * (end - start))))


def distance(values: Array, others: Array) -> Array:
    """How far places (..., 3) are from each other."""
    return np.linalg.norm(values - others, axis=-1)


def quaternion_error(values: Array, others: Array) -> Array:
    """Degrees between the rotations of quaternions (..., 4) of any length but 0."""
    turn = quat.multiply(quat.conjugate(quat.normalize(values)), quat.normalize(others))
    return np.degrees(2.0 * np.arctan2(np.linalg.norm(turn[..., 1:], axis=-1), np.abs(turn[..., 0])))


def euler_error(values: Array, others: Array) -> Array:
    """Degrees by which the rotations of three angles (..., 3; radians) differ at most, in whatever order they turn."""
    return np.degrees(np.abs(values - others).sum(axis=-1))


def axis_angle_error(values: Array, others: Array) -> Array:
    """Degrees between rotations as angle and axis (..., 4; radians, x, y, z; the axis of any length but 0)."""
    first, second = (quat.from_axis_angle(quat.normalize(each[..., 1:]), each[..., 0]) for each in (values, others))
    return quaternion_error(first, second)
