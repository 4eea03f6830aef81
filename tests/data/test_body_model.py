"""Body models: found in people's folders, read without running what a pickle may run, posed as smplx poses them."""

from __future__ import annotations

import pickle
import sys

import numpy as np
import pytest
import smplx
import torch
from made_bodies import MadeBody, made_body, official_pickle, whole_smplx, write_body

from reprise.data.body_model import BodyModel, load_body_model
from reprise.data.body_model_files import BodyModelFile, choose_body_model, find_body_models
from reprise_core.errors import RepriseError


def loaded(tmp_path, body: MadeBody, name: str) -> BodyModel:
    path = write_body(tmp_path / name, body)
    return load_body_model(BodyModelFile(path, body.kind, "neutral"))


@pytest.mark.parametrize(("kind", "width"), [("smpl", 72), ("smplh", 156)])
def test_joints_are_those_of_the_whole_smplx_model(tmp_path, kind, width):
    body, random = made_body(kind, stretch=0.3), np.random.default_rng(1)
    poses, transl = random.normal(scale=0.6, size=(7, width)), random.normal(size=(7, 3))
    betas = random.normal(size=10)
    ours = loaded(tmp_path, body, f"{kind}.npz").posed_joints(poses, transl, betas)
    np.testing.assert_allclose(ours, whole_smplx(body, poses, transl, betas), atol=1e-6)


def test_smplx_bodies_keep_their_shapes_and_leave_out_expressions(tmp_path):
    body = made_body("smplx", shapes=400)
    model, betas = loaded(tmp_path, body, "SMPLX_NEUTRAL.npz"), np.random.default_rng(0).normal(size=400)
    assert model.shape_directions.shape == (22, 3, 300)
    shaped = body.arrays["v_template"] + body.arrays["shapedirs"][..., :300] @ betas[:300]
    np.testing.assert_allclose(model.rest_joints(betas), (body.arrays["J_regressor"] @ shaped)[:22], atol=1e-12)
    poses = np.random.default_rng(1).normal(scale=0.5, size=(3, 55, 3))
    arrays = {key: torch.from_numpy(value.astype(np.float64)) for key, value in body.arrays.items()}
    parents = torch.from_numpy(body.arrays["kintree_table"][0].astype(np.int32).astype(np.int64))
    _, joints = smplx.lbs.lbs(
        torch.zeros(3, 400, dtype=torch.float64), torch.from_numpy(poses.reshape(3, -1)), arrays["v_template"],
        arrays["shapedirs"], arrays["posedirs"].reshape(-1, 486).T, arrays["J_regressor"], parents, arrays["weights"],
    )  # fmt: skip
    np.testing.assert_allclose(model.posed_joints(poses, np.zeros((3, 3))), joints[:, :22], atol=1e-6)


def test_chunks_are_one_motion(tmp_path, monkeypatch):
    model = loaded(tmp_path, made_body(), "SMPL_NEUTRAL.npz")
    poses, transl = np.random.default_rng(3).normal(size=(50, 72)), np.zeros((50, 3))
    whole = model.posed_joints(poses, transl)
    monkeypatch.setattr("reprise.data.body_model._CHUNK", 7)
    np.testing.assert_array_equal(model.posed_joints(poses, transl), whole)


def test_an_official_pickle_holds_what_the_npz_holds(tmp_path):
    body = made_body()
    assert b"chumpy" in official_pickle(body)
    assert "chumpy" not in sys.modules
    pickled, plain = (loaded(tmp_path, body, name) for name in ("SMPL_NEUTRAL.pkl", "SMPL_NEUTRAL.npz"))
    np.testing.assert_allclose(pickled.template, plain.template, atol=1e-12)
    np.testing.assert_allclose(pickled.shape_directions, plain.shape_directions, atol=1e-12)


class _Harmful:
    def __reduce__(self):
        return sys.modules["os"].makedirs, ("ran-it",)


@pytest.mark.parametrize("harm", [_Harmful(), {"v_template": _Harmful()}, eval, pickle.loads])
def test_a_pickle_that_asks_for_more_than_arrays_is_refused(tmp_path, monkeypatch, harm):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "SMPL_MALE.pkl").write_bytes(pickle.dumps(harm, protocol=2))
    with pytest.raises(RepriseError, match=r"SMPL_MALE\.pkl' is no body model that can be read safely \(it asks for"):
        load_body_model(BodyModelFile(tmp_path / "SMPL_MALE.pkl", "smpl", "male"))
    assert not (tmp_path / "ran-it").exists()


@pytest.mark.parametrize("data", [b"", b"\x80\x02}q\x01.", pickle.dumps([1, 2]), b"PK\x03\x04 broken"])
@pytest.mark.parametrize("name", ["SMPL_MALE.pkl", "SMPL_MALE.npz"])
def test_a_broken_model_is_one_sentence(tmp_path, data, name):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(RepriseError, match=r"SMPL_MALE\."):
        load_body_model(BodyModelFile(tmp_path / name, "smpl", "male"))


def test_a_model_of_another_family_is_refused(tmp_path):
    path = write_body(tmp_path / "SMPL_MALE.pkl", made_body("smplh"))
    with pytest.raises(RepriseError, match="is no SMPL body model: it has 52 joints"):
        load_body_model(BodyModelFile(path, "smpl", "male"))


def test_models_are_found_in_the_folders_that_people_have(tmp_path):
    places = {
        "smpl/SMPL_NEUTRAL.pkl": ("smpl", "neutral"),
        "smpl/basicModel_f_lbs_10_207_0_v1.0.0.pkl": ("smpl", "female"),
        "smplh/male/model.npz": ("smplh", "male"),
        "smplh/SMPLH_FEMALE.pkl": ("smplh", "female"),
        "smplx/SMPLX_NEUTRAL.npz": ("smplx", "neutral"),
        "other/female.npz": ("smplx", "female"),
    }
    for name, (kind, _) in places.items():
        write_body(tmp_path / name, made_body(kind))
    (tmp_path / "dmpls/male").mkdir(parents=True)
    np.savez(tmp_path / "dmpls/male/model.npz", eigvec=np.zeros(3))
    (tmp_path / "smplh/MANO_LEFT.pkl").write_bytes(b"hands")
    found = {
        model.path.relative_to(tmp_path).as_posix(): (model.kind, model.gender) for model in find_body_models(tmp_path)
    }
    assert found == places
    assert choose_body_model(tmp_path / "smplh", "smplh", ("male",)).path.name == "model.npz"
    assert choose_body_model(tmp_path / "smplx/SMPLX_NEUTRAL.npz", "smplx", ("neutral",)).kind == "smplx"
    assert choose_body_model(tmp_path, "smplh", ("neutral", "female")).gender == "female"


def test_what_is_missing_is_said_with_what_there_is(tmp_path):
    write_body(tmp_path / "smplh/male/model.npz", made_body("smplh"))
    with pytest.raises(RepriseError, match="has no neutral SMPL-X body model, only male SMPL-H") as refusal:
        choose_body_model(tmp_path, "smplx", ("neutral",))
    assert "smplx/SMPLX_NEUTRAL.npz" in refusal.value.hint
    (tmp_path / "empty").mkdir()
    for place in (tmp_path / "empty", tmp_path / "missing"):
        with pytest.raises(RepriseError, match=r"no.*body model"):
            find_body_models(place)


def test_without_smplx_one_sentence_names_the_extra(tmp_path, monkeypatch):
    path = write_body(tmp_path / "SMPL_MALE.npz", made_body(seed=9))
    monkeypatch.setitem(sys.modules, "smplx", None)
    with pytest.raises(RepriseError, match="need the package smplx") as refusal:
        load_body_model(BodyModelFile(path, "smpl", "male"))
    assert "reprise[smpl]" in refusal.value.hint
