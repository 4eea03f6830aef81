"""Solved rotations must put the joints back where they were, without flips, whatever they are given."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from poses import (
    ENDS,
    JOINT,
    SKELETON,
    bend,
    identity,
    positions_of,
    random_rotations,
    seeds,
    smooth_rotations,
    turns_between_frames,
)  # fmt: skip

from reprise_core import quaternion as quat
from reprise_core.errors import RepriseError
from reprise_core.inverse_kinematics import fit_rotation, solve
from reprise_core.kinematics import forward_kinematics
from reprise_core.skeleton import humanml3d_skeleton


@given(seeds)
@settings(deadline=None, max_examples=25)
def test_forward_kinematics_of_the_solution_gives_the_positions_back(seed):
    rng = np.random.default_rng(seed)
    positions = positions_of(rng.normal(size=(4, 3)), random_rotations(rng, 4, 22))
    root, local = solve(positions, 20.0)
    np.testing.assert_allclose(positions_of(root, local), positions, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(local, axis=-1), 1.0, atol=1e-12)


@given(seeds, st.floats(0.5, 2.0))
@settings(deadline=None, max_examples=25)
def test_other_bone_lengths_keep_the_directions_of_the_bones(seed, scale):
    rng = np.random.default_rng(seed)
    big = humanml3d_skeleton(SKELETON.bone_lengths * scale)
    local = random_rotations(rng, 3, 22)
    positions = positions_of(np.zeros((3, 3)), local, big.rest_offsets)
    solved = positions_of(*solve(positions, 20.0))
    np.testing.assert_allclose(solved * scale, positions, atol=1e-6)


def test_the_rest_pose_is_solved_as_no_turn_at_all():
    root, local = solve(positions_of(np.tile([1.0, 2.0, 3.0], (5, 1)), identity(5)), 20.0)
    np.testing.assert_allclose(root, np.tile([1.0, 2.0, 3.0], (5, 1)))
    np.testing.assert_allclose(np.abs(local[..., 0]), 1.0, atol=1e-4)


def test_a_turn_of_the_whole_figure_turns_only_the_pelvis():
    rng = np.random.default_rng(0)
    local = smooth_rotations(rng, 30, 0.6)
    positions = positions_of(np.zeros((30, 3)), local)
    turn = random_rotations(rng)
    _, plain = solve(positions, 20.0)
    _, turned = solve(quat.rotate(turn, positions), 20.0)
    np.testing.assert_allclose(np.abs(np.sum(plain[:, 1:] * turned[:, 1:], axis=-1)), 1.0, atol=1e-9)
    np.testing.assert_allclose(
        quat.to_matrix(turned[:, 0]), quat.to_matrix(quat.multiply(turn, plain[:, 0])), atol=1e-9
    )


@pytest.mark.parametrize(
    ("limb", "joint", "axis"),
    [
        ("left_hip", "left_knee", (1, 0, 0)),
        ("right_hip", "right_knee", (1, 0, 0)),
        ("left_shoulder", "left_elbow", (0, -1, 0)),
        ("right_shoulder", "right_elbow", (0, 1, 0)),
    ],
)
@pytest.mark.parametrize("twist", [-50, -20, 0, 35, 60])
def test_the_twist_of_a_limb_is_found_from_the_hinge_below_it(limb, joint, axis, twist):
    local = identity(20)
    bone = quat.normalize(SKELETON.rest_offsets[JOINT[joint]])
    hinge = quat.normalize(np.array(axis) - bone * (bone @ axis))
    local[:, JOINT[limb]] = quat.from_axis_angle(bone, np.radians(twist))
    local[:, JOINT[joint]] = quat.from_axis_angle(hinge, np.radians(80))
    _, solved = solve(positions_of(np.zeros((20, 3)), local), 20.0)
    off = quat.multiply(quat.conjugate(local[:, JOINT[limb]]), solved[:, JOINT[limb]])
    assert np.degrees(2.0 * np.arccos(np.abs(off[:, 0]).clip(0, 1))).max() < 5.0


def with_flexing(rng, local, hinges):
    """Rotations whose named joints flex from 6 to 143 degrees and back, each about its own hinge."""
    for joint, axis in hinges.items():
        flex = 1.3 + 1.2 * np.sin(np.arange(len(local)) * rng.uniform(0.1, 0.3) + rng.uniform(0, 6))
        local[:, JOINT[joint]] = quat.from_axis_angle(np.array(axis, dtype=float), flex)
    return local


KNEES = {"left_knee": (1, 0, 0), "right_knee": (1, 0, 0)}
ELBOWS = {"left_elbow": (0, -1, 0), "right_elbow": (0, 1, 0)}


@given(seeds, st.floats(0.1, 0.9))
@settings(deadline=None, max_examples=20)
def test_smooth_motion_gives_smooth_rotations(seed, size):
    rng = np.random.default_rng(seed)
    given = with_flexing(rng, smooth_rotations(rng, 80, size), KNEES | ELBOWS)
    _, local = solve(positions_of(np.zeros((80, 3)), given), 20.0)
    assert np.all(np.sum(local[1:] * local[:-1], axis=-1) > 0.0)
    assert turns_between_frames(local).max() < 2.0 * turns_between_frames(given).max() + 5.0


@given(seeds, st.floats(0.1, 0.9))
@settings(deadline=None, max_examples=20)
def test_arms_that_bend_the_wrong_way_never_flip_within_a_frame(seed, size):
    rng = np.random.default_rng(seed)
    given = with_flexing(rng, smooth_rotations(rng, 80, size), KNEES)
    _, local = solve(positions_of(np.zeros((80, 3)), given), 20.0)
    assert turns_between_frames(local).max() < 60.0


def test_an_arm_that_straightens_and_trembles_keeps_its_twist():
    frames, rng = 80, np.random.default_rng(1)
    local = identity(frames)
    flex = np.radians(np.interp(np.arange(frames), [0, 20, 30, 60, 70, 79], [70, 70, 0, 0, 70, 70]))
    local[:, JOINT["left_elbow"]] = quat.from_axis_angle(np.array([0.0, -1.0, 0.0]), flex)
    local[:, JOINT["left_shoulder"]] = bend("left_shoulder", (0, 0, 1), -70)[1]
    positions = positions_of(np.zeros((frames, 3)), local)
    positions += rng.normal(scale=0.003, size=positions.shape)  # a straight arm whose bend plane means nothing
    _, solved = solve(positions, 20.0)
    assert turns_between_frames(solved)[:, JOINT["left_shoulder"]].max() < 12.0


@pytest.mark.parametrize("flexion", [0.0, 1e-9, 180.0])
def test_straight_and_fully_folded_limbs_stay_finite(flexion):
    local = identity(10)
    for joint, axis in (("left_knee", (1, 0, 0)), ("right_knee", (1, 0, 0)), ("left_elbow", (0, -1, 0))):
        index, turn = bend(joint, axis, flexion)
        local[:, index] = turn
    positions = positions_of(np.zeros((10, 3)), local)
    root, solved = solve(positions, 20.0)
    assert np.isfinite(solved).all()
    np.testing.assert_allclose(positions_of(root, solved), positions, atol=1e-6)


@pytest.mark.parametrize("frames", [1, 2, 9])
def test_all_joints_in_one_place_still_make_a_pose(frames):
    root, local = solve(np.ones((frames, 22, 3)), 20.0)
    assert np.isfinite(local).all()
    np.testing.assert_allclose(np.linalg.norm(local, axis=-1), 1.0)
    np.testing.assert_allclose(root, 1.0)


def test_a_bone_of_no_length_points_as_at_rest():
    positions = positions_of(np.zeros((3, 3)), identity(3))
    positions[:, JOINT["left_wrist"]] = positions[:, JOINT["left_elbow"]]
    solved = positions_of(*solve(positions, 20.0))
    np.testing.assert_allclose(solved, positions_of(np.zeros((3, 3)), identity(3)), atol=1e-6)


def test_ends_carry_no_turn():
    rng = np.random.default_rng(2)
    _, local = solve(positions_of(np.zeros((4, 3)), random_rotations(rng, 4, 22)), 20.0)
    np.testing.assert_allclose(np.abs(local[:, ENDS, 0]), 1.0, atol=1e-9)


@given(seeds)
def test_fitted_rotation_is_the_one_that_moved_the_vectors(seed):
    rng = np.random.default_rng(seed)
    turns, rest = random_rotations(rng, 5), rng.normal(size=(3, 3))
    fitted = fit_rotation(rest, quat.rotate(turns[:, None], rest))
    np.testing.assert_allclose(np.abs(np.sum(fitted * turns, axis=-1)), 1.0, atol=1e-6)


def test_fitted_rotation_never_mirrors():
    rest = np.eye(3)
    mirrored = (rest * np.array([-1.0, 1.0, 1.0]))[None]
    matrix = quat.to_matrix(fit_rotation(rest, mirrored))
    assert np.linalg.det(matrix)[0] == pytest.approx(1.0)


@pytest.mark.parametrize("shape", [(0, 22, 3), (5, 21, 3), (22, 3), (5, 22, 2)])
def test_other_shapes_are_refused_in_words(shape):
    with pytest.raises(RepriseError, match="shape"):
        solve(np.zeros(shape), 20.0)


def test_a_value_that_is_not_finite_is_refused_with_its_frame():
    positions = positions_of(np.zeros((5, 3)), identity(5))
    positions[3, 4, 1] = np.nan
    with pytest.raises(RepriseError, match="frame 3"):
        solve(positions, 20.0)


def test_bone_lengths_of_the_solution_are_the_skeletons():
    rng = np.random.default_rng(4)
    positions = positions_of(np.zeros((6, 3)), random_rotations(rng, 6, 22)) + rng.normal(scale=0.05, size=(6, 22, 3))
    root, local = solve(positions, 20.0)
    solved, _ = forward_kinematics(SKELETON.parents, SKELETON.rest_offsets, root, local)
    bones = np.linalg.norm(solved[:, 1:] - solved[:, list(SKELETON.parents[1:])], axis=-1)
    np.testing.assert_allclose(bones, np.broadcast_to(SKELETON.bone_lengths[1:], bones.shape), atol=1e-9)
