"""Data sets on disk: rows in shards, poses exact to half a tenth of a millimetre, features that belong to the poses."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from reprise.data import shards
from reprise.data.dataset import load
from reprise.data.dataset_writer import ClipWords, DatasetWriter, Window
from reprise.data.poses import POSE, QUANTUM, pack_poses, unpack_poses
from reprise.features.humanml3d import encode_normalized, statistics
from reprise_core.errors import RepriseError


@settings(max_examples=50, deadline=None)
@given(counts=st.lists(st.integers(0, 9), max_size=12), limit=st.integers(1, 12))
def test_what_is_appended_at_once_comes_back_as_one_view_into_one_file(tmp_path_factory, counts, limit):
    folder = tmp_path_factory.mktemp("shards")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shards, "SHARD_BYTES", limit * 8)
        with shards.ShardWriter(folder, "rows", np.float32, (2,)) as writer:
            parts = [np.full((count, 2), i, np.float32) for i, count in enumerate(counts)]
            starts = [writer.append(part) for part in parts]
    opened = shards.Shards.open(folder, "rows")
    assert len(opened) == sum(counts)
    for start, part in zip(starts, parts, strict=True):
        view = opened.read(start, len(part))
        np.testing.assert_array_equal(view, part)
        assert len(part) == 0 or isinstance(view, np.memmap)
    longest = max(counts, default=0)
    assert all(len(file) <= max(limit, longest) for file in opened.files)
    with pytest.raises(IndexError):
        opened.read(len(opened), 1)


@settings(max_examples=50, deadline=None)
@given(
    local=hnp.arrays(np.float32, (3, 22, 3), elements=st.floats(-1.5, 1.5, width=32)),
    place=hnp.arrays(np.float64, (3,), elements=st.floats(-5000, 5000)),
)
def test_poses_are_exact_to_half_a_tenth_of_a_millimetre(local, place):
    joints = local + place
    poses = pack_poses(joints)
    assert poses.dtype == POSE
    assert np.abs(unpack_poses(poses) - joints).max() <= 0.5001 * QUANTUM
    np.testing.assert_array_equal(pack_poses(unpack_poses(poses)), poses)


@pytest.mark.parametrize("joints", [np.full((2, 22, 3), np.nan), np.full((2, 22, 3), 1e9), np.eye(22, 3)[None] * 4.0])
def test_poses_that_do_not_fit_are_refused(joints):
    with pytest.raises(RepriseError):
        pack_poses(joints)


def test_features_are_those_of_the_joints(dataset):
    for index in (0, 7):
        for mirrored in (False, True):
            np.testing.assert_array_equal(
                dataset.features(index, mirrored), encode_normalized(dataset.joints(index, mirrored))
            )


def test_statistics_are_those_of_all_training_rows(dataset):
    rows = [dataset.features(i, twin) for i, s in enumerate(dataset.segments) if s.split == "train" for twin in (0, 1)]
    mean, std = statistics(np.concatenate(rows))
    np.testing.assert_allclose(dataset.mean, mean, atol=1e-6)
    np.testing.assert_allclose(dataset.std, np.where(std > 0.0, std, 1.0), rtol=1e-5)


def test_writing_and_reading_hold_one_clip_in_memory(tmp_path, dataset):
    """Twenty megabytes of data set, and nowhere near as much of memory."""
    joints = dataset.joints(9)
    words = ClipWords("a", "a", "train", "s", "l")
    tracemalloc.start()
    with DatasetWriter(tmp_path / "set") as writer:
        for i in range(150):
            writer.add(words, f"a-{i}", ("a person wriggles",), joints)
        writer.finish()
    data = load(tmp_path / "set")
    for i in range(150):
        assert data.features(i).sum() != 0.0
        assert data.joints(i).shape == joints.shape
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    size = sum(path.stat().st_size for path in (tmp_path / "set").iterdir())
    assert size > 15e6
    assert peak < 4e6
    assert all(isinstance(file, np.memmap) for file in (*data.poses.files, *data.encoded.files))


def test_a_shifted_window_is_a_window_of_the_stretch(tmp_path, dataset):
    joints = dataset.joints(9)
    last = len(joints) - 1
    with DatasetWriter(tmp_path / "set") as writer:
        windows = [Window("a-0", 0, 20, ("a person wriggles",)), Window("a-1", 20, last, ("someone wriggles",))]
        writer.add_stretch(ClipWords("a", "a", "train", "s", "l"), windows, joints)
        writer.finish()
    data = load(tmp_path / "set")
    whole = encode_normalized(joints)
    assert data.slack(0) == last - 20
    np.testing.assert_allclose(data.shifted_features(0, 5), whole[5:25], atol=2e-3)
    np.testing.assert_allclose(data.joints(1)[:, 0, 1], joints[20:, 0, 1], atol=2e-4)
    np.testing.assert_allclose(data.joints(1)[0, 0, [0, 2]], 0.0, atol=1e-6)


def test_a_set_without_training_clips_leaves_nothing(tmp_path, dataset):
    with DatasetWriter(tmp_path / "set") as writer:
        writer.add(ClipWords("a", "a", "test", "s", "l"), "a-0", ("a person wriggles",), dataset.joints(0))
        with pytest.raises(RepriseError, match="training split"):
            writer.finish()
    assert not list(tmp_path.iterdir())
