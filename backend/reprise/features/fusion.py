"""Joints from generated features, whose position and velocity blocks say the same thing twice and disagree.

A network errs by about the same share of each block's deviation, so the velocities are known several times better in
metres, and the positions alone tremble. The joints x that suit both best minimise, in world space,

    sum_t |x_t - p_t|^2 / s_p^2 + sum_t |x_{t+1} - x_t - v_t|^2 / s_v^2,

one tridiagonal system a coordinate. Where the blocks agree, as on recorded motion, x = p exactly: nothing is smoothed
away.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import solveh_banded

from reprise_core import quaternion as quat

from .humanml3d import POSITIONS, VELOCITIES, decode, world_to_local


def decode_generated(features: ArrayLike, std: ArrayLike) -> NDArray[np.float32]:
    """(T, 263) generated features -> (T, 22, 3) joints in metres; `std` (263,) are the model's own deviations.

    A clip that hovers is lowered until its lowest joint is on y = 0, where every HumanML3D clip has it.
    """
    features, std = np.asarray(features, dtype=np.float64), np.asarray(std, dtype=np.float64)
    positions = decode(features).astype(np.float64)
    frames = len(positions)
    if frames == 1:
        return _lowered(positions)
    to_world = quat.conjugate(world_to_local(features))[:, None]
    steps = quat.rotate(to_world, features[:, VELOCITIES].reshape(frames, 22, 3))[:-1]
    weight = (std[POSITIONS].mean() / std[VELOCITIES].mean()) ** 2
    bands = np.zeros((2, frames))
    bands[0, 1:] = -weight
    bands[1] = 1.0 + 2.0 * weight
    bands[1, [0, -1]] = 1.0 + weight
    right = positions.copy()
    right[:-1] -= weight * steps
    right[1:] += weight * steps
    return _lowered(solveh_banded(bands, right.reshape(frames, -1)).reshape(frames, 22, 3))


def _lowered(joints: NDArray[np.float64]) -> NDArray[np.float32]:
    lowest = max(0.0, joints[..., 1].min())
    return (joints - np.array([0.0, lowest, 0.0])).astype(np.float32)
