"""Time series that follow a target where it counts, stand still where told to, and stay smooth in between."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

_USUAL_JERK = 48.0  # m/s^3 a coordinate: what joints of recorded people rarely exceed except in kicks and landings
_ROUNDS = 3  # of reweighting; more change nothing that shows
_LARGEST_PENALTY = 1e6  # where joints do not move at all, the system stays well conditioned
_SHORTEST = 8  # frames: fewer do not tell noise from motion


def remove_jitter(positions: ArrayLike, fps: float) -> Array:
    """Joint positions (T, J, 3) in metres without the trembling of a sampler, kicks and landings as sharp as given.

    Each joint's noise s is estimated from its own fourth differences (their median, which a few fast frames do not
    move), so that what does not tremble is left (almost) alone. Then each joint x minimises

        sum_t |x_t - y_t|^2 / s^2  +  sum_t log(1 + |third difference of x at t|^2 / (3 tau^2)),

    tau being `_USUAL_JERK` in metres a frame^3: Whittaker's smoother (Eilers, "A perfect smoother", 2003) with a
    heavy-tailed (Cauchy) penalty, solved by iteratively reweighted least squares (Holland & Welsch, 1977). Quiet
    stretches are smoothed strongly; a burst of jerk that stands out of the noise is taken for motion and kept. Clips
    shorter than 8 frames come back as they are.
    """
    given = np.asarray(positions, dtype=np.float64)
    if len(given) < _SHORTEST:
        return given.copy()
    usual = _USUAL_JERK / fps**3
    strength = (noise_level(given) / usual) ** 2
    weights = np.ones((len(given) - 3, given.shape[1]))
    smooth = given
    for _ in range(_ROUNDS + 1):
        penalty = np.minimum(strength * weights, _LARGEST_PENALTY)
        smooth = _penalised(given, penalty)
        jerk = np.mean(np.diff(smooth, n=3, axis=0) ** 2, axis=-1)
        weights = 1.0 / (1.0 + jerk / usual**2)
    return smooth


def noise_level(positions: ArrayLike) -> Array:
    """Standard deviation (J,) in metres, a coordinate, of white noise on positions (T >= 5, J, 3).

    From the median length of fourth differences: white noise of deviation s gives them the deviation sqrt(70) s, and
    the median length of a 3-D Gaussian is 1.538 deviations. Smooth motion hardly shows in them.
    """
    fourth = np.diff(np.asarray(positions, dtype=np.float64), n=4, axis=0)
    return np.median(np.linalg.norm(fourth, axis=-1), axis=0) / (1.538 * np.sqrt(70.0))


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
    return solve_banded(bands[:, :, None], right[:, None])[:, 0]


def _penalised(target: Array, penalty: Array) -> Array:
    """The x (T, J, D) that minimises |x - target|^2 + penalty (T-3, J) |third difference of x|^2."""
    frames, joints, _ = target.shape
    bands = np.zeros((4, frames, joints))
    bands[0] = 1.0
    difference = (-1.0, 3.0, -3.0, 1.0)
    for row, left in enumerate(difference):
        for below in range(4 - row):
            bands[below, row : frames - 3 + row] += left * difference[row + below] * penalty
    return solve_banded(bands, target)


def solve_banded(bands: Array, right: Array) -> Array:
    """Solves J symmetric positive definite systems of B side diagonals for x (T, J, D) in time linear in T.

    `bands` (B+1, T, J): `bands[b, t]` stands in row t + b and column t (what lies outside does not count); `right`
    (T, J, D). B frames make a block, so that the system is block tridiagonal: block elimination (Golub & Van Loan,
    section 4.5), all J systems at once.
    """
    size, (frames, joints, width) = len(bands) - 1, right.shape
    blocks = -(-frames // size)
    rows = blocks * size
    diagonal, below = np.zeros((2, blocks, joints, size, size))
    for offset in range(size + 1):
        values = np.zeros((rows, joints))
        inside = max(frames - offset, 0)
        values[:inside] = bands[offset, :inside]
        if offset == 0:
            values[frames:] = 1.0  # the last block is filled up with equations of its own
        for column in range(size):
            row = column + offset
            chosen = values[column::size]
            if row < size:
                diagonal[:, :, row, column] = diagonal[:, :, column, row] = chosen
            else:
                below[:, :, row - size, column] = chosen
    x = np.zeros((rows, joints, width))
    x[:frames] = right
    x = np.ascontiguousarray(x.reshape(blocks, size, joints, width).swapaxes(1, 2))
    carried = np.zeros_like(below)  # inverse of the pivot block times the block above the diagonal
    for k in range(blocks):
        if k:
            diagonal[k] -= below[k - 1] @ carried[k - 1]
            x[k] -= below[k - 1] @ x[k - 1]
        solved = np.linalg.solve(diagonal[k], np.concatenate((below[k].swapaxes(-1, -2), x[k]), axis=-1))
        carried[k], x[k] = solved[..., :size], solved[..., size:]
    for k in range(blocks - 2, -1, -1):
        x[k] -= carried[k] @ x[k + 1]
    return x.swapaxes(1, 2).reshape(rows, joints, width)[:frames]
