"""Curves through key frames with a continuous velocity: of vectors, and of rotations.

Both take Catmull & Rom's tangents (1974), the mean of the steps before and after a key, no longer than three times the
shorter of the two (Fritsch & Carlson, 1980, eq. 4.2): what stands still before a key stays still up to it, and nothing
swings through the end of its way, such as a knee through its stop.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import quaternion as quat

Array = NDArray[np.floating]


def interpolate_vectors(keys: ArrayLike, times: ArrayLike) -> Array:
    """Keys (T, ..., D) at `times` (N,) in key frames, from 1 to T - 2: cubic Hermite, exact at the keys.

    The first and the last key serve only as neighbours.
    """
    keys = np.asarray(keys, dtype=np.float64)
    before, t = _split(times, keys)
    steps = np.diff(keys, axis=0)
    tangents = np.concatenate((steps[:1], _tangents(steps), steps[-1:]))
    start, end = keys[before], keys[before + 1]
    m0, m1 = tangents[before], tangents[before + 1]
    bend = 3.0 * (end - start) - 2.0 * m0 - m1
    return start + t * (m0 + t * (bend + t * (m0 + m1 - 2.0 * (end - start))))


def interpolate_rotations(keys: ArrayLike, times: ArrayLike) -> Array:
    """Unit quaternions (T, ..., 4) at `times` (N,) in key frames, from 1 to T - 2, along the shorter ways between keys.

    A cubic Hermite curve on the sphere, q(t) = q0 exp(w1 b1(t)) exp(w2 b2(t)) exp(w3 b3(t)) with cumulative Bernstein
    polynomials b (Kim, Kim & Shin, "A general construction scheme for unit quaternion curves with simple high order
    derivatives", 1995, section 4.2): exact at the keys and of continuous angular velocity, which slerp is not. The
    first and the last key serve only as neighbours.
    """
    keys = np.asarray(keys, dtype=np.float64)
    before, t = _split(times, keys)
    steps = quat.to_rotation_vector(quat.multiply(quat.conjugate(keys[:-1]), keys[1:]))
    tangents = np.concatenate((steps[:1], _tangents(steps), steps[-1:]))
    first, last = tangents[before] / 3.0, tangents[before + 1] / 3.0
    rest = quat.multiply(quat.from_rotation_vector(-first), quat.from_rotation_vector(steps[before]))
    middle = quat.to_rotation_vector(quat.multiply(rest, quat.from_rotation_vector(-last)))
    result = keys[before]
    for vector, basis in ((first, 1.0 - (1.0 - t) ** 3), (middle, t * t * (3.0 - 2.0 * t)), (last, t**3)):
        result = quat.multiply(result, quat.from_rotation_vector(vector * basis))
    return np.asarray(quat.normalize(result))


def _split(times: ArrayLike, keys: Array) -> tuple[NDArray[np.int64], Array]:
    """The key before each time, and the share (N, 1, ..., 1) of the way to the next."""
    times = np.asarray(times, dtype=np.float64)
    before = np.minimum(times.astype(np.int64), len(keys) - 2)
    return before, (times - before).reshape(-1, *(1,) * (keys.ndim - 1))


def _tangents(steps: Array) -> Array:
    """(T-2, ..., D) velocities a frame at the inner keys, of the steps (T-1, ..., D) between keys."""
    length = np.linalg.norm(steps, axis=-1, keepdims=True)
    mean = (steps[:-1] + steps[1:]) / 2.0
    limit = 3.0 * np.minimum(length[:-1], length[1:])
    return mean * np.minimum(1.0, limit / np.maximum(np.linalg.norm(mean, axis=-1, keepdims=True), 1e-12))
