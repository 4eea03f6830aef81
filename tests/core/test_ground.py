"""Placements on the ground are a group, and move points and rotations alike."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from poses import march, random_rotations, seeds

from reprise_core import ground
from reprise_core import quaternion as quat

numbers = st.floats(-3.0, 3.0)
placements = st.tuples(numbers, numbers, numbers).map(np.array)


@given(placements, placements, seeds)
def test_one_after_the_other_is_their_composition(outer, inner, seed):
    points = np.random.default_rng(seed).normal(size=(5, 3))
    both = ground.compose(outer, inner)
    one_by_one = ground.move_points(outer, ground.move_points(inner, points))
    np.testing.assert_allclose(ground.move_points(both, points), one_by_one, atol=1e-12)


@given(placements)
def test_the_inverse_undoes(placement):
    np.testing.assert_allclose(ground.compose(ground.inverse(placement), placement), 0.0, atol=1e-12)
    np.testing.assert_allclose(ground.compose(placement, ground.inverse(placement)), 0.0, atol=1e-12)


@given(placements, st.floats(0.0, 4.0), st.floats(0.0, 4.0))
def test_powers_add_up_and_count_repetitions(placement, a, b):
    together = ground.compose(ground.power(placement, a), ground.power(placement, b))
    np.testing.assert_allclose(together, ground.power(placement, a + b), atol=1e-6)
    thrice = ground.compose(placement, ground.compose(placement, placement))
    np.testing.assert_allclose(ground.power(placement, 3), thrice, atol=1e-6)


@given(placements, seeds)
def test_rotations_turn_what_points_turn(placement, seed):
    rng = np.random.default_rng(seed)
    rotation, points = random_rotations(rng), rng.normal(size=(4, 3))
    turned = quat.rotate(ground.move_rotations(placement, rotation), points)
    moved = ground.move_points(placement, quat.rotate(rotation, points))
    np.testing.assert_allclose(moved - ground.move_points(placement, np.zeros(3)), turned, atol=1e-9)


@given(placements)
def test_a_moved_figure_faces_as_much_further(placement):
    pose = march(1)[0]
    difference = ground.heading_of(ground.move_points(placement, pose)) - ground.heading_of(pose) - placement[2]
    assert np.exp(1j * difference) == pytest.approx(1.0)


def test_heading_90_degrees_faces_the_left_side():
    np.testing.assert_allclose(ground.move_points((0.0, 0.0, np.pi / 2), [0.0, 1.0, 2.0]), [2.0, 1.0, 0.0], atol=1e-12)
    assert ground.heading_of(np.zeros((3, 22, 3))).tolist() == [0.0, 0.0, 0.0]
