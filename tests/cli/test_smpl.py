"""SMPL on the command line: poses out, AMASS in, HumanML3D from scratch."""

from __future__ import annotations

import numpy as np
import pytest
from fake_engine import waving
from made_bodies import amass_bytes, made_amass, made_body, write_amass, write_body

from reprise.data.body_model import load_body_model
from reprise.data.body_model_files import choose_body_model
from reprise_core.bvh import to_bvh
from reprise_core.contract import Request
from reprise_core.motion import from_npz, to_npz


@pytest.fixture
def bodies(tmp_path):
    for kind, name in (("smplh", "smplh/male/model.npz"), ("smplx", "smplx/SMPLX_NEUTRAL.npz")):
        write_body(tmp_path / "bodies" / name, made_body(kind, bend=0.1))
    write_body(tmp_path / "bodies/smplh/female/model.npz", made_body("smplh", bend=0.1))
    return tmp_path / "bodies"


@pytest.fixture
def takes(tmp_path):
    path = tmp_path / "takes.npz"
    path.write_bytes(to_npz([waving(Request("wave", seconds=1, seed=seed)) for seed in range(2)]))
    return path


@pytest.mark.usefixtures("engine")
def test_generate_writes_smpl_poses(run, tmp_path, bodies):
    out = tmp_path / "wave.smplx.npz"
    outcome = run(
        "generate", "wave", "--seconds", 2, "--out", out, "--out", tmp_path / "wave.npz", "--body-model", bodies
    )
    assert outcome.code == 0, outcome.err
    (motion,) = from_npz((tmp_path / "wave.npz").read_bytes())
    with np.load(out, allow_pickle=False) as poses:
        assert (poses["poses"].shape[1], float(poses["mocap_frame_rate"])) == (165, 120.0)
        body = load_body_model(choose_body_model(bodies, "smplx", ("neutral",)))
        joints = body.posed_joints(poses["poses"], poses["trans"])[::6]
    np.testing.assert_allclose(joints, motion.positions[..., [0, 2, 1]] * [1, -1, 1], atol=2e-3)


@pytest.mark.usefixtures("bodies")
@pytest.mark.parametrize(("options", "word"), [([], "--body-model"), (["--body-model", "bodies/smplx"], "SMPL-H")])
def test_a_missing_body_model_is_said_before_anything_is_generated(run, engine, tmp_path, monkeypatch, options, word):
    monkeypatch.chdir(tmp_path)
    outcome = run("generate", "wave", "--out", "wave.smplh.npz", *options)
    assert outcome.code == 2
    assert word in outcome.complaint
    assert engine.loaded_with is None
    assert not (tmp_path / "wave.smplh.npz").exists()


def test_convert_writes_what_generate_would(run, takes, bodies):
    folder = takes.parent / "out"
    names = ["a.bvh", "a.npz", "a.SMPLH.npz"]
    outcome = run("convert", takes, *(folder / name for name in names), "--body-model", bodies)
    assert outcome.code == 0, outcome.err
    there = ["a_0.SMPLH.npz", "a_0.bvh", "a_0.npz", "a_1.SMPLH.npz", "a_1.bvh", "a_1.npz"]
    assert sorted(path.name for path in folder.iterdir()) == there
    motions = from_npz(takes.read_bytes())
    assert (folder / "a_1.bvh").read_text() == to_bvh(motions[1])
    one = run("convert", takes, folder / "b.npz", "--take", 1, "--fps", 24, "--in-place", "--json")
    assert one.json == {"outputs": [str(folder / "b.npz")], "takes": 1}
    assert from_npz((folder / "b.npz").read_bytes())[0].fps == 24.0


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["missing.npz", "a.bvh"], "missing.npz"),
        (["takes.npz", "a.fbx"], "a.fbx"),
        (["takes.npz", "a.bvh", "--take", 7], "take 7"),
        (["takes.npz", "a.smpl.npz"], "--body-model"),
    ],
)
def test_convert_refuses_in_one_line(run, takes, monkeypatch, arguments, word):
    monkeypatch.chdir(takes.parent)
    outcome = run("convert", *arguments)
    assert outcome.code == 2
    assert word in outcome.complaint
    assert [path.name for path in takes.parent.iterdir()] == ["takes.npz"]


def put(path, arrays):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(amass_bytes(arrays))


def test_amass_goes_into_a_library(run, tmp_path, bodies):
    put(tmp_path / "CMU/01/walk_slowly_poses.npz", made_amass("smplh"))
    put(tmp_path / "CMU/02/bow_poses.npz", made_amass("smplh", seed=1))
    library = tmp_path / "made.sqlite"
    assert run("library", "create", library).code == 0
    without = run("library", "add", library, tmp_path / "CMU")
    assert without.code == 2
    assert without.err.count("--body-model") == 2
    outcome = run("library", "add", library, tmp_path / "CMU", "--body-model", bodies, "--json")
    assert outcome.code == 0, outcome.err
    assert outcome.json["added"] == 2
    inspected = run("data", "inspect", tmp_path / "CMU", "--body-model", bodies, "--json").json
    assert [row["clips"] for row in inspected["formats"]] == [2]


@pytest.fixture
def humanml3d(tmp_path):
    options = {**write_amass(tmp_path), "out": tmp_path / "out"}
    return [word for name, place in options.items() for word in (f"--{name}", place)]


def test_humanml3d_is_made_and_found_made(run, humanml3d, tmp_path):
    first = run("data", "humanml3d", *humanml3d, "--workers", 1, "--json")
    assert (first.code, first.json["made"], first.json["left_out"]) == (0, 1, [])
    again = run("data", "humanml3d", *humanml3d, "--workers", 1)
    assert (again.code, again.err) == (0, "")
    assert "0 made, 1 there before" in again.out
    assert "right" in (tmp_path / "out/texts/M000000.txt").read_text()


def test_humanml3d_names_what_it_leaves_out_and_ends_with_2(run, humanml3d, tmp_path):
    with (tmp_path / "index.csv").open("a") as index:
        index.writelines(f"./pose_data/KIT/3/{i}_poses.npy,0,9,00000{i}.npy\n" for i in range(1, 4))
        index.write("./pose_data/CMU/01/01_01_poses.npy,500,600,000004.npy\n")
    outcome = run("data", "humanml3d", *humanml3d, "--workers", 1)
    assert outcome.code == 2
    assert len(outcome.err.splitlines()) == 2
    assert "KIT: The folder is not there. Clips left out: 3." in outcome.err
    assert "000004: Frames 500 to 600" in outcome.err
    assert "1 of the 5 clips in the index" in outcome.out


@pytest.mark.parametrize("missing", ["AMASS", "BODY_MODELS", "texts.zip", "index.csv"])
def test_humanml3d_says_what_is_not_there(run, humanml3d, tmp_path, missing):
    (tmp_path / missing).rename(tmp_path / "elsewhere")
    outcome = run("data", "humanml3d", *humanml3d, "--workers", 1)
    assert outcome.code == 2
    assert missing in outcome.complaint
