"""Thinned curves stay within their error, keep what cannot be left out, and leave out what can."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprise_core import quaternion as quat
from reprise_core.euler import axis_angles, euler_angles
from reprise_core.thinning import (
    axis_angle_error,
    curve_through,
    distance,
    euler_error,
    kept_keys,
    quaternion_error,
    slopes,
)


def wandering(seed, frames=120, channels=5):
    """(T, C, 4) smooth rotations, sign-continuous."""
    random = np.random.default_rng(seed)
    time = np.arange(frames)[:, None, None] / 24
    vector = sum(
        random.normal(size=(1, channels, 3)) * np.sin(time * random.uniform(0.5, 6) + random.uniform(0, 6))
        for _ in range(4)
    )
    return quat.make_continuous(quat.from_rotation_vector(0.4 * vector))


@given(st.integers(0, 10_000), st.sampled_from([0.1, 1.0, 5.0]))
def test_no_frame_is_off_by_more_than_the_error_and_fewer_keys_are_left(seed, degrees):
    rotations = wandering(seed)
    kept = kept_keys(rotations, degrees, quaternion_error)
    fitted = curve_through(rotations, slopes(rotations), kept)
    turn = quat.multiply(quat.conjugate(rotations), quat.normalize(fitted))
    assert np.degrees(2 * np.arccos(np.clip(np.abs(turn[..., 0]), 0, 1))).max() <= degrees + 1e-4
    assert kept[[0, -1]].all()
    assert kept.sum() < 0.6 * kept.size


@pytest.mark.parametrize("tolerances", [(0.05, 0.5), (0.5, 5.0)])
def test_a_larger_error_needs_fewer_keys(tolerances):
    small, large = (kept_keys(wandering(1), degrees, quaternion_error).sum() for degrees in tolerances)
    assert large < small


def test_what_stands_still_or_moves_evenly_needs_its_two_ends():
    time = np.arange(50.0)[:, None, None]
    still, even = np.full((50, 1, 3), 0.7), time * [0.1, -0.2, 0.0]
    kept = kept_keys(np.concatenate((still, even), axis=1), 1e-9, distance)
    assert kept.sum(axis=0).tolist() == [2, 2]


def test_a_jump_of_one_frame_is_kept():
    values = np.zeros((41, 1, 3))
    values[20] = 1.0
    kept = kept_keys(values, 0.01, distance)[:, 0]
    assert kept[20]
    assert kept.sum() < 12


def test_without_an_error_every_frame_that_bends_is_a_key_and_the_curve_is_exact():
    values = np.random.default_rng(0).normal(size=(30, 2, 3))
    kept = kept_keys(values, 0.0, distance)
    assert kept.all()
    assert np.abs(curve_through(values, slopes(values), kept) - values).max() < 1e-12


@pytest.mark.parametrize("frames", [1, 2])
def test_short_motions_keep_all_they_have(frames):
    resting = np.tile([1.0, 0.0, 0.0, 0.0], (frames, 3, 1))
    assert kept_keys(resting, 1.0, quaternion_error).sum(axis=0).tolist() == [frames] * 3


def test_errors_of_angles_bound_those_of_the_rotations():
    first, second = wandering(3), wandering(4)
    really = quaternion_error(first, second)
    for order in ("XYZ", "ZXY"):
        assert (euler_error(euler_angles(first, order), euler_angles(second, order)) >= really - 1e-6).all()
    assert np.abs(axis_angle_error(axis_angles(first), axis_angles(second)) - really).max() < 1e-5
