"""From positions to a Motion: close to what was given, bones constant, every array of the promised kind."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from poses import SKELETON, march, positions_of, seeds, smooth_rotations

from reprise_core.cleanup import contact_slide, smooth_positions, to_motion
from reprise_core.errors import RepriseError
from reprise_core.motion import from_npz, to_npz


@given(seeds)
@settings(deadline=None, max_examples=20)
def test_positions_of_the_motion_are_forward_kinematics_of_its_rotations(seed):
    rng = np.random.default_rng(seed)
    source = positions_of(rng.normal(size=(30, 3)), smooth_rotations(rng, 30, 0.8))
    for foot_lock in (False, True):
        motion = to_motion(source, 20.0, {"prompt": "x"}, foot_lock=foot_lock)
        posed = positions_of(motion.root_translation.astype(float), motion.local_rotations.astype(float))
        np.testing.assert_allclose(motion.positions, posed, atol=1e-5)


def test_without_foot_lock_the_motion_is_what_was_given():
    source = march()
    motion = to_motion(source, 20.0, foot_lock=False)
    np.testing.assert_allclose(motion.positions, source, atol=1e-5)


def test_with_foot_lock_marching_stays_within_centimetres_and_slides_a_fifth_or_less():
    source = march(60, drift=0.1)
    motion = to_motion(source, 20.0)
    assert motion.foot_contact.any()
    assert np.linalg.norm(motion.positions - source, axis=-1).mean() < 0.02
    assert contact_slide(motion.positions, motion.foot_contact) < 0.2 * contact_slide(source, motion.foot_contact)


def test_trembling_bones_come_out_with_constant_lengths():
    source = march() + np.random.default_rng(0).normal(scale=0.01, size=(60, 22, 3))
    motion = to_motion(source, 20.0, smoothing=0.05)
    lengths = np.linalg.norm(motion.positions[:, 1:] - motion.positions[:, list(motion.parents[1:])], axis=-1)
    np.testing.assert_allclose(lengths, np.broadcast_to(SKELETON.bone_lengths[1:], lengths.shape), atol=1e-5)


def test_smoothing_removes_trembling_and_keeps_the_path():
    source, rng = march(), np.random.default_rng(0)
    trembling = source + rng.normal(scale=0.01, size=source.shape)
    smooth = smooth_positions(trembling, 20.0, 0.05)
    assert np.abs(np.diff(smooth, n=2, axis=0)).mean() < 0.4 * np.abs(np.diff(trembling, n=2, axis=0)).mean()
    assert np.linalg.norm(smooth - source, axis=-1).mean() < np.linalg.norm(trembling - source, axis=-1).mean()
    np.testing.assert_allclose(smooth_positions(np.ones((5, 22, 3)), 20.0, 0.05), 1.0)


def test_the_motion_survives_its_file_and_keeps_its_meta():
    motion = to_motion(march(), 20.0, {"prompt": "a walk", "seed": 3})
    (back,) = from_npz(to_npz([motion]))
    assert json.dumps(dict(back.meta)) == json.dumps({"prompt": "a walk", "seed": 3})
    np.testing.assert_array_equal(back.local_rotations, motion.local_rotations)
    assert motion.local_rotations.dtype == motion.positions.dtype == motion.foot_contact.dtype == np.float32
    assert motion.foot_contact.shape == (60, 4)


@pytest.mark.parametrize("frames", [1, 2, 3])
@pytest.mark.parametrize("positions", [np.zeros, np.ones])
def test_degenerate_clips_stay_finite(frames, positions):
    motion = to_motion(positions((frames, 22, 3)), 20.0)
    assert np.isfinite(motion.local_rotations).all()
    assert np.isfinite(motion.positions).all()


def test_positions_that_are_no_numbers_are_refused():
    with pytest.raises(RepriseError, match="not finite"):
        to_motion(np.full((5, 22, 3), np.nan), 20.0)
