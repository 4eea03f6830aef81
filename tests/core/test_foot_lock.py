"""Feet in contact must stand still, and nothing else may suffer for it."""

import numpy as np
import pytest
from gaits import walker
from hypothesis import given, settings
from hypothesis import strategies as st
from poses import JOINT, SKELETON, march, seeds, turns_between_frames

from reprise_core.cleanup import contact_slide, to_motion
from reprise_core.foot_lock import lock_feet
from reprise_core.skeleton import CONTACT_JOINTS

FORWARD_HINGES = np.tile([1.0, 0.0, 0.0], (60, 2, 1))


def planted(frames=60, begin=20, end=40):
    contacts = np.zeros((frames, 4))
    contacts[begin:end, :2] = 1.0
    return contacts


def bones(positions):
    return np.linalg.norm(positions[:, 1:] - positions[:, list(SKELETON.parents[1:])], axis=-1)


def sliding_stand():
    """Bent knees, the whole figure drifting sideways at 0.1 m/s."""
    positions = np.repeat(march(60)[5:6], 60, axis=0)
    return positions + np.arange(60)[:, None, None] * np.array([0.005, 0.0, 0.0])


def test_a_foot_in_contact_is_pinned_and_bones_keep_their_lengths():
    source = sliding_stand()
    locked = lock_feet(source, planted(), 20.0, -1.0, FORWARD_HINGES)
    feet = locked[20:40, [JOINT["left_ankle"], JOINT["left_foot"]]]
    assert np.linalg.norm(np.diff(feet[..., [0, 2]], axis=0), axis=-1).max() < 1e-3
    np.testing.assert_allclose(bones(locked), bones(source), atol=1e-9)


def test_the_other_foot_and_frames_far_from_the_contact_stay():
    source = sliding_stand()
    locked = lock_feet(source, planted(), 20.0, -1.0, FORWARD_HINGES)
    left = [JOINT[f"left_{name}"] for name in ("knee", "ankle", "foot")]
    others = [joint for joint in range(22) if joint not in left]
    np.testing.assert_allclose(locked[:, others], source[:, others], atol=1e-9)
    np.testing.assert_allclose(locked[[0, 1, -2, -1]], source[[0, 1, -2, -1]], atol=2e-3)


def test_the_correction_fades_in_and_out_without_a_jump():
    source = sliding_stand()
    moved = lock_feet(source, planted(), 20.0, -1.0, FORWARD_HINGES) - source
    assert np.linalg.norm(np.diff(moved, n=2, axis=0), axis=-1).max() < 0.015


def test_nothing_changes_without_contacts_above_the_floor():
    source = march(60)
    np.testing.assert_allclose(lock_feet(source, np.zeros((60, 4)), 20.0, -1.0, FORWARD_HINGES), source, atol=1e-9)


def test_feet_are_lifted_out_of_the_floor():
    source = march(60)
    locked = lock_feet(source, np.zeros((60, 4)), 20.0, 0.05, FORWARD_HINGES)
    assert locked[:, CONTACT_JOINTS, 1].min() > 0.0499
    np.testing.assert_allclose(bones(locked), bones(source), atol=1e-9)


def test_a_foot_that_keeps_its_slope_keeps_both_its_joints_above_the_floor():
    """Heel first far below the toe, then above it, in one contact, as of somebody who lies: the mean is below."""
    source = np.repeat(march(60)[5:6], 60, axis=0)
    ankle, toe, knee = (JOINT[f"left_{name}"] for name in ("ankle", "foot", "knee"))
    floor, length = source[0, ankle, 1] - 0.05, SKELETON.bone_lengths[toe]
    rise = np.where(np.arange(60) < 30, -0.05, 0.02)
    along = np.sqrt(length**2 - rise**2)
    source[:, ankle, 1] = floor + np.maximum(rise, 0.0)
    source[:, toe] = source[:, ankle] + np.stack([np.zeros(60), -rise, along], axis=-1)
    source[:30, [ankle, toe], 1] += 0.05
    locked = lock_feet(source, planted(begin=10, end=50), 20.0, floor, FORWARD_HINGES)
    assert locked[:, [ankle, toe], 1].min() > floor - 1e-3  # what keeping its length takes from it
    assert locked[:, knee, 1].min() > floor


@pytest.mark.parametrize("wobble", [0.0, 0.002])
def test_a_straight_leg_bends_forward_and_stays_finite(wobble):
    source = sliding_stand()
    for side in ("left", "right"):
        hip, knee, ankle, foot = (JOINT[f"{side}_{name}"] for name in ("hip", "knee", "ankle", "foot"))
        thigh, shin = SKELETON.bone_lengths[knee], SKELETON.bone_lengths[ankle]
        toe = source[:, foot] - source[:, ankle]
        source[:, knee] = source[:, hip] - [0.0, thigh, 0.0]
        source[:, ankle] = source[:, knee] - [0.0, shin, 0.0]
        source[:, foot] = source[:, ankle] + toe
    source[:, :, 0] += wobble * (-1.0) ** np.arange(60)[:, None]
    locked = lock_feet(source, planted(), 20.0, -1.0, FORWARD_HINGES)
    assert np.isfinite(locked).all()
    np.testing.assert_allclose(bones(locked), bones(source), atol=1e-6)
    middle = (locked[:, JOINT["left_hip"]] + locked[:, JOINT["left_ankle"]]) / 2.0
    assert (locked[:, JOINT["left_knee"], 2] - middle[:, 2]).min() > -0.01


@pytest.mark.parametrize("behind", [0.008, 0.015, 0.025])
def test_a_knee_that_trembles_behind_a_straight_leg_does_not_pop(behind):
    """As generated legs do: where the lock bends them by centimetres, the knee is in front in every frame."""
    source, trembling = sliding_stand(), behind * np.random.default_rng(0).uniform(0.2, 1.0, 60)
    hip, knee, ankle, foot = (JOINT[f"left_{name}"] for name in ("hip", "knee", "ankle", "foot"))
    toe = source[:, foot] - source[:, ankle]
    for joint, parent, back in ((knee, hip, -trembling), (ankle, knee, trembling)):
        down = np.sqrt(SKELETON.bone_lengths[joint] ** 2 - back**2)
        source[:, joint] = source[:, parent] + np.stack((0.0 * back, -down, back), axis=-1)
    source[:, foot] = source[:, ankle] + toe
    lowered = source - [0.0, 0.03, 0.0]  # into the floor, out of which the lock lifts the feet
    locked = lock_feet(lowered, planted(), 20.0, float(source[:, [ankle, foot], 1].min()), FORWARD_HINGES)
    ahead = locked[:, knee, 2] - (locked[:, hip, 2] + locked[:, ankle, 2]) / 2.0
    assert ahead[20:40].min() > 0.02
    assert np.abs(np.diff(ahead)).max() < 0.02


@given(seeds, st.floats(-0.3, 0.3), st.floats(0.0, 0.01))
@settings(deadline=None, max_examples=15)
def test_the_lock_never_makes_feet_slide_more(seed, drift, tremble):
    positions = march(60, drift=drift)
    positions += tremble * np.random.default_rng(seed).normal(size=positions.shape)
    free, locked = to_motion(positions, 20.0, foot_lock=False), to_motion(positions, 20.0)
    before, after = (contact_slide(motion.positions, free.foot_contact) for motion in (free, locked))
    assert after <= before + 1e-6
    lowered = (locked.root_translation - free.root_translation).astype(float)
    np.testing.assert_allclose(lowered[:, [0, 2]], 0.0, atol=1e-6)
    assert (lowered[:, 1] < 1e-6).all()
    assert (lowered[:, 1] > -0.051).all()
    legs = [joint for joint, name in enumerate(locked.joint_names) if name.endswith(("hip", "knee", "ankle", "foot"))]
    assert turns_between_frames(locked.local_rotations[:, legs].astype(float)).max() < 60.0  # no leg flips
    others = np.setdiff1d(np.arange(22), legs)  # whatever the tremble does to them, the lock has no part in it
    same = np.abs(np.sum(free.local_rotations[:, others] * locked.local_rotations[:, others], axis=-1))
    np.testing.assert_allclose(same, 1.0, atol=1e-6)


def test_a_foot_that_stands_on_its_toe_is_moved_as_a_whole():
    source, contacts = sliding_stand(), planted()
    contacts[:, 0] = 0.0
    locked = lock_feet(source, contacts, 20.0, -1.0, FORWARD_HINGES)
    ankle, foot = JOINT["left_ankle"], JOINT["left_foot"]
    assert np.ptp(locked[20:40, foot, 0]) < 1e-4
    np.testing.assert_allclose((locked[:, foot] - locked[:, ankle]), (source[:, foot] - source[:, ankle]), atol=2e-3)


@pytest.mark.parametrize("room", [0.0, 0.01, 0.03])
def test_the_body_sinks_no_further_than_until_a_hand_lies_on_the_floor(room):
    source = np.repeat(march(60)[24:25], 60, axis=0)
    source[:, :, 2] += 0.026 * np.arange(60)[:, None]  # the body leaves its planted foot behind by 0.8 m
    floor = source[..., 1].min()
    source[:, JOINT["left_wrist"], 1] = floor + room
    locked = lock_feet(source, planted(60, 15, 45), 20.0, floor, FORWARD_HINGES)
    sunk = source[:, JOINT["pelvis"], 1] - locked[:, JOINT["pelvis"], 1]
    assert sunk.max() == pytest.approx(room, abs=1e-9)


def test_where_the_leg_is_too_short_the_pelvis_sinks_and_the_heel_rises_while_the_toe_stays():
    frames = 60
    source = np.repeat(march(frames)[24:25], frames, axis=0)  # on the left leg
    source[:, :, 2] += 0.026 * np.arange(frames)[:, None]  # the body leaves its planted foot behind by 0.8 m
    contacts = planted(frames, 15, 45)
    contacts[:, 0] = 0.0
    locked = lock_feet(source, contacts, 20.0, -1.0, FORWARD_HINGES)
    foot, ankle, pelvis = JOINT["left_foot"], JOINT["left_ankle"], JOINT["pelvis"]
    assert np.ptp(locked[16:44, foot, 2]) < 0.005
    sunk = source[:, pelvis, 1] - locked[:, pelvis, 1]
    assert 0.01 < sunk.max() < 0.0501
    rise = locked[:, ankle, 1] - source[:, ankle, 1]
    assert rise[16:44].max() > 0.005
    np.testing.assert_allclose(bones(locked), bones(source), atol=1e-9)
    np.testing.assert_allclose(np.diff(locked[:, 12:], axis=1), np.diff(source[:, 12:], axis=1), atol=1e-9)


@given(seeds, st.floats(0.0, 0.5))
@settings(deadline=None, max_examples=15)
def test_knees_neither_pop_nor_bend_backwards(seed, glide):
    positions = walker(speed=0.7, glide=glide)[0]
    positions += 0.004 * np.random.default_rng(seed).normal(size=positions.shape)
    free, locked = (to_motion(positions, 20.0, generated=True, foot_lock=lock).positions for lock in (False, True))
    for side in ("left", "right"):
        hip, knee, ankle = (JOINT[f"{side}_{name}"] for name in ("hip", "knee", "ankle"))
        forward = locked[:, knee, 2] - (locked[:, hip, 2] + locked[:, ankle, 2]) / 2.0
        assert forward.min() > -0.02
        turns = [np.abs(np.diff(flexion(motion, hip, knee, ankle), n=2)).max() for motion in (free, locked)]
        assert turns[1] < turns[0] + 30.0  # degrees a frame and frame: below what the eye takes for a snap


def flexion(positions, hip, knee, ankle):
    """Degrees (T,) by which a knee is bent."""
    thigh, shin = positions[:, knee] - positions[:, hip], positions[:, ankle] - positions[:, knee]
    cosine = np.sum(thigh * shin, axis=-1) / np.linalg.norm(thigh, axis=-1) / np.linalg.norm(shin, axis=-1)
    return np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))
