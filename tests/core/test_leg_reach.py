"""Ankles go where they are sent; nothing above the legs, and no foot's turn, changes."""

import numpy as np
import pytest
from hypothesis import given, settings
from poses import JOINT, SKELETON, identity, positions_of, seeds, smooth_rotations

from reprise_core.kinematics import forward_kinematics
from reprise_core.leg_reach import reach_ankles

ANKLES = [JOINT["left_ankle"], JOINT["right_ankle"]]
LEGS = [JOINT[f"{side}_{name}"] for side in ("left", "right") for name in ("hip", "knee", "ankle", "foot")]
OTHERS = [joint for joint in range(22) if joint not in LEGS]


@given(seeds)
@settings(deadline=None, max_examples=30)
def test_ankles_within_reach_are_reached_and_all_else_stays(seed):
    rng = np.random.default_rng(seed)
    root, local = rng.normal(size=(20, 3)), smooth_rotations(rng, 20, 0.9)
    hips = positions_of(root, local)[:, [JOINT["left_hip"], JOINT["right_hip"]]]
    direction = rng.normal(size=(20, 2, 3))
    goals = hips + direction / np.linalg.norm(direction, axis=-1, keepdims=True) * rng.uniform(0.3, 0.8, (20, 2, 1))
    changed = reach_ankles(SKELETON.parents, SKELETON.rest_offsets, root, local, goals)
    places, turns = forward_kinematics(SKELETON.parents, SKELETON.rest_offsets, root, changed)
    before, turned_before = forward_kinematics(SKELETON.parents, SKELETON.rest_offsets, root, local)
    np.testing.assert_allclose(places[:, ANKLES], goals, atol=1e-9)
    np.testing.assert_allclose(places[:, OTHERS], before[:, OTHERS], atol=1e-12)
    feet = np.abs(np.sum(turns[:, ANKLES] * turned_before[:, ANKLES], axis=-1))
    np.testing.assert_allclose(feet, 1.0, atol=1e-9)


def test_ankles_that_are_there_change_nothing():
    rng = np.random.default_rng(0)
    root, local = rng.normal(size=(20, 3)), smooth_rotations(rng, 20, 0.9)
    same = reach_ankles(SKELETON.parents, SKELETON.rest_offsets, root, local, positions_of(root, local)[:, ANKLES])
    np.testing.assert_allclose(np.abs(np.sum(same * local, axis=-1)), 1.0, atol=1e-9)


def test_a_straight_leg_bends_its_knee_forwards():
    root = np.zeros((1, 3))
    goals = positions_of(root, identity(1))[:, ANKLES] + np.array([0.0, 0.1, 0.0])
    local = reach_ankles(SKELETON.parents, SKELETON.rest_offsets, root, identity(1), goals)
    posed = positions_of(root, local)[0]
    for side in ("left", "right"):
        hip, knee, ankle = (posed[JOINT[f"{side}_{name}"]] for name in ("hip", "knee", "ankle"))
        assert knee[2] > max(hip[2], ankle[2]) + 0.05


@pytest.mark.parametrize("far", [1.5, 100.0])
def test_what_is_out_of_reach_is_approached_along_a_leg_that_is_almost_straight(far):
    root = np.zeros((1, 3))
    goals = np.array([[[0.06, -far, 0.0], [-0.06, -far, 0.0]]])
    posed = positions_of(root, reach_ankles(SKELETON.parents, SKELETON.rest_offsets, root, identity(1), goals))[0]
    for side, goal in zip(("left", "right"), goals[0], strict=True):
        hip, ankle = posed[JOINT[f"{side}_hip"]], posed[JOINT[f"{side}_ankle"]]
        length = SKELETON.bone_lengths[[JOINT[f"{side}_knee"], JOINT[f"{side}_ankle"]]].sum()
        assert np.linalg.norm(ankle - hip) == pytest.approx(length, rel=2e-3)
        wanted = (goal - hip) / np.linalg.norm(goal - hip)
        assert wanted @ (ankle - hip) == pytest.approx(np.linalg.norm(ankle - hip), rel=1e-6)
