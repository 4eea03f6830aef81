"""HumanML3D: the golden files, which its published processing made, and that processing's slip."""

import numpy as np
import pytest
from codec_motions import GOLDEN, UP

from reprise.features import humanml3d
from reprise_core import quaternion as quat


@pytest.mark.skipif(not GOLDEN.exists(), reason="the golden file is not part of the repository")
@pytest.mark.parametrize("clip", range(4))
def test_golden(clip):
    with np.load(GOLDEN) as golden:
        features = humanml3d.encode(golden[f"clip{clip}_joints"])
        expected, recovered = golden[f"clip{clip}_features"], golden[f"clip{clip}_recovered"]
    np.testing.assert_allclose(features, expected, atol=2e-4)
    np.testing.assert_array_equal(features[:, humanml3d.CONTACTS], expected[:, humanml3d.CONTACTS])
    np.testing.assert_allclose(humanml3d.decode(expected), recovered, atol=1e-5)


def test_a_full_turn_comes_back_whole(smooth_motion):
    """A figure that turns once around passes straight behind its start, where the published code turns back."""
    joints = humanml3d.normalize(smooth_motion(1))
    angles = np.linspace(0.0, 2 * np.pi, len(joints))
    turned = quat.rotate(quat.from_axis_angle(UP, angles)[:, None], joints - joints[:, :1])
    turned = humanml3d.normalize(turned + joints[:, :1])
    np.testing.assert_allclose(humanml3d.decode(humanml3d.encode_normalized(turned)), turned[:-1], atol=1e-4)
    slipped = humanml3d.decode(humanml3d.encode_normalized(turned, published=True))
    assert np.abs(slipped - turned[:-1]).max() > 0.05
