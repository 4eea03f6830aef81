"""The smoother must minimise what it says it minimises."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from poses import march, random_rotations, seeds

from reprise_core import quaternion as quat
from reprise_core.smoothing import noise_level, remove_jitter, smooth_series, solve_banded


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


@given(seeds, st.integers(1, 3), st.integers(1, 20), st.integers(1, 3))
def test_banded_systems_are_solved_together_as_each_alone(seed, bands, frames, systems):
    rng = np.random.default_rng(seed)
    given_bands, right = rng.normal(size=(bands + 1, frames, systems)), rng.normal(size=(frames, systems, 2))
    given_bands[0] = np.abs(given_bands[0]) + 10.0  # diagonally dominant
    solved = solve_banded(given_bands, right)
    for system in range(systems):
        matrix = np.diag(given_bands[0, :, system])
        for band in range(1, min(bands, frames - 1) + 1):
            side = np.diag(given_bands[band, : frames - band, system], -band)
            matrix += side + side.T
        np.testing.assert_allclose(matrix @ solved[:, system], right[:, system], atol=1e-9)


def kick(frames=120, fps=20.0):
    """A foot (T, 1, 3) that stands, kicks for 0.4 s and stands again, at 5 m/s at most."""
    phase = np.clip((np.arange(frames) / fps - 2.8) / 0.4, 0.0, 1.0)
    way = phase - np.sin(2.0 * np.pi * phase) / (2.0 * np.pi)
    return np.stack((0.0 * way, 0.2 * way, way), axis=-1)[:, None]


def peak_speed(positions, fps=20.0):
    return fps * np.linalg.norm(np.diff(positions, axis=0), axis=-1).max()


def jerk(positions):
    return np.linalg.norm(np.diff(positions, n=3, axis=0), axis=-1).mean()


@pytest.mark.parametrize("noise", [0.002, 0.005, 0.01])
def test_trembling_goes_and_the_kick_stays_as_fast(noise):
    truth = kick()
    peaks = []
    for seed in range(10):
        trembling = truth + noise * np.random.default_rng(seed).normal(size=truth.shape)
        smooth = remove_jitter(trembling, 20.0)
        assert np.sqrt(np.mean((smooth - truth) ** 2)) < 0.8 * noise
        assert jerk(smooth) - jerk(truth) < 0.4 * (jerk(trembling) - jerk(truth))
        peaks.append(peak_speed(smooth) / peak_speed(truth))
    assert np.mean(peaks) == pytest.approx(1.0, abs=0.05)


def test_what_does_not_tremble_is_left_as_it_is():
    assert np.abs(remove_jitter(kick(), 20.0) - kick()).max() < 1e-6
    time = np.arange(60)[:, None, None] / 20.0
    parabola = np.concatenate((time, 3.0 * time - 4.9 * time**2, 0.0 * time), axis=-1)
    np.testing.assert_allclose(remove_jitter(parabola, 20.0), parabola, atol=1e-8)
    assert np.linalg.norm(remove_jitter(march(80), 20.0) - march(80), axis=-1).max() < 0.01


@given(seeds)
@settings(deadline=None, max_examples=15)
def test_smoothing_does_not_know_where_the_figure_is_or_faces(seed):
    rng = np.random.default_rng(seed)
    positions = march(40) + 0.005 * rng.normal(size=(40, 22, 3))
    turn, place = random_rotations(rng), rng.normal(size=3)
    there = remove_jitter(quat.rotate(turn, positions) + place, 20.0)
    np.testing.assert_allclose(there, quat.rotate(turn, remove_jitter(positions, 20.0)) + place, atol=1e-7)


def test_the_noise_is_estimated_joint_by_joint_whatever_the_motion():
    deviations = np.linspace(0.001, 0.02, 22)
    noise = deviations[:, None] * np.random.default_rng(0).normal(size=(400, 22, 3))
    np.testing.assert_allclose(noise_level(march(400) + noise), deviations, rtol=0.2, atol=5e-4)


@pytest.mark.parametrize("frames", range(1, 10))
def test_clips_of_any_length_come_back_whole(frames):
    smooth = remove_jitter(march(frames), 20.0)
    assert smooth.shape == (frames, 22, 3)
    assert np.isfinite(smooth).all()
