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

from reprise.evaluation.rotation_angles import (
    TURNING,
    degrees_between,
    explained_turns,
    twist_degrees,
)
from reprise.evaluation.rotation_angles import turns_between_frames as world_turns
from reprise_core import quaternion as quat
from reprise_core.errors import RepriseError
from reprise_core.inverse_kinematics import solve
from reprise_core.kinematics import forward_kinematics
from reprise_core.skeleton import JOINT_NAMES, MIRROR, PARENTS, humanml3d_skeleton

HEADING = np.array([0.0, 1.0, 0.0])


@given(seeds)
@settings(deadline=None, max_examples=25)
def test_forward_kinematics_of_the_solution_gives_the_positions_back(seed):
    rng = np.random.default_rng(seed)
    positions = positions_of(rng.normal(size=(4, 3)), random_rotations(rng, 4, 22))
    root, local = solve(positions, 20.0)
    np.testing.assert_allclose(positions_of(root, local), positions, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(local, axis=-1), 1.0, atol=1e-12)


@given(seeds)
@settings(deadline=None, max_examples=25)
def test_on_a_figure_with_any_bone_lengths_the_positions_come_back_too(seed):
    rng = np.random.default_rng(seed)
    figure = humanml3d_skeleton(rng.uniform(0.03, 0.6, 22))
    positions = positions_of(rng.normal(size=(4, 3)), random_rotations(rng, 4, 22), figure.rest_offsets)
    root, local = solve(positions, 20.0, figure)
    np.testing.assert_allclose(positions_of(root, local, figure.rest_offsets), positions, atol=1e-6)
    # Posed with our bones instead, every bone still points as it did.
    ours, theirs = positions_of(root, local), positions
    for joint in range(1, 22):
        a, b = (quat.normalize(p[:, joint] - p[:, PARENTS[joint]]) for p in (ours, theirs))
        np.testing.assert_allclose(a, b, atol=1e-6)


def test_the_rest_pose_is_solved_as_no_turn_at_all():
    root, local = solve(positions_of(np.tile([1.0, 2.0, 3.0], (5, 1)), identity(5)), 20.0)
    np.testing.assert_allclose(root, np.tile([1.0, 2.0, 3.0], (5, 1)))
    np.testing.assert_allclose(np.abs(local[..., 0]), 1.0, atol=1e-4)


@given(seeds, st.floats(-3.1, 3.1))
@settings(deadline=None, max_examples=15)
def test_heading_and_place_of_the_figure_change_only_the_pelvis(seed, heading):
    rng = np.random.default_rng(seed)
    positions = positions_of(np.zeros((30, 3)), smooth_rotations(rng, 30, 0.9))
    turn, place = quat.from_axis_angle(HEADING, heading), rng.normal(scale=5.0, size=3)
    root, plain = solve(positions, 20.0)
    moved, turned = solve(quat.rotate(turn, positions) + place, 20.0)
    np.testing.assert_allclose(moved, quat.rotate(turn, root) + place, atol=1e-9)
    assert degrees_between(plain[:, 1:], turned[:, 1:]).max() < 1e-4
    assert degrees_between(quat.multiply(turn, plain[:, 0]), turned[:, 0]).max() < 1e-4


@given(seeds)
@settings(deadline=None, max_examples=15)
def test_the_mirrored_figure_has_the_mirrored_rotations(seed):
    rng = np.random.default_rng(seed)
    positions = positions_of(rng.normal(size=(30, 3)), smooth_rotations(rng, 30, 0.9))
    positions += rng.normal(scale=0.005, size=positions.shape)
    across = np.array([-1.0, 1.0, 1.0])
    root, local = solve(positions, 20.0)
    mirrored_root, mirrored = solve(positions[:, list(MIRROR)] * across, 20.0)
    np.testing.assert_allclose(mirrored_root, root * across, atol=1e-9)
    assert degrees_between(local[:, list(MIRROR)] * np.array([1.0, 1.0, -1.0, -1.0]), mirrored).max() < 1e-4


@given(seeds, st.floats(0.1, 0.9))
@settings(deadline=None, max_examples=15)
def test_shins_and_forearms_have_no_twist_and_bend_as_hinges(seed, size):
    rng = np.random.default_rng(seed)
    given = with_flexing(rng, smooth_rotations(rng, 60, size), KNEES | ELBOWS)
    _, local = solve(positions_of(np.zeros((60, 3)), given), 20.0)
    for joint, axis in (KNEES | ELBOWS).items():
        solved, twist = local[:, JOINT[joint]], np.abs(twist_degrees(local, joint, SKELETON.rest_offsets))
        assert twist[np.abs(solved[:, 0]) > np.cos(np.radians(55.0))].max() < 1e-4  # bent by less than 110 degrees
        assert twist.max() < 15.0
        bent = np.abs(solved[:, 0]) < np.cos(np.radians(10.0))  # by 20 degrees or more
        turned_about = quat.normalize(solved[bent, 1:] * np.sign(solved[bent, :1])) @ np.array(axis, dtype=float)
        assert turned_about.min() > np.cos(np.radians(15.0))


@pytest.mark.parametrize("heading", [0, 90, 179, 180, 181, 270])
def test_the_spine_shares_the_turn_between_pelvis_and_chest_whichever_way_the_figure_faces(heading):
    local = identity(8)
    turning = quat.from_axis_angle(HEADING, np.radians(np.linspace(heading, heading + 20, 8)))
    local[:, 0] = turning
    for joint in ("spine1", "spine2", "spine3"):
        local[:, JOINT[joint]] = quat.from_axis_angle(HEADING, np.radians(20.0))
    _, solved = solve(positions_of(np.zeros((8, 3)), local), 20.0)
    for joint in ("spine1", "spine2", "spine3"):
        assert degrees_between(solved[:, JOINT[joint]], local[:, JOINT[joint]]).max() < 6.0


def test_a_straight_leg_turns_as_its_foot_points():
    local = identity(30)
    turn = np.radians(np.linspace(-30, 30, 30))
    thigh = quat.normalize(SKELETON.rest_offsets[JOINT["left_knee"]])
    local[:, JOINT["left_hip"]] = quat.from_axis_angle(thigh, turn)
    _, solved = solve(positions_of(np.zeros((30, 3)), local), 20.0)
    assert degrees_between(solved[:, JOINT["left_hip"]], local[:, JOINT["left_hip"]]).max() < 6.0


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_foot_on_the_ground_is_flat_under_a_leaning_shin_and_follows_the_shin_in_the_air(side):
    local = identity(20)
    lean, index = np.radians(20.0), JOINT[f"{side}_ankle"]
    local[:, 0] = quat.from_axis_angle(np.array([0.0, 0.0, 1.0]), lean)
    # Standing, the foot points as at rest, whatever leans above it; in the air it hangs on the shin.
    standing = local.copy()
    standing[:, index] = quat.conjugate(local[:, 0])
    for pose, expected in ((standing, identity(20)[:, 0]), (local, local[:, 0])):
        positions = positions_of(np.zeros((20, 3)), pose)
        in_air = pose is local
        other = JOINT["right_foot" if side == "left" else "left_foot"]
        positions[..., 1] -= positions[:, JOINT[f"{side}_foot"], 1][:, None]
        positions[:, other, 1] = -0.5 if in_air else np.maximum(positions[:, other, 1], 0.0)
        root, solved = solve(positions, 20.0)
        turns = forward_kinematics(SKELETON.parents, SKELETON.rest_offsets, root, solved)[1]
        assert degrees_between(turns[:, index], expected).max() < 6.0


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


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_a_few_frames_are_enough(frames):
    rng = np.random.default_rng(3)
    positions = positions_of(rng.normal(size=(frames, 3)), smooth_rotations(rng, frames, 0.9))
    np.testing.assert_allclose(positions_of(*solve(positions, 20.0)), positions, atol=1e-6)


def test_ends_carry_no_turn():
    rng = np.random.default_rng(2)
    _, local = solve(positions_of(np.zeros((4, 3)), random_rotations(rng, 4, 22)), 20.0)
    np.testing.assert_allclose(np.abs(local[:, ENDS, 0]), 1.0, atol=1e-9)


@given(seeds)
@settings(deadline=None, max_examples=15)
def test_noise_of_a_centimetre_flips_no_bone(seed):
    """No bone turns in a frame by 45 degrees more than its noisy joints explain, or strays by 70 from where it was.

    The spine bone of 6 cm itself points anywhere; it is believed as much as its length allows.
    """
    rng = np.random.default_rng(seed)
    given = with_flexing(rng, smooth_rotations(rng, 100, 0.5), KNEES | ELBOWS)
    clean = positions_of(np.zeros((100, 3)), given)
    noisy = clean + rng.normal(scale=0.01, size=clean.shape)
    turns = [
        forward_kinematics(SKELETON.parents, SKELETON.rest_offsets, *solve(p, 20.0))[1][:, TURNING]
        for p in (clean, noisy)
    ]
    assert (world_turns(turns[1]) - explained_turns(noisy)).max() < 45.0
    assert degrees_between(*turns).max() < 70.0
    spine2 = TURNING.index(JOINT["spine2"])
    assert world_turns(turns[1])[:, spine2].max() < 70.0


@pytest.mark.parametrize("shape", [(0, 22, 3), (5, 21, 3), (22, 3), (5, 22, 2)])
def test_other_shapes_are_refused_in_words(shape):
    with pytest.raises(RepriseError, match="shape"):
        solve(np.zeros(shape), 20.0)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_value_that_is_not_finite_is_refused_with_its_frame_and_joint(value):
    positions = positions_of(np.zeros((5, 3)), identity(5))
    positions[3, 4, 1] = value
    with pytest.raises(RepriseError, match=f"{JOINT_NAMES[4]} in frame 3"):
        solve(positions, 20.0)


def test_a_bone_of_no_length_is_refused_with_its_frame_and_joints():
    positions = positions_of(np.zeros((3, 3)), identity(3))
    positions[2, JOINT["left_wrist"]] = positions[2, JOINT["left_elbow"]]
    with pytest.raises(RepriseError, match="left_wrist lies on its parent left_elbow in frame 2"):
        solve(positions, 20.0)


def test_bone_lengths_of_the_solution_are_the_skeletons():
    rng = np.random.default_rng(4)
    positions = positions_of(np.zeros((6, 3)), random_rotations(rng, 6, 22)) + rng.normal(scale=0.05, size=(6, 22, 3))
    root, local = solve(positions, 20.0)
    solved, _ = forward_kinematics(SKELETON.parents, SKELETON.rest_offsets, root, local)
    bones = np.linalg.norm(solved[:, 1:] - solved[:, list(SKELETON.parents[1:])], axis=-1)
    np.testing.assert_allclose(bones, np.broadcast_to(SKELETON.bone_lengths[1:], bones.shape), atol=1e-9)
