"""Unit quaternions `wxyz` and rotation matrices, vectorised over leading axes."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.floating]


def normalize(vectors: ArrayLike, epsilon: float = 1e-12) -> Array:
    """Scales the last axis to length 1; vectors shorter than `epsilon` stay (almost) zero."""
    vectors = np.asarray(vectors)
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), epsilon)


def multiply(left: ArrayLike, right: ArrayLike) -> Array:
    """Hamilton product (..., 4): first `right`, then `left`."""
    w1, x1, y1, z1 = np.moveaxis(np.asarray(left), -1, 0)
    w2, x2, y2, z2 = np.moveaxis(np.asarray(right), -1, 0)
    return np.stack(
        (
            w1 * w2 - x1 * x2 - y1 * y2 - z1 * z2,
            w1 * x2 + x1 * w2 + y1 * z2 - z1 * y2,
            w1 * y2 - x1 * z2 + y1 * w2 + z1 * x2,
            w1 * z2 + x1 * y2 - y1 * x2 + z1 * w2,
        ),
        axis=-1,
    )


def conjugate(quaternion: ArrayLike) -> Array:
    """The inverse of unit quaternions (..., 4)."""
    return np.asarray(quaternion) * np.array([1.0, -1.0, -1.0, -1.0], dtype=np.asarray(quaternion).dtype)


def rotate(quaternion: ArrayLike, vectors: ArrayLike) -> Array:
    """Rotates vectors (..., 3) by unit quaternions (..., 4); leading axes broadcast."""
    quaternion, vectors = np.asarray(quaternion), np.asarray(vectors)
    axis = quaternion[..., 1:]
    twice = 2.0 * np.cross(axis, vectors)
    return vectors + quaternion[..., :1] * twice + np.cross(axis, twice)


def between(source: ArrayLike, target: ArrayLike) -> Array:
    """The shortest arc (..., 4) that turns unit vectors `source` onto `target`.

    For opposite vectors, where the axis is free, any perpendicular axis is taken; never NaN.
    """
    source, target = np.broadcast_arrays(np.asarray(source, dtype=float), np.asarray(target, dtype=float))
    real = 1.0 + np.sum(source * target, axis=-1, keepdims=True)
    imaginary = np.cross(source, target)
    opposite = real[..., 0] < 1e-9
    if np.any(opposite):
        helper = np.where(np.abs(source[..., :1]) < 0.9, np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0]))
        imaginary = np.where(opposite[..., None], np.cross(source, helper), imaginary)
        real = np.where(opposite[..., None], 0.0, real)
    return normalize(np.concatenate((real, imaginary), axis=-1))


def from_axis_angle(axis: ArrayLike, angle: ArrayLike) -> Array:
    """Rotation by `angle` radians (...) about unit `axis` (..., 3)."""
    half = np.asarray(angle)[..., None] / 2.0
    return np.concatenate((np.cos(half), np.asarray(axis) * np.sin(half)), axis=-1)


def from_rotation_vector(vectors: ArrayLike) -> Array:
    """Rotations (..., 4) about the direction of `vectors` (..., 3) by their length in radians (axis-angle)."""
    vectors = np.asarray(vectors)
    half = np.linalg.norm(vectors, axis=-1, keepdims=True) / 2.0
    return np.concatenate((np.cos(half), vectors * (0.5 * np.sinc(half / np.pi))), axis=-1)


def to_rotation_vector(quaternion: ArrayLike) -> Array:
    """The inverse of `from_rotation_vector` for unit quaternions (..., 4): lengths of at most pi, exact near none."""
    quaternion = np.asarray(quaternion)
    imaginary = np.where(quaternion[..., :1] < 0.0, -1.0, 1.0) * quaternion[..., 1:]
    sine = np.linalg.norm(imaginary, axis=-1, keepdims=True)
    angle = 2.0 * np.arctan2(sine, np.abs(quaternion[..., :1]))
    return imaginary * np.where(sine > 1e-12, angle / np.maximum(sine, 1e-12), 2.0)


def twist_about(quaternion: ArrayLike, axis: ArrayLike) -> Array:
    """The turn about unit `axis` (..., 3) after which a swing square to it makes up the rotation `quaternion` (..., 4).

    No turn where the swing is to the opposite, which leaves it free. Dobrowolski, "Swing-twist decomposition in
    Clifford algebra" (2015).
    """
    quaternion, axis = np.asarray(quaternion), np.asarray(axis)
    along = np.sum(quaternion[..., 1:] * axis, axis=-1, keepdims=True) * axis
    twist = np.concatenate((quaternion[..., :1], along), axis=-1)
    seen = np.linalg.norm(twist, axis=-1, keepdims=True) > 1e-9
    return normalize(np.where(seen, twist, np.array([1.0, 0.0, 0.0, 0.0])))


def to_matrix(quaternion: ArrayLike) -> Array:
    """Rotation matrices (..., 3, 3); columns are the images of the axes."""
    quaternion = np.asarray(quaternion)
    columns = [rotate(quaternion, np.broadcast_to(axis, (*quaternion.shape[:-1], 3))) for axis in np.eye(3)]
    return np.stack(columns, axis=-1)


def from_matrix(matrix: ArrayLike) -> Array:
    """Unit quaternions (..., 4) with w >= 0 of rotation matrices (..., 3, 3)."""
    m = np.asarray(matrix)
    diagonal = np.stack((m[..., 0, 0], m[..., 1, 1], m[..., 2, 2]), axis=-1)
    trace = diagonal.sum(-1)
    # 4 q q^T, row by row; the row with the largest diagonal is the best conditioned.
    rows = np.empty((*m.shape[:-2], 4, 4), dtype=m.dtype)
    rows[..., 0, 0] = 1.0 + trace
    rows[..., 0, 1] = rows[..., 1, 0] = m[..., 2, 1] - m[..., 1, 2]
    rows[..., 0, 2] = rows[..., 2, 0] = m[..., 0, 2] - m[..., 2, 0]
    rows[..., 0, 3] = rows[..., 3, 0] = m[..., 1, 0] - m[..., 0, 1]
    for i in range(3):
        rows[..., i + 1, i + 1] = 1.0 + 2.0 * diagonal[..., i] - trace
        for j in range(i):
            rows[..., i + 1, j + 1] = rows[..., j + 1, i + 1] = m[..., i, j] + m[..., j, i]
    best = np.argmax(np.stack([rows[..., i, i] for i in range(4)], axis=-1), axis=-1)
    quaternion = normalize(np.take_along_axis(rows, best[..., None, None], axis=-2)[..., 0, :])
    return np.where(quaternion[..., :1] < 0.0, -quaternion, quaternion)


def make_continuous(quaternions: ArrayLike) -> Array:
    """Flips signs along the first axis (T, ..., 4) so that neighbours lie on the same half of the sphere."""
    quaternions = np.asarray(quaternions)
    dots = np.sum(quaternions[1:] * quaternions[:-1], axis=-1)
    signs = np.concatenate((np.ones((1, *dots.shape[1:])), np.cumprod(np.where(dots < 0.0, -1.0, 1.0), axis=0)))
    return (quaternions * signs[..., None]).astype(quaternions.dtype)
