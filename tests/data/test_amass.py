"""AMASS recordings through `read_motions`: posed on the user's body model, one sentence for each that cannot be."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest
from made_bodies import amass_bytes, made_amass, made_body, whole_smplx, write_body

from reprise.data.amass_file import parse_amass
from reprise.data.imported import ImportedClip, Unreadable
from reprise.data.read_motions import read_motions
from reprise.features import humanml3d
from reprise_core.errors import RepriseError


@pytest.fixture
def bodies(tmp_path):
    for kind, name in (
        ("smpl", "smpl/SMPL_NEUTRAL.pkl"),
        ("smplh", "smplh/male/model.npz"),
        ("smplx", "smplx/SMPLX_FEMALE.npz"),
    ):
        write_body(tmp_path / "bodies" / name, made_body(kind, seed=3, bend=0.1))
    return tmp_path / "bodies"


def put(path, arrays):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(amass_bytes(arrays))
    return path


def test_a_recording_is_posed_as_humanml3d_would(tmp_path, bodies):
    arrays = made_amass("smplh", betas=10)
    (clip,) = read_motions(put(tmp_path / "CMU/01/walk_slowly_poses.npz", arrays), body_models=bodies)
    assert isinstance(clip, ImportedClip)
    body = made_body("smplh", seed=3, bend=0.1)
    joints = whole_smplx(body, arrays["poses"][::6], arrays["trans"][::6], arrays["betas"])
    wanted = humanml3d.normalize(joints[..., [0, 2, 1]] * [-1, 1, 1])
    assert clip.joints.shape == (41, 22, 3)
    # Striding keeps every sixth frame, we smooth a little before: the figure moves slowly, so that both agree.
    assert np.linalg.norm(clip.joints - wanted, axis=-1).max() < 0.01
    assert any("SMPL" in note or "model.npz" in note for note in clip.notes)


@pytest.mark.parametrize("kind", ["smpl", "smplh", "smplx"])
def test_all_families_are_read_with_the_gender_there_is(tmp_path, bodies, kind):
    path = put(tmp_path / "a_poses.npz", made_amass(kind, gender="female"))
    (clip,) = read_motions(path, body_models=bodies)
    assert isinstance(clip, ImportedClip)
    assert any("There is no female" in note for note in clip.notes) == (kind != "smplx")


def test_without_a_body_model_each_recording_is_one_sentence_and_the_rest_goes_on(tmp_path, bodies):
    put(tmp_path / "set/one_poses.npz", made_amass("smplh"))
    put(tmp_path / "set/two_poses.npz", made_amass("smplx"))
    np.savez(tmp_path / "set/shape.npz", betas=np.zeros(16), gender="male")  # lies beside, holds no motion
    np.save(tmp_path / "set/three.npy", np.random.default_rng(0).normal(size=(30, 22, 3)))
    found = list(read_motions(tmp_path / "set"))
    refused = {clip.name: clip.reason for clip in found if isinstance(clip, Unreadable)}
    assert set(refused) == {"one_poses.npz", "two_poses.npz"}
    assert "Give --body-model a folder with your SMPL-H model" in refused["one_poses.npz"]
    assert "SMPL-X" in refused["two_poses.npz"]
    assert [clip.id for clip in found if isinstance(clip, ImportedClip)] == ["three"]
    (tmp_path / "bodies/smplx/SMPLX_FEMALE.npz").unlink()
    found = list(read_motions(tmp_path / "set", body_models=bodies))
    (refusal,) = (clip for clip in found if isinstance(clip, Unreadable))
    assert "SMPL-X body model, only male SMPL-H, neutral SMPL." in refusal.reason
    assert sum(isinstance(clip, ImportedClip) for clip in found) == 2


def test_zips_are_read_too(tmp_path, bodies):
    with zipfile.ZipFile(tmp_path / "KIT.zip", "w") as file:
        file.writestr("KIT/3/wave_left01_poses.npz", amass_bytes(made_amass("smplh")))
    (clip,) = read_motions(tmp_path / "KIT.zip", body_models=bodies)
    assert clip.captions == ("kit wave left",)


def changed(**changes):
    arrays = made_amass("smplh", frames=10) | changes
    return amass_bytes({key: value for key, value in arrays.items() if value is not None})


BROKEN = np.full((10, 3), np.nan)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"PK\x03\x04 torn", "x.npz"),
        (changed()[:2000], "x.npz"),
        (changed(trans=None), "lacks trans"),
        (changed(mocap_framerate=None), "lacks mocap_framerate"),
        (changed(poses=np.zeros((10, 100))), r"poses of the shape \(10, 100\)"),
        (changed(trans=np.zeros((9, 3))), "10 poses and translations"),
        (changed(trans=BROKEN), "translations that are not finite"),
        (changed(betas=np.full(16, np.inf)), "betas that are not finite"),
        (changed(mocap_framerate=np.array(0.0)), "rate of 0"),
        (changed(poses=np.full((10, 156), "a")), "words where numbers belong"),
        (changed(poses=np.array([[{}]], dtype=object)), "x.npz"),
    ],
)
def test_a_broken_file_is_one_sentence(data, why):
    with pytest.raises(RepriseError, match=why) as refusal:
        parse_amass(data, "x.npz")
    assert "x.npz" in refusal.value.message


@pytest.mark.parametrize(
    ("written", "read"),
    [("male", "male"), (b"female", "female"), ("Neutral", "neutral"), ("?", "neutral"), (None, "neutral")],
)
def test_gender_is_read_however_it_was_written(written, read):
    assert parse_amass(changed(gender=None if written is None else np.array(written)), "x.npz").gender == read


def test_a_pickled_gender_is_not_unpickled():
    buffer = io.BytesIO()
    np.savez(buffer, **(made_amass("smplh", frames=10) | {"gender": np.array("male", dtype=object)}))
    assert parse_amass(buffer.getvalue(), "x.npz").gender == "neutral"
