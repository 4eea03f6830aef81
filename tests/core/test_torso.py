"""The fits behind pelvis, chest and spine: exact on what fits, and as wary of trembling bones as they are short."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from poses import SKELETON, positions_of, random_rotations, seeds, smooth_rotations

from reprise.evaluation.rotation_angles import degrees_between
from reprise_core import quaternion as quat
from reprise_core.torso import believed_direction, fit_cluster, fit_rotation, noise_of_bones, share_bend


@given(seeds)
def test_fitted_rotation_is_the_one_that_moved_the_vectors(seed):
    rng = np.random.default_rng(seed)
    turns, rest = random_rotations(rng, 5), rng.normal(size=(3, 3))
    assert degrees_between(fit_rotation(rest, quat.rotate(turns[:, None], rest)), turns).max() < 1e-3


def test_fitted_rotation_never_mirrors():
    mirrored = (np.eye(3) * np.array([-1.0, 1.0, 1.0]))[None]
    assert np.linalg.det(quat.to_matrix(fit_rotation(np.eye(3), mirrored)))[0] == pytest.approx(1.0)


@given(seeds)
def test_a_cluster_of_any_size_gives_its_turn_and_place_back(seed):
    rng = np.random.default_rng(seed)
    rest, size, turns, places = rng.normal(size=(3, 3)), rng.uniform(0.1, 3.0, 3), random_rotations(rng, 4), 7.0
    moved = places + quat.rotate(turns[:, None], np.concatenate((np.zeros((1, 3)), rest * size[:, None])))
    turn, place = fit_cluster(rest, moved)
    assert degrees_between(turn, turns).max() < 1e-3
    np.testing.assert_allclose(place, 7.0, atol=1e-9)


@given(seeds, st.floats(0.0, 1.0))
def test_a_shared_bend_goes_the_short_way_and_all_of_it_at_the_end(seed, share):
    rng = np.random.default_rng(seed)
    lower, upper = random_rotations(rng, 2, 6)
    between = share_bend(lower, upper, share)
    whole = degrees_between(lower, upper)
    np.testing.assert_allclose(degrees_between(lower, between), share * whole, atol=1e-3)
    np.testing.assert_allclose(degrees_between(between, upper), (1.0 - share) * whole, atol=1e-3)


@given(seeds, st.sampled_from([0.002, 0.01, 0.03]))
@settings(deadline=None, max_examples=20)
def test_noise_is_read_off_the_lengths_of_bones(seed, noise):
    rng = np.random.default_rng(seed)
    clean = positions_of(np.zeros((120, 3)), smooth_rotations(rng, 120, 0.6))
    assert noise_of_bones(clean) < 1e-9
    assert noise_of_bones(clean + rng.normal(scale=noise, size=clean.shape)) == pytest.approx(noise, rel=0.25)


def test_bones_that_grow_slowly_do_not_tremble():
    rng = np.random.default_rng(0)
    clean = positions_of(np.zeros((100, 3)), smooth_rotations(rng, 100, 0.6))
    assert noise_of_bones(clean * np.linspace(0.8, 1.2, 100)[:, None, None]) < 1e-5
    assert noise_of_bones(clean[:2]) == 0.0


def test_the_shorter_a_trembling_bone_the_more_it_follows_what_is_likely():
    likely = np.array([[0.0, 1.0, 0.0]])
    seen = quat.normalize(np.array([[0.0, 1.0, 1.0]]))
    np.testing.assert_allclose(believed_direction(0.06 * seen, likely, 0.0), seen)
    angles = [
        np.degrees(np.arccos(np.sum(believed_direction(length * seen, likely, 0.01) * likely)))
        for length in (0.02, 0.06, 0.2, 1.0)
    ]
    assert angles == sorted(angles)
    assert angles[0] < 10.0
    assert angles[-1] > 44.0


def test_the_skeleton_has_the_two_clusters_that_the_solver_fits():
    children = {joint: [c for c, p in enumerate(SKELETON.parents) if p == joint] for joint in range(22)}
    assert {joint: c for joint, c in children.items() if len(c) > 1} == {0: [1, 2, 3], 9: [12, 13, 14]}
