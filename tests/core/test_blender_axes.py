"""Keyed channels, evaluated as Blender evaluates a pose, must put every joint where the Motion has it."""

import numpy as np
import pytest

from reprise_core import blender_axes
from reprise_core import quaternion as quat
from reprise_core.kinematics import forward_kinematics
from reprise_core.motion import Motion
from reprise_core.skeleton import humanml3d_skeleton

SKELETON = humanml3d_skeleton()


def random_motion(seed: int, frames: int = 12) -> Motion:
    rng = np.random.default_rng(seed)
    local = quat.normalize(rng.normal(size=(frames, 22, 4)))
    root = rng.normal(size=(frames, 3))
    positions, _ = forward_kinematics(SKELETON.parents, SKELETON.rest_offsets, root, local)
    return Motion(
        20.0,
        SKELETON.joint_names,
        SKELETON.parents,
        SKELETON.rest_offsets,
        root,
        local,
        positions,
        np.zeros((frames, 4)),
    )


def evaluate_as_blender(parents, rest, heads, location, quaternions):
    """BKE_armature_where_is_pose: pose = parent pose * (parent rest^-1 * rest) * basis, all 4x4, in armature space."""
    rest_4x4 = np.tile(np.eye(4), (len(parents), 1, 1))
    rest_4x4[:, :3, :3] = rest
    rest_4x4[:, :3, 3] = heads
    poses = []
    for bone, parent in enumerate(parents):
        basis = np.eye(4)
        basis[:3, :3] = quat.to_matrix(quaternions[bone])
        if parent < 0:
            basis[:3, 3] = location
            poses.append(rest_4x4[bone] @ basis)
        else:
            poses.append(poses[parent] @ np.linalg.inv(rest_4x4[parent]) @ rest_4x4[bone] @ basis)
    return np.stack(poses)


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("root_head", [(0.0, 0.0, 0.0), (0.3, -0.2, 0.95)])
def test_evaluated_pose_has_the_joints_where_the_motion_has_them(seed, root_head):
    motion = random_motion(seed)
    rng = np.random.default_rng(seed + 100)
    rest = quat.to_matrix(quat.normalize(rng.normal(size=(22, 4))))  # any direction, any roll
    heads = blender_axes.to_z_up(SKELETON.rest_positions()) + root_head

    location, quaternions = blender_axes.pose_channels(motion, rest, root_head)

    expected = blender_axes.to_z_up(motion.positions)
    for frame in range(motion.frames):
        pose = evaluate_as_blender(motion.parents, rest, heads, location[frame], quaternions[frame])
        np.testing.assert_allclose(pose[:, :3, 3], expected[frame], atol=1e-6)


def test_rest_pose_is_keyed_as_no_turn_at_all():
    local = np.zeros((3, 22, 4))
    local[..., 0] = 1.0
    motion = random_motion(0, 3)
    still = Motion(20.0, motion.joint_names, motion.parents, motion.rest_offsets, np.zeros((3, 3)), local,
                   motion.positions, motion.foot_contact)  # fmt: skip
    rest = quat.to_matrix(quat.normalize(np.random.default_rng(5).normal(size=(22, 4))))

    location, quaternions = blender_axes.pose_channels(still, rest)

    np.testing.assert_allclose(location, 0.0, atol=1e-12)
    np.testing.assert_allclose(quaternions, local, atol=1e-6)


def test_up_becomes_z_and_forward_becomes_minus_y():
    np.testing.assert_array_equal(
        blender_axes.to_z_up([[0, 1, 0], [0, 0, 1], [1, 0, 0]]), [[0, 0, 1], [0, -1, 0], [1, 0, 0]]
    )


def test_converted_turns_commute_with_converted_vectors():
    rng = np.random.default_rng(3)
    turns, vectors = quat.normalize(rng.normal(size=(50, 4))), rng.normal(size=(50, 3))
    np.testing.assert_allclose(
        blender_axes.to_z_up(quat.rotate(turns, vectors)),
        quat.rotate(blender_axes.rotations_to_z_up(turns), blender_axes.to_z_up(vectors)),
        atol=1e-12,
    )


def test_channels_do_not_jump_between_signs():
    motion = random_motion(4, 60)
    rest = quat.to_matrix(quat.normalize(np.random.default_rng(6).normal(size=(22, 4))))
    _, quaternions = blender_axes.pose_channels(motion, rest)
    assert np.all(np.sum(quaternions[1:] * quaternions[:-1], axis=-1) >= 0.0)
