import numpy as np
import pytest

from reprise.data import dataset as datasets
from reprise.data.dataset_writer import ClipWords, DatasetWriter
from reprise.features import humanml3d
from reprise.library.from_dataset import create_from_dataset
from reprise.library.from_motions import create_from_motions
from reprise.library.store import Library
from reprise.library.verify import find_damage
from reprise_core.errors import RepriseError
from reprise_core.motion import Motion, to_npz
from reprise_core.skeleton import JOINT_NAMES, PARENTS, humanml3d_skeleton


def standing(poses, seed=0):
    """(poses, 22, 3) normalised: the rest pose, swaying."""
    rest = humanml3d_skeleton().rest_positions()
    sway = np.sin(np.linspace(0, 3, poses))[:, None, None] * np.random.default_rng(seed).normal(
        scale=0.05, size=(22, 3)
    )
    return humanml3d.normalize(rest + sway).astype(np.float32)


@pytest.fixture
def data_set(tmp_path):
    folder = tmp_path / "data"
    with DatasetWriter(folder) as writer:
        for seed, (name, split, frames, captions) in enumerate(
            (
                ("a_0", "train", 30, ["a person waves the left hand", "someone waves"]),
                ("b_0", "train", 20, ["a person stands"]),
                ("c_0", "test", 25, ["a person sways"]),
            )
        ):
            writer.add(ClipWords(name[0], name[0], split, "s", "CC0-1.0"), name, captions, standing(frames + 1, seed))
        writer.finish()
    return folder


def test_a_library_of_a_split(tmp_path, data_set, encoder):
    seen = []
    create_from_dataset(data_set, "train", tmp_path / "l.sqlite", encoder, lambda *at: seen.append(at))
    data = datasets.load(data_set)
    with Library.open(tmp_path / "l.sqlite") as library:
        assert find_damage(library) == ()
        assert [clip.id for clip in library.clips()] == ["a_0", "b_0"]
        np.testing.assert_allclose(library.motion("a_0"), data.joints(0), atol=1e-4)
        assert library.captions("a_0") == ("a person waves the left hand", "someone waves")
    assert seen[-1] == (2, 2)


def test_mirrored_twins_share_the_recording_and_swap_sides(tmp_path, data_set, encoder):
    create_from_dataset(data_set, "train", tmp_path / "l.sqlite", encoder, mirrored=True)
    data = datasets.load(data_set)
    with Library.open(tmp_path / "l.sqlite") as library:
        clips = {clip.id: clip for clip in library.clips()}
        assert len(clips) == 4
        twin = clips["a_0-mirrored"]
        assert twin.recording == clips["a_0"].recording
        assert twin.captions[0] == "a person waves the right hand"
        np.testing.assert_allclose(library.motion(twin.id), data.joints(0, mirrored=True), atol=1e-4)


def test_a_split_that_is_not_there(tmp_path, data_set, encoder):
    with pytest.raises(RepriseError, match="no split 'dev'") as error:
        create_from_dataset(data_set, "dev", tmp_path / "l.sqlite", encoder)
    assert "test, train" in error.value.hint
    assert not (tmp_path / "l.sqlite").exists()


def motion(positions, fps=20.0, **meta):
    poses = len(positions)
    identity = np.tile([1.0, 0.0, 0.0, 0.0], (poses, 22, 1))
    offsets = humanml3d_skeleton().rest_offsets
    return Motion(fps, JOINT_NAMES, PARENTS, offsets, positions[:, 0], identity, positions, np.zeros((poses, 4)), meta)


def test_a_library_of_generated_motions(tmp_path, encoder):
    positions = standing(41)
    turned = positions @ np.array([[0.0, 0, 1], [0, 1, 0], [-1, 0, 0]], np.float32) + np.array(
        [3.0, 1.0, 2.0], np.float32
    )
    meta = {"prompt": "a person sways", "engine": "remodiffuse", "seed": 3}
    (tmp_path / "sway.npz").write_bytes(to_npz([motion(turned, **meta)]))
    (tmp_path / "takes.npz").write_bytes(to_npz([motion(positions, prompt="one"), motion(positions, prompt="two")]))
    files = [tmp_path / "sway.npz", tmp_path / "takes.npz"]
    create_from_motions(files, tmp_path / "l.sqlite", encoder, licence="CC0-1.0")
    with Library.open(tmp_path / "l.sqlite") as library:
        clips = {clip.id: clip for clip in library.clips()}
        assert list(clips) == ["sway", "takes-take0", "takes-take1"]
        assert clips["sway"].captions == ("a person sways",)
        assert clips["sway"].source == "generated remodiffuse 3"
        assert clips["sway"].licence == "CC0-1.0"
        assert clips["sway"].frames == 40
        np.testing.assert_allclose(library.motion("sway"), positions, atol=2e-4)  # back in its place


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (None, "cannot be read"),
        (b"no npz", "no motion file"),
        (to_npz([motion(standing(10))]), "has no prompt"),
        (to_npz([motion(standing(10), fps=30.0, prompt="a")]), "at 30 fps"),
        (to_npz([motion(standing(10)[:1], prompt="a")]), "is not fit"),
    ],
    ids=["missing", "not npz", "no prompt", "30 fps", "one pose"],
)
def test_what_is_no_motion_is_named(tmp_path, encoder, content, what):
    file = tmp_path / "x.npz"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(RepriseError, match=what) as error:
        create_from_motions([file], tmp_path / "l.sqlite", encoder, licence="CC0-1.0")
    assert str(file) in error.value.message
    assert not (tmp_path / "l.sqlite").exists()
