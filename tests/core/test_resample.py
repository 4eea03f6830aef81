"""Another frame rate must not change the motion: exact at its own times, smooth between."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from poses import motion_of, positions_of, random_rotations, seeds, smooth_rotations

from reprise_core import quaternion as quat
from reprise_core.errors import RepriseError
from reprise_core.resample import resample, slerp


def smooth_motion(seed=0, frames=41, fps=20.0):
    time = np.arange(frames)[:, None] / fps
    root = np.concatenate((np.sin(time), 1.0 + 0.1 * np.cos(3 * time), time), axis=1)
    return motion_of(root, smooth_rotations(np.random.default_rng(seed), frames, 0.8), fps)


@pytest.mark.parametrize("factor", [2, 3, 6])
def test_it_is_exact_at_its_own_times(factor):
    motion = smooth_motion()
    dense = resample(motion, 20.0 * factor)
    assert dense.frames == 40 * factor + 1
    for name in ("root_translation", "positions", "foot_contact"):
        np.testing.assert_allclose(getattr(dense, name)[::factor], getattr(motion, name), atol=1e-5)
    same = np.abs(np.sum(dense.local_rotations[::factor] * motion.local_rotations, axis=-1))
    np.testing.assert_allclose(same, 1.0, atol=1e-5)


@given(seeds, st.floats(5.0, 120.0))
@settings(deadline=None, max_examples=30)
def test_its_length_is_kept_to_a_frame_and_its_poses_are_consistent(seed, fps):
    motion = smooth_motion(seed)
    other = resample(motion, fps)
    last = (other.frames - 1) / fps
    assert last <= 2.0 + 1e-6
    assert last > 2.0 - 1.0 / fps - 1e-6
    np.testing.assert_allclose(np.linalg.norm(other.local_rotations, axis=-1), 1.0, atol=1e-5)
    assert np.all(np.sum(other.local_rotations[1:] * other.local_rotations[:-1], axis=-1) >= 0.0)
    posed = positions_of(other.root_translation.astype(float), other.local_rotations.astype(float))
    np.testing.assert_allclose(other.positions, posed, atol=1e-5)


def test_film_and_video_rates_follow_the_same_path():
    motion, truth = smooth_motion(), smooth_motion(frames=4001, fps=2000.0)
    for fps in (23.976, 24.0, 25.0, 29.97, 30.0, 60.0):
        other = resample(motion, fps)
        at = np.round(np.arange(other.frames) / fps * 2000.0).astype(int)
        assert np.abs(other.root_translation - truth.root_translation[at]).max() < 2e-3


def test_a_straight_path_stays_straight_and_even():
    root = np.arange(5.0)[:, None] * np.array([1.0, 0.0, 2.0])
    dense = resample(motion_of(root, smooth_rotations(np.random.default_rng(0), 5, 0.1)), 100.0)
    np.testing.assert_allclose(np.diff(dense.root_translation, axis=0), np.tile([0.2, 0.0, 0.4], (20, 1)), atol=1e-5)


@given(seeds, st.floats(0.0, 1.0))
def test_slerp_goes_the_shorter_way_at_constant_speed(seed, share):
    start, end = random_rotations(np.random.default_rng(seed), 2)
    middle = slerp(start, end, np.float64(share))

    def angle(a, b):
        return 2.0 * np.arccos(np.clip(np.abs(np.sum(a * b)), 0.0, 1.0))

    assert angle(start, middle) == pytest.approx(share * angle(start, end), abs=1e-6)
    assert np.linalg.norm(middle) == pytest.approx(1.0)


def test_slerp_of_equal_and_of_opposite_signs_is_the_same_turn():
    q = random_rotations(np.random.default_rng(1))
    for end in (q, -q):
        np.testing.assert_allclose(quat.to_matrix(slerp(q, end, np.float64(0.3))), quat.to_matrix(q), atol=1e-12)


@pytest.mark.parametrize("frames", [1, 2])
def test_very_short_motions_have_other_rates_too(frames):
    motion = motion_of(np.zeros((frames, 3)), smooth_rotations(np.random.default_rng(0), frames, 0.5))
    assert resample(motion, 60.0).fps == 60.0
    assert resample(motion, 60.0).frames == (1 if frames == 1 else 4)


@pytest.mark.parametrize("fps", [0.0, -24.0, float("nan"), float("inf")])
def test_impossible_rates_are_refused_with_the_value(fps):
    with pytest.raises(RepriseError, match="frame rate"):
        resample(smooth_motion(), fps)
