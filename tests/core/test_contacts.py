"""A foot is down when it is low and slow, and not otherwise."""

import numpy as np
import pytest
from gaits import crawler, jumper, walker
from gaits import standing_figure as standing
from poses import JOINT, march

from reprise_core.contacts import detect_contacts, floor_height, ground_heights, runs, stance_phases
from reprise_core.errors import RepriseError
from reprise_core.skeleton import CONTACT_JOINTS

LEFT_FOOT = [JOINT["left_ankle"], JOINT["left_foot"]]


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


@pytest.mark.parametrize("find", [detect_contacts, stance_phases])
def test_a_jump_stays_in_the_air_and_does_not_raise_the_ground(find):
    jumping = jumper(80)
    np.testing.assert_allclose(ground_heights(jumping, 20.0), 0.0, atol=1e-9)
    assert not find(jumping, 20.0)[37:44].any()
    assert find(jumping, 20.0)[[0, -1]].all()


@pytest.mark.parametrize("speed", [0.4, 0.8])
def test_a_walkers_contacts_are_its_stance(speed):
    positions, stands = walker(speed=speed)
    for find in (detect_contacts, stance_phases):
        toes = find(positions, 20.0)[:, [1, 3]] > 0.5
        assert (toes == stands).mean() > 0.8
        assert (toes & ~stands).sum() < 0.25 * toes.sum()


def test_a_foot_that_creeps_on_and_on_slides_and_does_not_stand():
    positions = standing(80)
    positions[:, LEFT_FOOT, 0] += 0.15 / 20.0 * np.arange(80)[:, None]  # slower than the threshold: 0.6 m in 4 s
    contacts = detect_contacts(positions, 20.0)
    assert not contacts[:, :2].any()
    assert contacts[:, 2:].all()


def test_a_shuffle_parts_two_stands():
    way = 0.15 * np.clip((np.arange(80) - 36) / 12.0, 0.0, 1.0)  # 0.25 m/s: below what ends a contact
    positions = standing(80)
    positions[:, LEFT_FOOT, 0] += way[:, None]
    contacts = detect_contacts(positions, 20.0)[:, 0]
    assert contacts[:34].all()
    assert contacts[52:].all()
    assert not contacts[38:46].any()


def test_a_foot_that_spins_about_its_toe_stands_on_the_toe_only():
    positions, angle = standing(40), np.linspace(0.0, 3.0 * np.pi, 40)
    toe, heel = positions[:, JOINT["left_foot"]], positions[0, JOINT["left_ankle"]] - positions[0, JOINT["left_foot"]]
    radius = np.hypot(heel[0], heel[2])
    turned = np.stack((radius * np.sin(angle), 0.0 * angle + heel[1], radius * np.cos(angle)), axis=-1)
    positions[:, JOINT["left_ankle"]] = toe + turned
    contacts = detect_contacts(positions, 20.0)
    assert contacts[:, 1].all()
    assert not contacts[:, 0].any()


def test_stance_phases_find_the_stance_of_a_gliding_walk_and_hold_no_foot_further_than_it_may_move():
    positions, stands = walker(speed=0.8, glide=0.4)
    strict, phases = (find(positions, 20.0) > 0.5 for find in (detect_contacts, stance_phases))
    assert strict[:, [1, 3]].mean() < 0.1
    assert phases[:, [1, 3]].mean() > 0.2
    assert not phases[:, [1, 3]][~stands].any()
    for foot, joint in enumerate(CONTACT_JOINTS):
        for begin, end in runs(phases[:, foot]):
            assert np.ptp(positions[begin:end, joint, 2]) < 0.13


def test_phases_hold_every_contact_and_nothing_of_a_crawl_that_drags_its_feet():
    positions = march(80)
    assert (stance_phases(positions, 20.0) >= detect_contacts(positions, 20.0)).all()
    assert not stance_phases(crawler(speed=0.5), 20.0).any()


@pytest.mark.parametrize("find", [detect_contacts, stance_phases])
def test_a_value_that_is_no_number_is_named_with_its_frame_and_joint(find):
    positions = standing()
    positions[17, JOINT["right_knee"], 1] = np.nan
    with pytest.raises(RepriseError, match="right_knee in frame 17"):
        find(positions, 20.0)
    with pytest.raises(RepriseError, match=r"\(40, 21, 3\)"):
        find(positions[:, :21], 20.0)
