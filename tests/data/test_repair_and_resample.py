"""Recorded faults go, fast movement stays; resampling keeps time and place."""

import numpy as np
import pytest

from reprise.data.repair import repair
from reprise.data.resample import resample
from reprise_core.skeleton import humanml3d_skeleton

FPS = 120.0


def moving(frames=480, fps=FPS):
    """(T, 22, 3) a figure walking ahead at 1.4 m/s, its right wrist circling twice a second at a radius of 0.4 m."""
    time = np.arange(frames) / fps
    joints = np.tile(humanml3d_skeleton().rest_positions(), (frames, 1, 1))
    joints[:, :, 2] += 1.4 * time[:, None]
    joints[:, 21, 0] += 0.4 * np.cos(4.0 * np.pi * time)
    joints[:, 21, 1] += 0.4 * np.sin(4.0 * np.pi * time)
    return joints


def test_fast_movement_is_left_alone():
    joints = moving()
    np.testing.assert_array_equal(repair(joints, FPS), joints)


@pytest.mark.parametrize("width", [1, 2, 3, 20])
def test_poses_that_jump_away_and_back_are_bridged(width):
    clean = moving()
    broken = clean.copy()
    broken[200 : 200 + width, 5] += (0.3, 0.2, 0.0)
    assert np.abs(repair(broken, FPS) - clean)[:, 5].max() < 0.02


def test_zeros_at_the_start_become_the_first_pose():
    clean = moving() + np.array([5.0, 0.0, 0.0])
    broken = clean.copy()
    broken[:4] = humanml3d_skeleton().rest_positions()
    repaired = repair(broken, FPS)
    np.testing.assert_array_equal(repaired[:4], np.broadcast_to(clean[4], (4, 22, 3)))
    np.testing.assert_array_equal(repaired[4:], clean[4:])


def test_a_splice_is_softened():
    broken = moving()
    broken[240:, :, 0] += 0.2
    steps = np.linalg.norm(np.diff(repair(broken, FPS)[:, 0], axis=0), axis=-1) * FPS
    assert steps.max() < 4.0  # metres a second, where the splice had 24


@pytest.mark.parametrize("fps", [16.0, 24.0, 30.0, 60.0, 100.0, 120.0])
def test_a_straight_way_stays_exact(fps):
    time = np.arange(int(3.0 * fps) + 1) / fps
    joints = np.zeros((len(time), 22, 3))
    joints[:, :, 2] = 1.4 * time[:, None]
    result = resample(joints, fps)
    assert len(result) == 61
    inner = slice(2, -2)  # the smoothing holds the first and last pose
    np.testing.assert_allclose(result[inner, 0, 2], 1.4 * np.arange(61)[inner] / 20.0, atol=1e-9)
    np.testing.assert_allclose(result[[0, -1], 0, 2], [0.0, 4.2], atol=0.03)


@pytest.mark.parametrize("fps", [24.0, 30.0, 60.0, 120.0])
def test_a_two_hertz_circle_keeps_its_radius(fps):
    result = resample(moving(int(4 * fps), fps), fps)
    wrist = result[:, 21] - result[:, 0] - (humanml3d_skeleton().rest_positions()[21])
    assert np.abs(np.linalg.norm(wrist[2:-2, :2], axis=-1) - 0.4).max() < 0.02
