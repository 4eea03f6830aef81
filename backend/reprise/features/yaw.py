"""Headings: turns about +Y, written as one angle, for NumPy and torch alike."""

from __future__ import annotations

import math

from array_api_compat import array_namespace

from .arrays import Array


def turn(vectors: Array, angle: Array) -> Array:
    """Vectors (..., 3) turned about +Y by `angle` (...) radians, which takes +Z towards +X; shapes broadcast."""
    xp = array_namespace(vectors, angle)
    cos, sin = xp.cos(angle), xp.sin(angle)
    x, y, z = vectors[..., 0], vectors[..., 1], vectors[..., 2]
    return xp.stack((x * cos + z * sin, y, z * cos - x * sin), axis=-1)


def angle_to_forward(directions: Array) -> Array:
    """Directions x, z (..., 2) -> the turns (...) in [-pi, pi] that take them onto +Z; 0 for no direction."""
    xp = array_namespace(directions)
    return xp.atan2(-directions[..., 0], directions[..., 1])


def horizontal_forward(joints: Array, across: tuple[int, int, int, int]) -> Array:
    """x and z (..., 2) of up x a, where a is the unit vector along (j0 - j1) + (j2 - j3) of joints (..., J, 3).

    With `across` = right hip, left hip, right shoulder, left shoulder this is where a figure faces; shorter than 1
    where it leans sideways, zero where the joints fall together.
    """
    xp = array_namespace(joints)
    j0, j1, j2, j3 = (joints[..., joint, :] for joint in across)
    along = j0 - j1 + j2 - j3
    length = xp.linalg.vector_norm(along, axis=-1)
    length = xp.where(length > 1e-12, length, xp.ones_like(length))
    return xp.stack((along[..., 2] / length, -along[..., 0] / length), axis=-1)


def smooth(values: Array, sigma: float) -> Array:
    """(..., T, C) under a Gaussian over time, standard deviation `sigma` frames, cut at four; the ends are held.

    The taps are added one by one: as fast as a library's filter on a long clip, and it works on tensors and batches.
    """
    xp = array_namespace(values)
    radius, frames = int(4.0 * sigma + 0.5), values.shape[-2]
    weights = [math.exp(-0.5 * (tap / sigma) ** 2) for tap in range(radius + 1)]
    total = weights[0] + 2.0 * sum(weights[1:])
    ends = (*values.shape[:-2], radius, values.shape[-1])
    padded = xp.concat(
        (xp.broadcast_to(values[..., :1, :], ends), values, xp.broadcast_to(values[..., -1:, :], ends)), axis=-2
    )
    result = values * (weights[0] / total)
    for tap in range(1, radius + 1):
        before = padded[..., radius - tap : radius - tap + frames, :]
        after = padded[..., radius + tap : radius + tap + frames, :]
        result = result + (weights[tap] / total) * (before + after)
    return result
