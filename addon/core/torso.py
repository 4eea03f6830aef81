"""Pelvis, chest and spine from joint positions: least squares where neighbours fix a rotation, a shared bend between.

Trembling positions show in the lengths of bones, which do not change in a body. That says how far a bone's direction
can be believed: a spine bone of 6 cm whose ends err by 1 cm points anywhere within 15 degrees.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from . import quaternion as quat
from .skeleton import PARENTS

_SPREAD = np.radians(15.0)  # standard deviation of a torso bone's direction about where its neighbours let it point


def noise_of_bones(joints: quat.Array) -> float:
    """Standard deviation (m, a coordinate) of white noise on joints (T, 22, 3), from how their bones' lengths tremble.

    Second differences leave out what changes slowly; white noise s of both ends gives them the variance 12 s^2. The
    median over frames (0.675 deviations of a Gaussian) and bones passes over single faults. 0 below three frames.
    """
    lengths = np.linalg.norm(joints[:, 1:] - joints[:, list(PARENTS[1:])], axis=-1)
    if len(lengths) < 3:
        return 0.0
    return float(np.median(np.abs(np.diff(lengths, n=2, axis=0)))) / (0.675 * np.sqrt(12.0))


def fit_rotation(rest: ArrayLike, moved: ArrayLike) -> quat.Array:
    """The rotations (T, 4) that bring vectors `rest` (K, 3) nearest to `moved` (T, K, 3) in the least-squares sense.

    Kabsch's method (Kabsch, 1976; Umeyama, 1991, for the reflection). Where the vectors leave the rotation open (all
    along one line), it is some rotation that fits.
    """
    sources, targets = np.asarray(rest, dtype=np.float64), np.asarray(moved, dtype=np.float64)
    left, _, right = np.linalg.svd(np.swapaxes(targets, -1, -2) @ sources)
    left[..., :, 2] *= np.linalg.det(left @ right)[..., None]
    return quat.from_matrix(left @ right)


def fit_cluster(rest: quat.Array, joints: quat.Array) -> tuple[quat.Array, quat.Array]:
    """Rotations (T, 4) and places (T, 3) of a rigid joint from its own and its children's positions (T, 1 + K, 3).

    `rest` (K, 3) are the children's offsets at rest, of which only the directions count: lengths are the observed ones
    (their mean over time). All points count alike, the joint's own too, so that its error does not turn the rest.
    """
    lengths = np.linalg.norm(joints[:, 1:] - joints[:, :1], axis=-1).mean(axis=0)
    shape = np.concatenate((np.zeros((1, 3)), quat.normalize(rest) * lengths[:, None]))
    centre, middle = joints.mean(axis=1), shape.mean(axis=0)
    turn = fit_rotation(shape - middle, joints - centre[:, None])
    return turn, centre - quat.rotate(turn, middle)


def share_bend(lower: quat.Array, upper: quat.Array, share: float) -> quat.Array:
    """Rotations (T, 4) the given share of the way from `lower` to `upper` (T, 4), the short way round."""
    bend = quat.multiply(quat.conjugate(lower), upper)
    bend = np.where(bend[:, :1] < 0.0, -bend, bend)
    angle = 2.0 * np.arctan2(np.linalg.norm(bend[:, 1:], axis=-1), bend[:, 0])
    return quat.multiply(lower, quat.from_axis_angle(quat.normalize(bend[:, 1:]), share * angle))


def believed_direction(bone: quat.Array, expected: quat.Array, noise: float) -> quat.Array:
    """Unit directions (T, 3) of a torso bone seen as `bone` (T, 3; metres), where unit `expected` (T, 3) was likely.

    The mode of the posterior, with von Mises-Fisher densities for both (Mardia & Jupp, 2000, section 10.5): without
    noise what is seen, and the less of it the shorter the bone is for the noise of its ends (m, a coordinate).
    """
    length = np.linalg.norm(bone, axis=-1, keepdims=True)
    # Precision of what is seen is length * mean length / (2 noise^2); both sides are multiplied by the noise's square.
    return quat.normalize(bone / length * (length * length.mean() / 2.0) + expected * (noise / _SPREAD) ** 2)
