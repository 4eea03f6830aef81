"""The codec against HumanML3D's published processing (golden files) and as an identity."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.features import humanml3d
from reprise_core import quaternion as quat
from reprise_core.errors import RepriseError
from reprise_core.skeleton import BONE_LENGTHS, PARENTS

GOLDEN = Path(__file__).resolve().parents[3] / "shared/golden/humanml3d_codec.npz"


@pytest.mark.skipif(not GOLDEN.exists(), reason="the golden file is not part of the repository")
@pytest.mark.parametrize("clip", range(4))
def test_golden(clip):
    with np.load(GOLDEN) as golden:
        features = humanml3d.encode(golden[f"clip{clip}_joints"])
        expected, recovered = golden[f"clip{clip}_features"], golden[f"clip{clip}_recovered"]
    np.testing.assert_allclose(features, expected, atol=2e-4)
    np.testing.assert_array_equal(features[:, humanml3d.CONTACTS], expected[:, humanml3d.CONTACTS])
    np.testing.assert_allclose(humanml3d.decode(expected), recovered, atol=1e-5)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**31))
def test_decode_inverts_encode(smooth_motion, seed):
    joints = humanml3d.normalize(smooth_motion(seed))
    np.testing.assert_allclose(humanml3d.decode(humanml3d.encode_normalized(joints)), joints[:-1], atol=1e-4)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**31), st.floats(-3.1, 3.1), st.floats(0.5, 2.0))
def test_features_do_not_depend_on_place_heading_or_size(smooth_motion, seed, yaw, scale):
    joints = smooth_motion(seed)
    moved = quat.rotate(quat.from_axis_angle(np.array([0.0, 1.0, 0.0]), yaw), joints) * scale + np.array(
        [3.0, 0.5, -7.0]
    )
    np.testing.assert_allclose(humanml3d.encode(moved), humanml3d.encode(joints), atol=1e-4)


def test_a_full_turn_comes_back_whole(smooth_motion):
    """A figure that turns once around passes straight behind its start, where the published code turns back."""
    joints = humanml3d.normalize(smooth_motion(1))
    angles = np.linspace(0.0, 2 * np.pi, len(joints))
    turned = quat.rotate(quat.from_axis_angle(np.array([0.0, 1.0, 0.0]), angles)[:, None], joints - joints[:, :1])
    turned = humanml3d.normalize(turned + joints[:, :1])
    np.testing.assert_allclose(humanml3d.decode(humanml3d.encode_normalized(turned)), turned[:-1], atol=1e-4)
    slipped = humanml3d.decode(humanml3d.encode_normalized(turned, published=True))
    assert np.abs(slipped - turned[:-1]).max() > 0.05


def test_normalisation_is_what_it_says(smooth_motion):
    joints = humanml3d.normalize(smooth_motion(3))
    lengths = np.linalg.norm(joints[:, 1:] - joints[:, list(PARENTS[1:])], axis=-1)
    np.testing.assert_allclose(lengths, np.broadcast_to(BONE_LENGTHS[1:], lengths.shape), atol=1e-9)
    assert joints[..., 1].min() == pytest.approx(0, abs=1e-12)
    np.testing.assert_allclose(joints[0, 0, [0, 2]], 0, atol=1e-12)
    np.testing.assert_allclose(humanml3d.facing(joints[:1])[0], [0, 0, 1], atol=1e-9)


def test_degenerate_bones_stay_finite(smooth_motion):
    joints = smooth_motion(5)
    joints[:, 9] = joints[:, 6]  # a chest on the mid-spine, as in CMU's subject 06
    joints[:, 4] = joints[:, 1] + np.array([0.0, 0.4, 0.0])  # a thigh exactly against its canonical axis
    assert np.isfinite(humanml3d.encode(joints)).all()


@pytest.mark.parametrize("bad", [np.zeros((5, 21, 3)), np.zeros((1, 22, 3)), np.full((5, 22, 3), np.nan)])
def test_bad_joints_are_named(bad):
    with pytest.raises(RepriseError, match="joints"):
        humanml3d.encode(bad)


def test_statistics_average_within_groups():
    features = np.random.default_rng(0).normal(size=(500, 263)) * np.linspace(0.1, 3, 263)
    mean, std = humanml3d.statistics(features)
    np.testing.assert_allclose(mean, features.mean(0), atol=1e-5)
    assert std[3] == pytest.approx(features[:, 3].std(), rel=1e-5)
    assert len(np.unique(std[humanml3d.POSITIONS])) == 1
