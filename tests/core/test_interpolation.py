"""Curves through keys: exact at them, of continuous velocity, the same whichever way the world is turned."""

import numpy as np
import pytest
from hypothesis import given, settings
from poses import random_rotations, seeds

from reprise_core import quaternion as quat
from reprise_core.interpolation import interpolate_rotations, interpolate_vectors


def angle_between(a, b):
    return np.linalg.norm(quat.to_rotation_vector(quat.multiply(quat.conjugate(a), b)), axis=-1)


def rotation_keys(seed, keys=8, size=1.0):
    """Keys whose steps are up to `size` radians."""
    rng = np.random.default_rng(seed)
    steps = quat.from_rotation_vector(rng.uniform(-1, 1, (keys, 3)) * size / np.sqrt(3))
    result = [random_rotations(rng)]
    for step in steps[1:]:
        result.append(quat.multiply(result[-1], step))
    return np.array(result)


@given(seeds)
def test_both_go_through_every_key(seed):
    vectors = np.random.default_rng(seed).normal(size=(8, 3))
    keys = np.arange(1.0, 7.0)
    np.testing.assert_allclose(interpolate_vectors(vectors, keys), vectors[1:7], atol=1e-12)
    rotations = rotation_keys(seed)
    np.testing.assert_allclose(angle_between(interpolate_rotations(rotations, keys), rotations[1:7]), 0.0, atol=1e-7)


@given(seeds)
def test_velocity_is_continuous_at_the_keys(seed):
    near = 1e-4
    keys = np.arange(2.0, 6.0)
    vectors = np.random.default_rng(seed).normal(size=(8, 3))
    at = interpolate_vectors(vectors, keys)
    left = (at - interpolate_vectors(vectors, keys - near)) / near
    right = (interpolate_vectors(vectors, keys + near) - at) / near
    np.testing.assert_allclose(left, right, atol=0.01)
    rotations = rotation_keys(seed)
    before, at, after = (interpolate_rotations(rotations, keys + away) for away in (-near, 0.0, near))
    left = quat.to_rotation_vector(quat.multiply(quat.conjugate(before), at)) / near
    right = quat.to_rotation_vector(quat.multiply(quat.conjugate(at), after)) / near
    np.testing.assert_allclose(left, right, atol=0.01)


@given(seeds)
@settings(deadline=None)
def test_a_turn_of_the_world_before_or_after_changes_nothing(seed):
    rng = np.random.default_rng(seed)
    turn, rotations, vectors = random_rotations(rng), rotation_keys(seed), rng.normal(size=(8, 3))
    times = rng.uniform(1.0, 6.0, 20)
    found = interpolate_vectors(quat.rotate(turn, vectors), times)
    np.testing.assert_allclose(found, quat.rotate(turn, interpolate_vectors(vectors, times)), atol=1e-9)
    there = interpolate_rotations(rotations, times)
    for found, wanted in (
        (interpolate_rotations(quat.multiply(turn, rotations), times), quat.multiply(turn, there)),
        (interpolate_rotations(quat.multiply(rotations, turn), times), quat.multiply(there, turn)),
    ):
        np.testing.assert_allclose(angle_between(found, wanted), 0.0, atol=1e-7)


def test_an_even_turn_about_one_axis_stays_even():
    rotations = quat.from_axis_angle(np.array([0.0, 0.6, 0.8]), np.arange(6.0) * 0.5)
    times = np.linspace(1.0, 4.0, 31)
    wanted = quat.from_axis_angle(np.array([0.0, 0.6, 0.8]), times * 0.5)
    np.testing.assert_allclose(angle_between(interpolate_rotations(rotations, times), wanted), 0.0, atol=1e-7)


def test_signs_of_quaternions_do_not_matter():
    rotations = rotation_keys(3)
    times = np.linspace(1.0, 6.0, 41)
    flipped = rotations * np.where(np.arange(8) % 3 == 0, -1.0, 1.0)[:, None]
    same = angle_between(interpolate_rotations(rotations, times), interpolate_rotations(flipped, times))
    np.testing.assert_allclose(same, 0.0, atol=1e-7)


@pytest.mark.parametrize("rests", [slice(0, 5), slice(5, 10)])
def test_what_stands_still_up_to_a_key_or_after_it_is_not_disturbed(rests):
    values = np.where(np.arange(10) < 5, 0.0, np.arange(10) - 4.0)[:, None] * np.array([1.0, 2.0, 0.0])
    values = values if rests.start == 0 else values[::-1]
    times = np.linspace(1.0, 3.9, 30) if rests.start == 0 else np.linspace(5.1, 8.0, 30)
    assert np.ptp(interpolate_vectors(values, times), axis=0).max() == 0.0
    rotations = quat.from_rotation_vector(0.1 * values)
    still = interpolate_rotations(rotations, times)
    assert angle_between(still, still[:1]).max() < 1e-7


@given(seeds)
def test_a_hinge_never_swings_past_its_furthest_key_when_it_goes_one_way(seed):
    """Fritsch & Carlson's theorem: keys that only rise give a curve that only rises."""
    angles = np.cumsum(np.random.default_rng(seed).exponential(0.1, 9)) * 0.8
    turns = quat.from_axis_angle(np.array([1.0, 0.0, 0.0]), angles)
    found = interpolate_rotations(turns, np.linspace(1.0, 7.0, 400))
    assert np.diff(2.0 * np.arctan2(found[:, 1], found[:, 0])).min() > -1e-9


def test_it_follows_a_smooth_motion_better_than_slerp_would():
    """Against slerp (Shoemake, 1985): third order where slerp is second, on turns about a moving axis."""

    def truth(time):
        angles = np.stack((np.sin(time), np.cos(1.3 * time), np.sin(0.7 * time)), axis=-1)
        return quat.from_rotation_vector(angles)

    keys, times = truth(np.arange(30) * 0.3), np.linspace(1.0, 28.0, 500)
    before = np.minimum(times.astype(int), 28)
    step = quat.to_rotation_vector(quat.multiply(quat.conjugate(keys[before]), keys[before + 1]))
    slerp = quat.multiply(keys[before], quat.from_rotation_vector((times - before)[:, None] * step))
    wanted = truth(times * 0.3)
    ours = angle_between(interpolate_rotations(keys, times), wanted)
    assert ours.max() < 0.35 * angle_between(slerp, wanted).max()
