"""Identities of unit quaternions, against rotation matrices."""

import numpy as np
from hypothesis import given
from poses import random_rotations, seeds

from reprise_core import quaternion as quat


@given(seeds)
def test_product_of_quaternions_is_product_of_matrices(seed):
    a, b = random_rotations(np.random.default_rng(seed), 2, 5)
    np.testing.assert_allclose(
        quat.to_matrix(quat.multiply(a, b)), quat.to_matrix(a) @ quat.to_matrix(b), atol=1e-12
    )  # fmt: skip


@given(seeds)
def test_conjugate_undoes_and_rotation_keeps_lengths(seed):
    rng = np.random.default_rng(seed)
    q, v = random_rotations(rng, 5), rng.normal(size=(5, 3))
    np.testing.assert_allclose(quat.rotate(quat.conjugate(q), quat.rotate(q, v)), v, atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(quat.rotate(q, v), axis=-1), np.linalg.norm(v, axis=-1))


@given(seeds)
def test_matrix_round_trip_gives_the_same_turn(seed):
    q = random_rotations(np.random.default_rng(seed), 5)
    back = quat.from_matrix(quat.to_matrix(q))
    np.testing.assert_allclose(np.abs(np.sum(q * back, axis=-1)), 1.0, atol=1e-12)


@given(seeds)
def test_shortest_arc_turns_one_vector_onto_the_other_and_has_no_twist(seed):
    source, target = quat.normalize(np.random.default_rng(seed).normal(size=(2, 5, 3)))
    arc = quat.between(source, target)
    np.testing.assert_allclose(quat.rotate(arc, source), target, atol=1e-9)
    np.testing.assert_allclose(np.sum(arc[:, 1:] * source, axis=-1), 0.0, atol=1e-9)


def test_shortest_arc_between_opposite_vectors_is_some_half_turn():
    axes = np.concatenate((np.eye(3), -np.eye(3)))
    arc = quat.between(axes, -axes)
    assert np.isfinite(arc).all()
    np.testing.assert_allclose(quat.rotate(arc, axes), -axes, atol=1e-9)


@given(seeds)
def test_continuous_signs_change_no_turn_and_never_jump(seed):
    q = random_rotations(np.random.default_rng(seed), 30, 2)
    smooth = quat.make_continuous(q)
    np.testing.assert_array_equal(np.abs(smooth), np.abs(q))
    assert np.all(np.sum(smooth[1:] * smooth[:-1], axis=-1) >= 0.0)


@given(seeds)
def test_a_rotation_is_a_turn_about_an_axis_and_then_a_swing_square_to_it(seed):
    random = np.random.default_rng(seed)
    axis, angle = quat.normalize(random.normal(size=3)), random.uniform(-3.0, 3.0, 5)
    square = quat.normalize(np.cross(axis, random.normal(size=(5, 3))))
    twist, swing = quat.from_axis_angle(axis, angle), quat.from_axis_angle(square, random.uniform(-3.0, 3.0, 5))
    found = quat.twist_about(quat.multiply(swing, twist), axis)
    np.testing.assert_allclose(np.abs(np.sum(found * twist, axis=-1)), 1.0, atol=1e-12)
    opposite = quat.from_axis_angle(square, np.full(5, np.pi))
    np.testing.assert_array_equal(quat.twist_about(quat.multiply(opposite, twist), axis)[:, 1:], 0.0)
