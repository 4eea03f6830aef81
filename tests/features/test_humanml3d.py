"""The codec against HumanML3D's published processing (golden files) and as an identity."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.features import humanml3d
from reprise_core import quaternion as quat
from reprise_core.errors import RepriseError
from reprise_core.kinematics import forward_kinematics
from reprise_core.skeleton import BONE_LENGTHS, PARENTS, humanml3d_skeleton

GOLDEN = Path(__file__).resolve().parents[3] / "shared/golden/humanml3d_codec.npz"


def smooth_motion(seed: int, frames: int = 60) -> np.ndarray:
    """A wriggling figure (frames, 22, 3) that walks off in an arc."""
    random = np.random.default_rng(seed)
    phases, axes = random.uniform(0, 6, (22,)), quat.normalize(random.normal(size=(22, 3)))
    time = np.arange(frames)[:, None] / 20
    local = quat.from_axis_angle(axes, 0.5 * np.sin(2 * time + phases))
    turn = quat.from_axis_angle(np.array([0.0, 1.0, 0.0]), time[:, 0] * random.uniform(-1, 1))
    local[:, 0] = quat.multiply(turn, local[:, 0])
    root = np.concatenate((np.sin(time), 1 + 0.05 * np.sin(5 * time), time), axis=1)
    return forward_kinematics(PARENTS, humanml3d_skeleton().rest_offsets * random.uniform(0.7, 1.3), root, local)[0]


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
def test_decode_inverts_encode(seed):
    joints = humanml3d.normalize(smooth_motion(seed))
    np.testing.assert_allclose(humanml3d.decode(humanml3d.encode_normalized(joints)), joints[:-1], atol=1e-4)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**31), st.floats(-3.1, 3.1), st.floats(0.5, 2.0))
def test_features_do_not_depend_on_place_heading_or_size(seed, yaw, scale):
    joints = smooth_motion(seed)
    moved = quat.rotate(quat.from_axis_angle(np.array([0.0, 1.0, 0.0]), yaw), joints) * scale + np.array(
        [3.0, 0.5, -7.0]
    )
    np.testing.assert_allclose(humanml3d.encode(moved), humanml3d.encode(joints), atol=1e-4)


def test_normalisation_is_what_it_says():
    joints = humanml3d.normalize(smooth_motion(3))
    lengths = np.linalg.norm(joints[:, 1:] - joints[:, list(PARENTS[1:])], axis=-1)
    np.testing.assert_allclose(lengths, np.broadcast_to(BONE_LENGTHS[1:], lengths.shape), atol=1e-9)
    assert joints[..., 1].min() == pytest.approx(0, abs=1e-12)
    np.testing.assert_allclose(joints[0, 0, [0, 2]], 0, atol=1e-12)
    np.testing.assert_allclose(humanml3d.facing(joints[:1])[0], [0, 0, 1], atol=1e-9)


def test_degenerate_bones_stay_finite():
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
