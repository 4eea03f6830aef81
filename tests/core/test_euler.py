"""Angles give the rotation back in every order, also where two axes coincide, and their curves do not jump."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.data.skeleton_animation import euler_to_quaternion
from reprise_core.euler import axis_angles, euler_angles
from reprise_core.quaternion import from_axis_angle, multiply, normalize

ORDERS = ["".join(order) for order in permutations("XYZ")]


@settings(max_examples=50, deadline=None)
@given(
    st.sampled_from(ORDERS),
    st.lists(st.floats(-180, 180), min_size=4, max_size=4),
    st.sampled_from([-90.0, 90.0, None]),
)
def test_euler_angles_give_the_rotation_back_also_where_two_axes_coincide(order, angles, locked):
    first, second, third, more = angles
    given_angles = np.array([[first, second if locked is None else locked, third], [more, second, first]])
    rotations = euler_to_quaternion(given_angles, order)
    found = euler_to_quaternion(np.degrees(euler_angles(rotations, order)), order)
    np.testing.assert_allclose(np.abs(np.sum(rotations * found, axis=-1)), 1.0, atol=1e-9)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_steady_turn_has_steady_angles_through_several_revolutions(axis, order):
    turn = from_axis_angle(np.eye(3)[axis], np.linspace(0.0, 6.0 * np.pi, 300))
    angles = np.degrees(euler_angles(turn[:, None], order)[:, 0])
    assert np.abs(np.diff(angles, axis=0)).max() < 4.0
    assert np.abs(angles[-1]).max() == pytest.approx(3 * 360.0, abs=1e-6)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000))
def test_axis_and_angle_give_the_rotation_back(seed):
    random = np.random.default_rng(seed)
    rotations = normalize(random.normal(size=(5, 3, 4)))
    rotations[2, 1] = [-1.0, 0.0, 0.0, 0.0]
    found = axis_angles(rotations)
    np.testing.assert_allclose(np.linalg.norm(found[..., 1:], axis=-1), 1.0, atol=1e-9)
    again = from_axis_angle(found[..., 1:], found[..., 0])
    np.testing.assert_allclose(np.abs(np.sum(rotations * again, axis=-1)), 1.0, atol=1e-9)


def test_a_swing_through_rest_keeps_its_axis():
    axis = normalize(np.array([0.3, -0.8, 0.2]))
    angles = np.sin(np.linspace(0.0, 12.0, 200))
    found = axis_angles(from_axis_angle(axis, angles))
    assert np.abs(found[1:, 1:] - found[1, 1:]).max() < 1e-6
    assert np.abs(np.abs(found[:, 0]) - np.abs(angles)).max() < 1e-9
    spin = axis_angles(multiply(from_axis_angle(axis, np.linspace(0.0, 20.0, 400)), [1.0, 0.0, 0.0, 0.0]))
    assert np.abs(np.diff(spin[:, 0])).max() < 0.06
