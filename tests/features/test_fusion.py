"""Fused joints: the identity where the blocks agree, steadier and nearer to the truth where they do not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.features import humanml3d
from reprise.features.fusion import decode_generated

STD = np.ones(263)
STD[humanml3d.POSITIONS], STD[humanml3d.VELOCITIES] = 0.15, 0.025


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**31))
def test_recorded_motion_is_left_as_it_is(smooth_motion, seed):
    joints = humanml3d.normalize(smooth_motion(seed))
    features = humanml3d.encode_normalized(joints - np.array([0.0, 0.001, 0.0]))  # surely not above the floor
    np.testing.assert_allclose(decode_generated(features, STD), humanml3d.decode(features), atol=1e-4)


@pytest.mark.parametrize("seed", range(5))
def test_noise_is_the_least_squares_solution(smooth_motion, seed):
    """Against a dense solver over one joint's coordinate, and against the truth that the noise was added to."""
    random = np.random.default_rng(seed)
    clean = humanml3d.encode(smooth_motion(seed, 81))
    noisy = clean.copy()
    for block, deviation in ((humanml3d.POSITIONS, 0.03), (humanml3d.VELOCITIES, 0.005)):
        noisy[:, block] += deviation * random.normal(size=noisy[:, block].shape)
    noisy[:, [3, *range(5, 67, 3)]] -= 0.5  # far below the floor, where nothing is lowered
    clean[:, [3, *range(5, 67, 3)]] -= 0.5
    truth, plain, fused = humanml3d.decode(clean), humanml3d.decode(noisy), decode_generated(noisy, STD)
    assert np.abs(fused - truth)[:, 1:].mean() < 0.7 * np.abs(plain - truth)[:, 1:].mean()
    difference = np.diff(np.eye(80), axis=0) * 6.0
    heights = noisy[:, 4:67].reshape(80, 21, 3)[:, 10, 1]  # joint 11's height needs no turning into world space
    steps = noisy[:-1, 193:259].reshape(79, 22, 3)[:, 11, 1] * 6.0
    dense = np.linalg.lstsq(np.vstack((np.eye(80), difference)), np.concatenate((heights, steps)), rcond=None)[0]
    np.testing.assert_allclose(fused[:, 11, 1], dense, atol=1e-4)


def test_one_frame(smooth_motion):
    features = humanml3d.encode(smooth_motion(1))[:1]
    expected = humanml3d.decode(features)
    expected[..., 1] -= expected[..., 1].min()
    np.testing.assert_allclose(decode_generated(features, STD), expected, atol=1e-6)


def test_a_hovering_clip_comes_down(smooth_motion):
    joints = humanml3d.normalize(smooth_motion(2)) + np.array([0.0, 0.3, 0.0])
    landed = decode_generated(humanml3d.encode_normalized(joints), STD)
    assert landed[..., 1].min() == pytest.approx(0.0, abs=1e-6)
