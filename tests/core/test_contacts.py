"""A foot is down when it is low and slow, and not otherwise."""

import numpy as np
from poses import JOINT, identity, march, positions_of

from reprise_core.contacts import detect_contacts, floor_height, ground_heights, runs
from reprise_core.skeleton import CONTACT_JOINTS


def standing(frames=40):
    positions = positions_of(np.zeros((frames, 3)), identity(frames))
    return positions - np.array([0.0, positions[..., 1].min(), 0.0])


def test_a_standing_figure_has_all_feet_down_on_any_floor():
    for height in (0.0, 0.4, -0.3):
        assert (detect_contacts(standing() + np.array([0.0, height, 0.0]), 20.0) == 1.0).all()


def test_a_raised_foot_is_not_down_however_still():
    positions = standing()
    positions[:, [JOINT["left_ankle"], JOINT["left_foot"]], 1] += 0.2
    contacts = detect_contacts(positions, 20.0)
    assert (contacts[:, :2] == 0.0).all()
    assert (contacts[:, 2:] == 1.0).all()


def test_a_foot_that_glides_along_the_floor_is_not_down():
    positions = standing() + np.arange(40)[:, None, None] * np.array(
        [0.03, 0.0, 0.0]
    )  # 0.6 m/s: HumanML3D says contact
    assert (detect_contacts(positions, 20.0) == 0.0).all()


def test_the_same_motion_has_the_same_contacts_at_another_frame_rate():
    slow, fast = march(61, 20.0), march(181, 60.0)
    at_20, at_60 = detect_contacts(slow, 20.0), detect_contacts(fast, 60.0)[::3]
    assert (at_20 != at_60).mean() < 0.1


def test_a_marching_figure_has_one_foot_down_while_the_other_is_up():
    contacts = detect_contacts(march(61), 20.0) > 0.5
    assert 0.5 < contacts.mean() < 0.9
    assert contacts[:, [1, 3]].any(axis=1).all()


def test_contacts_shorter_than_a_tenth_of_a_second_are_dropped():
    contacts = detect_contacts(march(121, 60.0), 60.0)
    for foot in range(4):
        inner = [end - begin for begin, end in runs(contacts[:, foot] > 0.5) if begin > 0 and end < len(contacts)]
        assert all(length >= 6 for length in inner)


def test_one_dip_does_not_lower_the_floor():
    positions = standing()
    positions[7, CONTACT_JOINTS[1], 1] = -0.3
    assert abs(floor_height(positions)) < 0.01


def test_a_single_frame_has_no_speed_and_so_no_contact():
    assert detect_contacts(standing(1), 20.0).shape == (1, 4)
    assert not detect_contacts(standing(1), 20.0).any()


def test_runs_are_the_true_stretches():
    assert runs(np.array([True, True, False, True, False])) == [(0, 2), (3, 4)]
    assert runs(np.zeros(3, bool)) == []


def test_ground_that_slopes_by_centimetres_keeps_its_contacts():
    level = march(100)
    sloped = level + np.linspace(0.0, 0.12, 100)[:, None, None] * np.array([0.0, 1.0, 0.0])
    assert (detect_contacts(level, 20.0) != detect_contacts(sloped, 20.0)).mean() < 0.05


def test_a_jump_does_not_raise_the_ground():
    positions = standing(80)
    height = np.zeros(80)
    height[34:46] = 0.5 * np.sin(np.pi * np.arange(12) / 11)
    jumping = positions + height[:, None, None] * np.array([0.0, 1.0, 0.0])
    np.testing.assert_allclose(ground_heights(jumping, 20.0), 0.0, atol=1e-9)
    assert not detect_contacts(jumping, 20.0)[37:43].any()
