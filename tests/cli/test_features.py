"""`reprise features`: files there and back, folders, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from codec_motions import moving
from fake_engine import waving

from reprise.features.codec import decode, encode
from reprise.features.normalization import bone_lengths_of
from reprise.features.representation import HUMANML3D, KIT_ML
from reprise_core.contract import Request


@pytest.fixture
def joints(tmp_path):
    path = tmp_path / "joints.npy"
    np.save(path, waving(Request("a person waves", seconds=3.0)).positions)
    return path


@pytest.fixture
def dataset(tmp_path):
    """Clips of both representations in a folder, in sub-folders as well."""
    folder = tmp_path / "clips"
    (folder / "kit").mkdir(parents=True)
    clips = {"000001": moving(HUMANML3D, 1, 30), "000002": moving(HUMANML3D, 2, 50), "kit/03950": moving(KIT_ML, 3, 40)}
    for name, clip in clips.items():
        np.save(folder / f"{name}.npy", clip.astype(np.float32))
    return folder


def test_there_and_back(run, joints, tmp_path):
    features, decoded = tmp_path / "features.npy", tmp_path / "decoded.npz"
    assert run("features", "encode", joints, features).code == 0
    assert np.load(features).shape == (59, 263)
    assert run("features", "decode", features, decoded).code == 0
    with np.load(decoded) as arrays:
        shapes = {name: arrays[name].shape for name in arrays}
    assert shapes == {
        "positions": (59, 22, 3),
        "rotations": (59, 22, 4),
        "root_translation": (59, 3),
        "foot_contact": (59, 4),
    }


def test_kit_ml_is_told_by_its_joints_and_its_features(run, dataset, tmp_path):
    features, decoded = tmp_path / "features.npy", tmp_path / "decoded.npz"
    assert run("features", "encode", dataset / "kit/03950.npy", features).code == 0
    np.testing.assert_array_equal(np.load(features), encode(np.load(dataset / "kit/03950.npy"), KIT_ML))
    assert run("features", "decode", features, decoded, "--format", "kit-ml").code == 0
    with np.load(decoded) as arrays:
        np.testing.assert_array_equal(arrays["positions"], decode(np.load(features), KIT_ML))
        np.testing.assert_array_equal(arrays["root_translation"], arrays["positions"][:, 0])
        assert arrays["foot_contact"].shape == (39, 4)
        assert "rotations" not in arrays


def test_a_skeleton_gives_every_clip_its_bones(run, dataset, tmp_path):
    skeleton, features = tmp_path / "skeleton.npy", tmp_path / "features.npy"
    np.save(skeleton, moving(KIT_ML, 9, 2))
    assert run("features", "encode", dataset / "kit/03950.npy", features, "--skeleton", skeleton).code == 0
    expected = bone_lengths_of(moving(KIT_ML, 9, 2), KIT_ML)
    np.testing.assert_allclose(bone_lengths_of(decode(np.load(features), KIT_ML), KIT_ML), expected, rtol=1e-4)
    outcome = run("features", "encode", dataset / "000001.npy", features, "--skeleton", skeleton)
    assert outcome.code == 2
    assert "000001.npy" in outcome.complaint
    assert "(21,)" in outcome.complaint


def test_a_folder_becomes_a_folder(run, dataset, tmp_path):
    encoded, decoded = tmp_path / "encoded", tmp_path / "decoded"
    outcome = run("features", "encode", dataset, encoded)
    assert (outcome.code, outcome.err) == (0, "")
    assert "3 files encoded" in outcome.out
    names = sorted(path.relative_to(encoded).as_posix() for path in encoded.rglob("*") if path.is_file())
    assert names == ["000001.npy", "000002.npy", "kit/03950.npy"]
    np.testing.assert_array_equal(np.load(encoded / "000002.npy"), encode(np.load(dataset / "000002.npy")))
    assert run("features", "decode", encoded, decoded).code == 0
    assert {path.suffix for path in decoded.rglob("*") if path.is_file()} == {".npz"}
    with np.load(decoded / "kit/03950.npz") as arrays:
        assert arrays["positions"].shape == (39, 21, 3)


def test_one_bad_file_does_not_stop_the_rest(run, dataset, tmp_path):
    broken = moving(HUMANML3D, 4, 10)
    broken[6, 15] = np.nan
    np.save(dataset / "000000.npy", broken)
    (dataset / "000003.npy").write_text("no array")
    np.save(dataset / "kit/short.npy", np.zeros((1, 21, 3)))
    outcome = run("features", "encode", dataset, tmp_path / "out")
    assert outcome.code == 2
    assert outcome.out == ""
    *complaints, summary = outcome.err.splitlines()
    assert len(complaints) == 3
    assert "000000.npy" in complaints[0]
    assert "'head'" in complaints[0]
    assert "frame 6" in complaints[0]
    assert "000003.npy" in complaints[1]
    assert "short.npy" in complaints[2]
    assert "3 of 6 files" in summary
    written = sorted(path.name for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert written == ["000001.npy", "000002.npy", "03950.npy"]


@pytest.mark.parametrize(
    "content",
    [
        b"hello",
        b"",
        b"\x93NUMPY\x01\x00v\x00" + b"{'descr': '<f8', 'fortran_order': False, 'shape': (3,".ljust(117) + b"\n",
        b"\x93NUMPY\x01\x00v\x00" + b"{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }".ljust(117) + b"\n",
    ],
    ids=["words", "nothing", "a torn header", "no numbers after the header"],
)
def test_a_file_without_an_array_is_one_sentence_of_ours(run, content, tmp_path):
    """NumPy's own would advise to unpickle a stranger's file."""
    (tmp_path / "joints.npy").write_bytes(content)
    outcome = run("features", "encode", tmp_path / "joints.npy", tmp_path / "out.npy")
    assert outcome.code == 2
    assert "holds no array of numbers" in outcome.complaint
    assert "pickle" not in outcome.complaint


def test_a_file_is_not_written_over_itself(run, joints):
    before = joints.read_bytes()
    outcome = run("features", "encode", joints, joints.parent / "." / joints.name)
    assert outcome.code == 2
    assert "is the file that is read" in outcome.complaint
    assert joints.read_bytes() == before


def test_folders_that_cannot_be_are_refused_before_anything_is_written(run, dataset, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    for given, out in (
        (tmp_path / "empty", tmp_path / "out"),
        (dataset, tmp_path / "file"),
        (dataset, dataset),
        (dataset, dataset / "features"),
    ):
        before = sorted(dataset.rglob("*"))
        outcome = run("features", "encode", given, out)
        assert outcome.code == 2
        assert outcome.complaint
        assert sorted(dataset.rglob("*")) == before
    assert not (tmp_path / "out").exists()


def test_a_format_that_is_insisted_on_is_held_to(run, dataset, tmp_path):
    outcome = run("features", "encode", dataset / "000001.npy", tmp_path / "out.npy", "--format", "kit-ml")
    assert outcome.code == 2
    assert "22 joints a frame, where KIT-ML has 21" in outcome.complaint
    outcome = run("features", "decode", dataset, tmp_path / "out", "--format", "mixamo")
    assert outcome.code == 2
    assert "mixamo" in outcome.complaint


@pytest.mark.parametrize("command", ["encode", "decode"])
@pytest.mark.parametrize("content", ["missing", "text", "wrong shape", "one number", "pickle", "archive", "words"])
def test_something_else_is_refused_by_name(run, tmp_path, command, content):
    given, out = tmp_path / "given.npy", tmp_path / "out.npy"
    if content == "text":
        given.write_text("these are no numbers")
    elif content == "wrong shape":
        np.save(given, np.zeros((10, 5)))
    elif content == "one number":
        np.save(given, np.float32(1.0))
    elif content == "pickle":
        np.save(given, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    elif content == "archive":
        with given.open("wb") as file:
            np.savez(file, a=np.zeros(3))
    elif content == "words":
        np.save(given, np.array(["a", "b"]))
    outcome = run("features", command, given, out)
    assert outcome.code == 2
    assert str(given) in outcome.complaint
    assert not out.exists()


@pytest.mark.parametrize("frames", [slice(17, 18), slice(17, None)])
def test_a_bone_of_no_length_is_named_with_its_frame_and_nothing_is_written(run, dataset, tmp_path, frames):
    clip = np.load(dataset / "000001.npy")
    clip[frames, 20] = clip[frames, 18]
    np.save(dataset / "000001.npy", clip)
    outcome = run("features", "encode", dataset / "000001.npy", tmp_path / "features.npy")
    assert outcome.code == 2
    assert "Joint 20 ('left_wrist') of frame 17 lies on its parent 18 ('left_elbow')" in outcome.complaint
    assert not (tmp_path / "features.npy").exists()
