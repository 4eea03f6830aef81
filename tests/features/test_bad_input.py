"""Arrays that no clip has: one sentence that names the clip, the frame and the joint."""

import numpy as np
import pytest
import torch
from codec_motions import moving

from reprise.features.codec import decode, encode, encode_normalized
from reprise.features.normalization import retarget
from reprise.features.representation import HUMANML3D, KIT_ML
from reprise_core.errors import RepriseError


@pytest.mark.parametrize("broken", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("function", [encode, encode_normalized, retarget])
def test_a_broken_position_is_named(function, broken):
    joints = moving(HUMANML3D, 1, 20)
    joints[12, 4, 1] = joints[15, 2, 0] = broken
    with pytest.raises(RepriseError, match=r"Joint 4 \('left_knee'\) of frame 12 is ") as caught:
        function(joints)
    assert caught.value.code == "bad_joints"
    assert str(broken) in caught.value.message
    assert caught.value.hint


def test_in_a_batch_the_clip_is_named_too():
    joints = np.stack([moving(KIT_ML, seed, 9) for seed in range(4)])
    joints[2, 5, 15] = np.nan
    with pytest.raises(RepriseError, match=r"Joint 15 \('LF'\) of frame 5 of clip 2 is nan"):
        encode(joints, KIT_ML)
    with pytest.raises(RepriseError, match=r"of frame 5 of clip 2 is nan"):
        encode(torch.from_numpy(joints), KIT_ML)
    with pytest.raises(RepriseError, match=r"of frame 5 of clip \(1, 0\) is nan"):
        encode(joints.reshape(2, 2, 9, 21, 3), KIT_ML)


def test_wrong_joint_counts_are_named():
    with pytest.raises(RepriseError, match=r"21 joints a frame, where HumanML3D has 22"):
        encode(np.zeros((5, 21, 3)))
    with pytest.raises(RepriseError, match=r"22 joints a frame, where KIT-ML has 21"):
        encode(np.zeros((5, 22, 3)), KIT_ML)
    with pytest.raises(RepriseError, match=r"52 joints a frame") as caught:
        encode(np.zeros((5, 52, 3)))
    assert "first 22" in str(caught.value) or ":22" in caught.value.hint
    for shape in ((22, 3), (5, 66), (5, 22, 2), ()):
        with pytest.raises(RepriseError, match="shape"):
            encode(np.zeros(shape))


@pytest.mark.parametrize("frames", [0, 1])
def test_too_few_frames_are_named(frames):
    with pytest.raises(RepriseError, match=rf"{frames} frame"):
        encode(np.zeros((frames, 22, 3)))


def test_broken_features_are_named():
    features = encode(moving(HUMANML3D, 1, 20))
    features[7, 100] = np.nan
    with pytest.raises(RepriseError, match="Feature 100 of frame 7 is nan"):
        decode(features)
    with pytest.raises(RepriseError, match="Feature 100 of frame 7 of clip 1 is nan"):
        decode(np.stack((np.zeros_like(features), features)))


@pytest.mark.parametrize("shape", [(5, 251), (263,), (0, 263), ()])
def test_features_of_another_shape_are_refused(shape):
    with pytest.raises(RepriseError, match="shape"):
        decode(np.zeros(shape))


def test_a_skeleton_of_another_size_is_refused():
    with pytest.raises(RepriseError, match=r"\(21,\)"):
        encode(moving(HUMANML3D, 1, 20), HUMANML3D, np.ones(21))
