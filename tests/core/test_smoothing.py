"""The smoother must minimise what it says it minimises."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from poses import seeds

from reprise_core.smoothing import smooth_series


@given(seeds, st.integers(1, 25), st.sampled_from([0.0, 0.7, 40.0]))
def test_solution_equals_the_dense_least_squares_solution(seed, frames, curvature):
    rng = np.random.default_rng(seed)
    target, follow, hold = rng.normal(size=(frames, 2)), rng.uniform(0.1, 2, frames), rng.uniform(0, 9, frames - 1)
    identity = np.eye(frames)
    rows = [np.sqrt(follow)[:, None] * identity, np.sqrt(hold)[:, None] * np.diff(identity, axis=0)]
    goals = [np.sqrt(follow)[:, None] * target, np.zeros((frames - 1, 2))]
    if frames > 2:
        bend = np.sqrt(curvature) * np.diff(identity, n=2, axis=0)
        rows.append(bend)
        goals.append(bend @ target)
    expected = np.linalg.lstsq(np.concatenate(rows), np.concatenate(goals), rcond=None)[0]
    np.testing.assert_allclose(smooth_series(target, follow, hold, curvature), expected, atol=1e-8)


def test_a_strong_hold_makes_neighbours_equal_and_leaves_the_mean():
    target = np.arange(6.0)[:, None]
    held = smooth_series(target, np.ones(6), np.full(5, 1e9))
    assert np.ptp(held) == pytest.approx(0.0, abs=1e-6)
    assert held.mean() == pytest.approx(2.5)
