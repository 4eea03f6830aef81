"""A copy is found wherever it is, and everything else is as far as its joints are."""

import numpy as np
import pytest

from reprise.evaluation.copying import local_joints, training_clips
from reprise.features import humanml3d


def test_a_stretch_of_a_training_clip_is_at_distance_zero(dataset):
    clips = [dataset.features(row) for row in range(8)]
    near = training_clips(clips)
    assert near.nearest([clips[3][2:22], clips[5][10:30]]) == pytest.approx([0, 0], abs=1e-3)
    assert len(near.nearest([clips[7]])) == len(clips[7]) // 20
    assert len(near.nearest([clips[7], clips[7][:19]])) == len(clips[7]) // 20  # less than a second is not measured


def test_the_distance_is_the_joints_root_mean_square(dataset):
    clips = [dataset.features(row) for row in range(8)]
    asked, apart = dataset.features(9)[:20], []
    for clip in clips:
        joints = local_joints(clip).reshape(-1, 22, 3).astype(np.float64)
        for begin in range(0, len(joints) - 19, 2):
            difference = joints[begin : begin + 20] - local_joints(asked).reshape(20, 22, 3)
            apart.append(np.sqrt(np.square(np.linalg.norm(difference, axis=-1)).mean()))
    assert training_clips(clips).nearest([asked])[0] == pytest.approx(1000 * min(apart), rel=1e-3)


def test_where_it_goes_and_whither_it_faces_does_not_count(dataset):
    features = dataset.features(2).copy()
    moved = features.copy()
    moved[:, humanml3d.ROOT_XZ] += 0.1
    moved[:, humanml3d.ROOT_YAW] += 0.2
    assert training_clips([features]).nearest([moved])[0] == pytest.approx(0, abs=1e-3)
