"""Another frame rate must not change the motion: exact at its own times, smooth between, feet standing as they did."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from poses import motion_of, positions_of, seeds, smooth_rotations
from walking import assert_same, mirrored, placed, stepping, walk

from reprise_core import ground
from reprise_core import quaternion as quat
from reprise_core.errors import RepriseError
from reprise_core.looping import repeat
from reprise_core.resample import frame_rate, resample
from reprise_core.root_motion import to_root_track, to_world

RATES = (24.0, 25.0, 29.97, 30.0, 48.0, 60.0, 120.0)


def smooth_motion(seed=0, frames=41, fps=20.0):
    time = np.arange(frames)[:, None] / fps
    root = np.concatenate((np.sin(time), 1.0 + 0.1 * np.cos(3 * time), time), axis=1)
    return motion_of(root, smooth_rotations(np.random.default_rng(seed), frames, 0.8, period=2.0 * fps), fps)


def degrees_between(a, b):
    turn = quat.multiply(quat.conjugate(a.astype(float)), b.astype(float))
    return np.degrees(np.linalg.norm(quat.to_rotation_vector(turn), axis=-1))


def cycle(turn=0.3):
    """One stride on a circle, whose frame 22 would be frame 0 again, moved."""
    clip = walk(23, turn=turn)
    first, last = (
        np.array([*motion.root_translation[frame][[0, 2]], turn / 20.0 * frame])
        for motion, frame in ((clip, 0), (clip, 22))
    )
    step = ground.compose(last, ground.inverse(first))
    arrays = ("root_translation", "local_rotations", "positions", "foot_contact")
    return replace(clip, **{name: getattr(clip, name)[:22] for name in arrays}, cycle=step)


@pytest.mark.parametrize("factor", [2, 3, 6])
@pytest.mark.parametrize("make", [smooth_motion, walk])
def test_it_is_exact_at_its_own_times(factor, make):
    motion = make()
    dense = resample(motion, 20.0 * factor)
    assert dense.frames == (motion.frames - 1) * factor + 1
    for name in ("root_translation", "positions", "foot_contact"):
        np.testing.assert_allclose(getattr(dense, name)[::factor], getattr(motion, name), atol=1e-5)
    assert degrees_between(dense.local_rotations[::factor], motion.local_rotations).max() < 0.01


@given(seeds, st.floats(5.0, 120.0))
@settings(deadline=None, max_examples=30)
def test_its_length_is_kept_to_a_frame_and_its_poses_are_consistent(seed, fps):
    other = resample(smooth_motion(seed), fps)
    last = (other.frames - 1) / other.fps
    assert last <= 2.0 + 1e-6
    assert last > 2.0 - 1.0 / other.fps - 1e-6
    np.testing.assert_allclose(np.linalg.norm(other.local_rotations, axis=-1), 1.0, atol=1e-5)
    assert np.all(np.sum(other.local_rotations[1:] * other.local_rotations[:-1], axis=-1) >= 0.0)
    posed = positions_of(other.root_translation.astype(float), other.local_rotations.astype(float))
    np.testing.assert_allclose(other.positions, posed, atol=1e-5)


@pytest.mark.parametrize("fps", RATES)
def test_film_and_video_rates_follow_the_same_motion(fps):
    motion, truth = smooth_motion(), smooth_motion(frames=24001, fps=12000.0)
    other = resample(motion, fps)
    at = np.round(np.arange(other.frames) / other.fps * 12000.0).astype(int)
    assert np.abs(other.positions - truth.positions[at]).max() < 2e-3
    assert degrees_between(other.local_rotations, truth.local_rotations[at]).max() < 0.3


@given(seeds, st.sampled_from(RATES))
@settings(deadline=None, max_examples=30)
def test_there_and_back_is_the_same_motion(seed, fps):
    motion = smooth_motion(seed)
    back = resample(resample(motion, fps), 20.0)
    assert 0 <= motion.frames - back.frames <= 1
    assert np.abs(back.positions - motion.positions[: back.frames]).max() < 3e-3
    assert degrees_between(back.local_rotations, motion.local_rotations[: back.frames]).max() < 0.4


@pytest.mark.parametrize(
    ("written", "exact"),
    [(29.97, 30000 / 1001), (23.976, 24000 / 1001), (23.98, 24000 / 1001), (59.94, 60000 / 1001), (24.0, 24.0),
     (25.0, 25.0), (30 / 1.001, 30000 / 1001), (29.9, 29.9), (1000.0, 1000.0)],
)  # fmt: skip
def test_televisions_rates_are_meant_exactly(written, exact):
    assert frame_rate(written) == pytest.approx(exact, abs=1e-12)
    assert resample(smooth_motion(), written).fps == frame_rate(written)


def test_there_is_no_jump_in_angular_velocity_at_the_keys():
    """Slerp would have one of up to 4.6 degrees a frame of 20 here; at 24 frames between two keys it would show."""
    dense = resample(smooth_motion(), 480.0)
    turns = np.asarray(quat.to_rotation_vector(
        quat.multiply(quat.conjugate(dense.local_rotations[:-1].astype(float)), dense.local_rotations[1:].astype(float))
    ))  # fmt: skip
    jumps = np.degrees(np.linalg.norm(np.diff(turns, axis=0), axis=-1)) * 24.0
    assert jumps.max() < 0.6


def test_a_straight_path_stays_straight_and_even():
    root = np.arange(5.0)[:, None] * np.array([1.0, 0.0, 2.0])
    dense = resample(motion_of(root, smooth_rotations(np.random.default_rng(0), 5, 0.1)), 100.0)
    np.testing.assert_allclose(np.diff(dense.root_translation, axis=0), np.tile([0.2, 0.0, 0.4], (20, 1)), atol=1e-5)


@pytest.mark.parametrize("fps", RATES)
@pytest.mark.parametrize("turn", [0.0, 0.8])
def test_standing_feet_stand_at_every_rate(fps, turn):
    """Exactly at the keys; without the correction they would glide at up to 90 mm/s between them."""
    motion = walk(turn=turn)
    assert stepping(motion).max() < 1e-3
    assert stepping(resample(motion, fps)).max() < 5e-3


@pytest.mark.parametrize("fps", RATES)
def test_contacts_begin_and_end_when_they_did(fps):
    motion = walk(97)
    other = resample(motion, fps)
    for foot in range(4):
        last = (other.frames - 1) / other.fps
        expected = [(begin, min(end, last)) for begin, end in intervals(motion, foot)]
        for one, two in zip(expected, intervals(other, foot), strict=True):
            assert one[0] - 1e-6 <= two[0] < one[0] + 1.0 / other.fps
            assert one[1] - 1.0 / other.fps < two[1] <= one[1] + 1e-6


def intervals(motion, foot):
    """First and last time in seconds of each contact."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], motion.foot_contact[:, foot], [0]))))
    return [(begin / motion.fps, (end - 1) / motion.fps) for begin, end in edges.reshape(-1, 2)]


def test_a_contact_between_two_frames_is_not_lost():
    motion = walk(41, fps=120.0)
    contact = np.zeros_like(motion.foot_contact)
    contact[13:16, 2] = 1.0
    found = resample(replace(motion, foot_contact=contact), 20.0).foot_contact
    assert np.flatnonzero(found[:, 2]).tolist() == [2]
    assert found.sum() == 1.0


@given(seeds, st.sampled_from(RATES), st.floats(-3.0, 3.0))
@settings(deadline=None, max_examples=15)
def test_it_commutes_with_heading_place_and_mirror(seed, fps, heading):
    del seed
    motion = walk(40, turn=0.5)
    elsewhere = (2.0, -1.0, heading)
    assert_same(resample(placed(motion, elsewhere), fps), placed(resample(motion, fps), elsewhere))
    assert_same(resample(mirrored(motion), fps), mirrored(resample(motion, fps)))


@pytest.mark.parametrize("fps", RATES)
@pytest.mark.parametrize("turn", [0.0, 0.3])
def test_a_cycle_stays_a_cycle(fps, turn):
    motion = cycle(turn)
    other = resample(motion, fps)
    assert abs(other.seconds - motion.seconds) <= 0.5 / other.fps + 1e-9
    rounds = repeat(other, 3)
    steps = np.linalg.norm(np.diff(rounds.positions, axis=0), axis=-1).max(axis=-1)
    bends = np.linalg.norm(np.diff(rounds.positions, n=2, axis=0), axis=-1).max(axis=-1)
    seam = other.frames
    assert steps[seam - 1] <= np.delete(steps, [seam - 1, 2 * seam - 1]).max() * 1.01
    assert bends[seam - 2 : seam].max() <= bends[: seam - 2].max() * 1.05
    assert stepping(rounds).max() < 0.02


@pytest.mark.parametrize("fps", [24.0, 60.0])
def test_a_root_track_is_resampled_with_its_motion(fps):
    motion = cycle(0.3)
    other = to_world(resample(to_root_track(motion), fps))
    np.testing.assert_allclose(other.positions, resample(motion, fps).positions, atol=6e-3)


@pytest.mark.parametrize("frames", [1, 2])
def test_very_short_motions_have_other_rates_too(frames):
    motion = motion_of(np.zeros((frames, 3)), smooth_rotations(np.random.default_rng(0), frames, 0.5))
    assert resample(motion, 60.0).fps == 60.0
    assert resample(motion, 60.0).frames == (1 if frames == 1 else 4)


@pytest.mark.parametrize("fps", [0.0, -24.0, float("nan"), float("inf"), 1e9])
def test_impossible_rates_are_refused_with_the_value(fps):
    with pytest.raises(RepriseError, match="frame rate"):
        resample(smooth_motion(), fps)
