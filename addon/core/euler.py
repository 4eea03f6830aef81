"""Rotations as three angles about the axes, or as an axis and an angle, whose curves do not jump."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from . import quaternion as quat

Array = quat.Array


def euler_angles(rotations: ArrayLike, axes: str) -> Array:
    """Angles (T, ..., 3) in radians with R = R1(first) R2(second) R3(third) about the `axes`, such as "ZXY".

    `rotations` are unit quaternions wxyz (T, ..., 4). Of the two triples that give a rotation, and of their full turns,
    each frame takes what is nearest to the frame before, so that curves through the angles do not jump.
    """
    m = quat.to_matrix(np.asarray(rotations, dtype=np.float64))
    i, j, k = ("XYZ".index(axis) for axis in axes)
    sign = 1.0 if (j - i) % 3 == 1 else -1.0
    locked = np.hypot(m[..., j, k], m[..., k, k]) < 1e-7  # first and third axes coincide: the third angle is free
    first = np.where(
        locked, np.arctan2(sign * m[..., k, j], m[..., j, j]), np.arctan2(-sign * m[..., j, k], m[..., k, k])
    )
    second = np.arcsin(np.clip(sign * m[..., i, k], -1.0, 1.0))
    third = np.where(locked, 0.0, np.arctan2(-sign * m[..., i, j], m[..., i, i]))
    angles = np.stack((first, second, third), axis=-1)
    for frame in range(1, len(angles)):
        before, one = angles[frame - 1], angles[frame]
        other = one * [1.0, -1.0, 1.0] + np.pi
        one, other = (before + _wrapped(each - before) for each in (one, other))
        nearer = np.abs(other - before).sum(axis=-1) < np.abs(one - before).sum(axis=-1)
        angles[frame] = np.where(nearer[..., None], other, one)
    return angles


def axis_angles(rotations: ArrayLike) -> Array:
    """Angle and unit axis (T, ..., 4: radians, x, y, z) of unit quaternions wxyz (T, ..., 4).

    The axis keeps its direction from frame to frame as far as it can, and the angle runs on through zero and beyond a
    full turn; where nothing turns the axis stays what it was.
    """
    quaternions = np.asarray(quat.make_continuous(np.asarray(rotations, dtype=np.float64)))
    sine = np.linalg.norm(quaternions[..., 1:], axis=-1)
    turned = sine > 1e-9
    result = np.empty_like(quaternions)
    result[..., 0] = 2.0 * np.arctan2(sine, quaternions[..., 0])
    result[..., 1:] = quaternions[..., 1:] / np.where(turned, sine, 1.0)[..., None]
    axis = np.broadcast_to([0.0, 1.0, 0.0], (*result.shape[1:-1], 3))
    angle = np.zeros(result.shape[1:-1])
    for frame in range(len(result)):
        now = result[frame]
        now[..., 1:] = np.where(turned[frame][..., None], now[..., 1:], axis)
        flip = np.sum(now[..., 1:] * axis, axis=-1) < 0.0
        now[flip] *= -1.0
        now[..., 0] = angle + _wrapped(now[..., 0] - angle)
        angle, axis = now[..., 0], now[..., 1:]
    return result


def _wrapped(angles: Array) -> Array:
    """Angles in [-pi, pi)."""
    return (angles + np.pi) % (2.0 * np.pi) - np.pi
