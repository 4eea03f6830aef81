"""What a reader of the pages has at hand, made up and small: motion, a data set, a library of it, weights."""

from __future__ import annotations

import json
import shutil
import zipfile
from dataclasses import asdict, replace
from pathlib import Path

import made_bodies
import made_figures
import made_packs
import numpy as np
import pytest
from blocks import BLOCKS, ROOT
from fake_engine import waving
from small_commands import ASSETS, POOL
from walking import walk

from reprise.cli.main import main
from reprise.training.recipe import read_recipe
from reprise_core.bvh import to_bvh
from reprise_core.contract import Request
from reprise_core.motion import to_npz

_CMU = {joint: name for name, joint in made_packs.TREE.items()}
_SPLITS = ("test",) * POOL + ("val",) * POOL + ("train",) * 8
_TINY = ("--config", "tiny", "steps=2")


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, encoder: object) -> Path:
    """A folder with the motion pack `shared/data`, the data set `pack` that it becomes, a library of its training
    split, and weights of every kind, two steps of training old.
    """
    out = tmp_path_factory.mktemp("made")
    _write_motion_pack(out / "shared/data")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(out)
        patch.setattr("reprise.text.load", lambda name="": encoder)
        _run("data", "build", "shared/data", "--out", "pack")
        _run("library", "create", "train.sqlite", "--data", "pack")
        for kind in ("contrastive", "diffusion", "retriever", "rvq"):
            _run("train", kind, "--data", "pack", "--out", f"runs/{kind}", *_TINY)
        for kind in ("masked", "residual"):
            _run("train", kind, "--data", "pack", "--out", f"runs/{kind}", *_TINY, "rvq=runs/rvq/model.safetensors")
        own = {kind: f"runs/{kind}/model.safetensors" for kind in ("contrastive", "rvq", "masked", "residual")}
        diffusion = ("--checkpoint", "runs/diffusion/model.safetensors", "--contrastive", own.pop("contrastive"))
        few = ("--config", "tiny", "clips=4", "late_clips=4", "iterations=1", "refinements=0")
        _run("train", "mixture", "--data", "pack", *diffusion, "--out", "runs/mixture", *few)
        parts = [word for kind, path in own.items() for word in (f"--{kind}", path)]
        _run("train", "remomask", *parts, "--out", f"{ASSETS}/remomask-small.safetensors")
    for kind, name in (("mixture", "remodiffuse"), ("contrastive", "contrastive"), ("retriever", "retriever")):
        shutil.copy(out / f"runs/{kind}/model.safetensors", out / f"{ASSETS}/{name}-small.safetensors")
    for kind in ("contrastive", "diffusion", "retriever", "masked", "mixture"):
        shutil.rmtree(out / "runs" / kind)
    for kind in ("rvq", "residual"):  # as weights that someone passed on: the pages train into these folders
        for file in (out / "runs" / kind).iterdir():
            if file.name != "model.safetensors":
                shutil.rmtree(file) if file.is_dir() else file.unlink()
    return out


def _run(*words: str) -> None:
    assert main(list(words)) == 0, words


def _write_motion_pack(folder: Path) -> None:
    """Walks of CMU's BVH rig with inventory and captions, and an archive of each other kind that the real one has."""
    rows, captions, files = [], {}, {}
    for number, split in enumerate(_SPLITS):
        clip, motion = f"walk{number:02}", walk(30 + 2 * number, speed=0.7 + 0.03 * number, turn=0.1 * (number % 3))
        figure = made_figures.Made(motion.local_rotations.astype(float), motion.root_translation.astype(float))
        files[f"{clip}.bvh"] = made_figures.bvh(figure, _CMU, unit=made_packs.UNIT, lead_in=1)
        frames = {"archive": "cmu_bvh.zip", "fps": "20", "frames": str(motion.frames + 1)}
        rows.append(made_packs.row(clip, split, motion.frames / 20, **frames))
        captions[clip] = [made_packs.window(0.0, None, (f"a person walks in way {number}", "someone walks forward"))]
    made_packs.write_pack(folder, rows, captions, files).rename(folder / "cmu_bvh.zip")
    figure = made_figures.moving(2)
    bvh, document = made_figures.bvh(figure), made_figures.gltf({"still": figure})[0]
    parts = {"hip": "Thigh", "knee": "Shin", "ankle": "Foot", "foot": "Toe", "collar": "Collar", "shoulder": "Shldr",
             "elbow": "ForeArm", "wrist": "Hand"}  # fmt: skip
    poser = {f"{side}_{joint}": side[0] + bone for side in ("left", "right") for joint, bone in parts.items()}
    poser = {name: poser.get(name, name) for name in _CMU} | {"pelvis": "hip", "spine1": "abdomen", "spine2": "chest"}
    others = {
        "cmu_bvh.zip": {
            "skeletons/31.bvh": bvh.replace("left_collar", "LHipJoint"),
            "skeletons/43.bvh": made_figures.bvh(figure, poser),
        },
        "cmu_asfamc.zip": {"1/1.asf": made_figures.acclaim(figure)[0]},
        "reactidle.zip": {"idle.bvh": bvh},
        "kaykit.zip": {"knight.glb": document},
        "mesh2motion.zip": {"base/human.glb": document, "addon/human.glb": document},
    }
    for archive, members in others.items():
        with zipfile.ZipFile(folder / archive, "a") as file:
            for name, data in members.items():
                file.writestr(name, data)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoder: object) -> Path:
    """The working folder of a page: motion in several files, a list of prompts, body models, and nothing trained."""
    work = tmp_path / "work"
    (work / "mocap").mkdir(parents=True)
    monkeypatch.chdir(work)
    monkeypatch.setenv("REPRISE_DATA", str(tmp_path / "own"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("reprise.text.load", lambda name="": encoder)
    rows = [("limp", "someone limps forward"), ("walk", "a person walks"), ("run", "a person runs forward")]
    tested = [(f"step{number}", "a person steps ahead") for number in (6, 8, 10)]  # names that are drawn for testing
    named = [(f"{file}{number}", caption) for number, (file, caption) in enumerate(rows * 2)] + tested
    for seed, (file, caption) in enumerate(named):
        motion = waving(Request(caption, seconds=3.0, seed=seed))
        (work / f"mocap/{file}.bvh").write_text(to_bvh(motion))
        (work / f"mocap/{file}.txt").write_text(caption)
    with zipfile.ZipFile(work / "more.zip", "w") as archive:
        archive.writestr("slide.bvh", made_packs.bvh(3.0))
    motion = waving(Request("a person walks forward", seconds=4.0, seed=9))
    (work / "walk.bvh").write_text(to_bvh(motion))
    (work / "jump.npz").write_bytes(to_npz([motion]))
    np.save(work / "joints.npy", motion.positions)
    (listed,) = (block for block in BLOCKS if block.language == "csv")
    (work / "prompts.csv").write_text(listed.text + "\n")
    made_bodies.write_body(work / "SMPLX_NEUTRAL.npz", made_bodies.made_body("smplx", bend=0.1))
    made_bodies.write_amass(work)
    (work / "scripts").mkdir()
    shutil.copy(ROOT / "scripts/starter_prompts.csv", work / "scripts")
    (work / "recipe.json").write_text(json.dumps(tiny_recipe()))
    return work


def tiny_recipe() -> list[dict[str, object]]:
    """All trainings of the packaged recipe, each as short as can be."""
    stages = []
    for stage in read_recipe("default"):
        links = tuple(each for each in stage.set if "{out}" in each)
        few = ("clips=4", "late_clips=4", "iterations=1", "refinements=0") if stage.train == "mixture" else ("steps=2",)
        stages.append(asdict(replace(stage, config="tiny", set=links + few)))
    return stages
