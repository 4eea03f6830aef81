"""Time series that follow a target where it counts, stand still where told to, and stay smooth in between."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def smooth_series(target: ArrayLike, follow: ArrayLike, hold: ArrayLike, curvature: float = 0.0) -> Array:
    """The series x (T, D) that minimises, with L2 norms summed over time,

        follow_t |x_t - target_t|^2  +  hold_t |x_{t+1} - x_t|^2  +  curvature |second difference of (x - target)|^2

    `target` (T, D); `follow` (T,) > 0; `hold` (T-1,) >= 0. A large hold keeps neighbours together, a small follow lets
    gaps be bridged, curvature blends a correction in and out over about `curvature ** 0.25` frames. Linear in T
    (weighted Whittaker smoothing: Eilers, "A perfect smoother", 2003).
    """
    goal, weight, tie = (np.asarray(value, dtype=np.float64) for value in (target, follow, hold))
    frames = len(goal)
    right = weight[:, None] * goal
    bands = np.zeros((3, frames))  # main diagonal, first and second one below it
    bands[0] = weight
    bands[0, :-1] += tie
    bands[0, 1:] += tie
    bands[1, :-1] = -tie
    if curvature > 0.0 and frames > 2:
        bend = curvature * np.diff(goal, n=2, axis=0)
        for shift, factor in ((0, 1.0), (1, -2.0), (2, 1.0)):
            bands[0, shift : frames - 2 + shift] += curvature * factor**2
            right[shift : frames - 2 + shift] += factor * bend
        bands[1, : frames - 2] -= 2.0 * curvature
        bands[1, 1 : frames - 1] -= 2.0 * curvature
        bands[2, : frames - 2] += curvature
    return _solve(bands, right)


def _solve(bands: Array, right: Array) -> Array:
    """Solves a symmetric positive definite system of two side diagonals by LDL^T (Golub & Van Loan, section 4.3)."""
    frames = len(right)
    pivot, first, second = (band.tolist() for band in bands)  # plain floats: the recursion is scalar
    for t in range(frames):
        if t + 1 < frames:
            below = first[t]
            first[t] = below / pivot[t]
            pivot[t + 1] -= first[t] * below
        if t + 2 < frames:
            below = second[t]
            second[t] = below / pivot[t]
            first[t + 1] -= second[t] * first[t] * pivot[t]
            pivot[t + 2] -= second[t] * below
    x = right.copy()
    for t in range(frames):
        if t + 1 < frames:
            x[t + 1] -= first[t] * x[t]
        if t + 2 < frames:
            x[t + 2] -= second[t] * x[t]
    x /= np.array(pivot)[:, None]
    for t in range(frames - 2, -1, -1):
        x[t] -= first[t] * x[t + 1]
        if t + 2 < frames:
            x[t] -= second[t] * x[t + 2]
    return x
