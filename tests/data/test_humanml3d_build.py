"""HumanML3D from a miniature AMASS: what is published is made, what is broken is named, what was stopped goes on."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_bodies import amass_bytes, made_amass, made_body, whole_smplx, write_body

from reprise.data.humanml3d_build import HumanML3DReport, Sources, build_humanml3d
from reprise.data.imported import ImportedClip
from reprise.data.read_motions import read_motions
from reprise.features.codec import decode, encode
from reprise.features.representation import HUMANML3D
from reprise_core.errors import RepriseError
from reprise_core.skeleton import MIRROR

BODIES = {gender: made_body("smplh", seed=seed, bend=0.1, shapes=16) for gender, seed in (("male", 3), ("female", 4))}
# path in the index, start, end, name, and the recording's rate, length and gender
ROWS = [
    ("KIT/3/kick_left02", 0, 40, "000000", 100.0, 240, "male"),
    ("KIT/3/kick_left02", 20, 45, "000001", 100.0, 240, "male"),
    ("Eyes_Japan_Dataset/aita/turn-03-look at-aita", 3, 30, "000002", 60.0, 330, "female"),
    ("Transitions_mocap/mazen_c3d/jump", 0, 28, "000003", 120.0, 240, "neutral"),
    ("SSM_synced/20160930_50032/run", 0, 25, "000004", 250.0, 330, "female"),
    ("humanact12/humanact12/P01G01", 0, -1, "000005", 20.0, 33, ""),
]
TEXT = (
    "a man kicks with his left leg.#a/DET man/NOUN kick/VERB with/ADP his/DET left/ADJ leg/NOUN#0.0#0.0\n"
    "he turns counter clockwise.#he/PRON turn/VERB counter/ADV clockwise/ADV#0.5#1.5\n"
)


def recording(number: int) -> dict[str, np.ndarray]:
    _, _, _, _, fps, frames, gender = ROWS[number]
    source = [row[0] for row in ROWS].index(ROWS[number][0])  # one recording, one motion
    return made_amass("smplh", frames=frames, fps=fps, seed=source, gender=gender)


def humanact12() -> np.ndarray:
    body = BODIES["male"]
    arrays = made_amass("smplh", frames=33, fps=20.0, seed=9)
    poses = arrays["poses"].copy()
    poses[:, :3] = 0.1  # upright with Y up
    joints = whole_smplx(body, poses, arrays["trans"][:, [0, 2, 1]], np.zeros(10))
    return np.concatenate((joints, joints[:, 20:22]), axis=1)  # 24 joints, of which 22 count


def published(number: int) -> np.ndarray:
    """The joints of a clip by the published steps, through smplx's whole model."""
    source, start, end, _, fps, _, gender = ROWS[number]
    if source.startswith("humanact12"):
        return humanact12()[:, :22]
    arrays, stride = recording(number), int(fps / 20)
    body = BODIES["male" if gender == "male" else "female"]
    joints = whole_smplx(body, arrays["poses"][::stride], arrays["trans"][::stride], arrays["betas"][:10])
    joints = joints @ np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    lead = {"Eyes_Japan_Dataset": 60, "Transitions_mocap": 10}.get(source.split("/")[0], 0)
    joints = joints[lead:][start:end]
    return joints * [-1, 1, 1]


@pytest.fixture
def sources(tmp_path) -> Sources:
    amass = tmp_path / "amass"
    for number, (source, *_) in enumerate(ROWS):
        path = amass / source
        path.parent.mkdir(parents=True, exist_ok=True)
        if "humanact12" in source:
            np.save(path.with_suffix(".npy"), humanact12())
        elif "SSM" in source:  # AMASS has renamed the folder since, and writes _stageii where it does so
            (amass / "SSM/20160930_50032").mkdir(parents=True)
            (amass / "SSM/20160930_50032/run_stageii.npz").write_bytes(amass_bytes(recording(number)))
        else:
            path.with_name(f"{path.name}_poses.npz").write_bytes(amass_bytes(recording(number)))
    for gender, body in BODIES.items():
        write_body(tmp_path / f"bodies/smplh/{gender}/model.npz", body)
    (tmp_path / "HumanML3D/texts").mkdir(parents=True)
    for row in ROWS:
        (tmp_path / f"HumanML3D/texts/{row[3]}.txt").write_text(TEXT)
    return Sources(amass, tmp_path / "bodies", tmp_path / "HumanML3D/texts", write_index(tmp_path))


def write_index(folder: Path, *more: str) -> Path:
    lines = ["source_path,start_frame,end_frame,new_name"]
    for source, start, end, name, *_ in ROWS:
        ending = "" if "humanact12" in source else "_poses"
        lines.append(f"./pose_data/{source}{ending}.npy,{start},{end},{name}.npy")
    (folder / "index.csv").write_text("\n".join([*lines, *more]) + "\n")
    return folder / "index.csv"


def vectors(out: Path, name: str) -> np.ndarray:
    return np.load(out / "new_joint_vecs" / f"{name}.npy")


def everything(out: Path) -> dict[str, bytes]:
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}


def test_every_clip_is_what_the_published_steps_make_of_it(sources, tmp_path):
    report = build_humanml3d(sources, tmp_path / "out")
    assert (report.made, report.present, report.left_out) == (6, 0, ())
    for number, row in enumerate(ROWS):
        joints = published(number)
        for name, pose in ((row[3], joints), ("M" + row[3], joints[:, list(MIRROR)] * [-1, 1, 1])):
            features, wanted = vectors(tmp_path / "out", name), encode(pose)
            assert features.shape == wanted.shape == (len(joints) - 1, 263)
            assert features.dtype == np.float32
            np.testing.assert_allclose(features[:, :-4], wanted[:, :-4], atol=2e-4)
            assert (features[:, -4:] == wanted[:, -4:]).mean() > 0.99
            np.testing.assert_array_equal(np.load(tmp_path / f"out/new_joints/{name}.npy"), decode(features))


def test_mean_and_std_are_those_of_all_frames(sources, tmp_path):
    report = build_humanml3d(sources, tmp_path / "out")
    rows = np.concatenate([np.load(path) for path in (tmp_path / "out/new_joint_vecs").iterdir()]).astype(np.float64)
    assert report.frames == len(rows)
    deviation = rows.std(axis=0)
    for group in HUMANML3D.groups:
        deviation[group] = deviation[group].mean()
    np.testing.assert_allclose(np.load(tmp_path / "out/Mean.npy"), rows.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(np.load(tmp_path / "out/Std.npy"), deviation, atol=1e-6)


def test_twins_have_the_words_of_the_other_side(sources, tmp_path):
    (sources.texts / "M000001.txt").write_text("written by hand#written/VERB#0.0#0.0\n")
    build_humanml3d(sources, tmp_path / "out")
    assert (tmp_path / "out/texts/000000.txt").read_text() == TEXT
    assert (tmp_path / "out/texts/M000000.txt").read_text() == (
        "a man kicks with his right leg.#a/DET man/NOUN kick/VERB with/ADP his/DET right/ADJ leg/NOUN#0.0#0.0\n"
        "he turns clockwise.#he/PRON turn/VERB clockwise/ADV#0.5#1.5\n"
    )
    assert (tmp_path / "out/texts/M000001.txt").read_text() == "written by hand#written/VERB#0.0#0.0\n"


def test_the_folder_reads_back(sources, tmp_path):
    with zipfile.ZipFile(tmp_path / "texts.zip", "w") as file:
        for row in ROWS:
            file.writestr(f"texts/{row[3]}.txt", TEXT)
    build_humanml3d(replace(sources, texts=tmp_path / "texts.zip"), tmp_path / "out")
    clips = list(read_motions(tmp_path / "out"))
    assert all(isinstance(clip, ImportedClip) for clip in clips)
    assert {clip.recording for clip in clips} == {row[3] for row in ROWS}
    assert all(clip.captioned and clip.split for clip in clips)
    whole = {clip.id: clip for clip in clips if clip.captions == ("a man kicks with his right leg.",)}
    assert len(whole) == 6


def test_given_splits_are_kept_and_others_are_drawn_by_recording(sources, tmp_path):
    drawn = build_humanml3d(sources, tmp_path / "drawn")
    assert not drawn.splits_given
    lists = {split: (tmp_path / f"drawn/{split}.txt").read_text().split() for split in ("train", "val", "test", "all")}
    assert sorted(lists["all"]) == sorted([row[3] for row in ROWS] + ["M" + row[3] for row in ROWS])
    of = {name: split for split in ("train", "val", "test") for name in lists[split]}
    assert len(of) == 12
    assert all(of[name] == of["M" + name] for name in (row[3] for row in ROWS))
    assert of["000000"] == of["000001"]  # one recording
    given = {"train": ["000000", "M000000", "009999"], "val": ["000001"], "test": ["000002"]}
    for split, names in given.items():
        (sources.texts.parent / f"{split}.txt").write_text("\n".join(names))
    report = build_humanml3d(sources, tmp_path / "given")
    assert (report.splits_given, report.splits) == (True, {"train": 2, "val": 1, "test": 1})
    assert (tmp_path / "given/train.txt").read_text().split() == ["000000", "M000000"]
    assert (tmp_path / "given/train_val.txt").read_text().split() == ["000000", "M000000", "000001"]


def test_a_broken_source_is_named_and_the_rest_is_made(sources, tmp_path):
    kick = sources.amass / "KIT/3/kick_left02_poses.npz"
    kick.write_bytes(kick.read_bytes()[:5000])
    (sources.amass / "Transitions_mocap/mazen_c3d/jump_poses.npz").unlink()
    shutil.rmtree(sources.amass / "humanact12")
    write_index(tmp_path, "./pose_data/SSM_synced/20160930_50032/run_poses.npy,600,700,000006.npy", "oh,dear",
                "./pose_data/../../etc/passwd,0,1,000007.npy", "./pose_data/KIT/x.npy,0,9,../../x.npy",
                "./pose_data/KIT/x.npy,0,9,000002.npy", "./pose_data/CMU/1/x_poses.npy,0,9,000008.npy",
                "./pose_data/CMU/1/y_poses.npy,0,9,000009.npy")  # fmt: skip
    (sources.texts / "000004.txt").unlink()
    report = build_humanml3d(sources, tmp_path / "out")
    assert report.made == 2
    said = {fault.name: fault.reason for fault in report.left_out}
    assert len(said) == len(report.left_out) == 10
    assert "Clips left out: 2." in said["KIT/3/kick_left02_poses"]
    assert "no such recording" in said["Transitions_mocap/mazen_c3d/jump_poses"]
    assert (
        "unzip pose_data/humanact12.zip of HumanML3D there. Clips left out: 1."
        in said[str(sources.amass / "humanact12")]
    )
    assert said[str(sources.amass / "CMU")] == "The folder is not there. Clips left out: 2."
    assert "Frames 600 to 700" in said["000006"]
    assert "has 28 frames at 20 fps" in said["000006"]  # every twelfth of 330 frames at 250 Hz
    assert {name for name in said if name.startswith("index.csv, line")} == {
        f"index.csv, line {n}" for n in (9, 10, 11, 12)
    }
    assert "in no split" in said["000004"]
    assert "000004" not in (tmp_path / "out/all.txt").read_text()
    assert not (tmp_path / "x.npy").exists()


def test_an_index_that_uses_todays_names_gets_the_same_trims(sources, tmp_path):
    build_humanml3d(sources, tmp_path / "out")
    text = sources.index.read_text().replace("Transitions_mocap", "Transitions").replace("SSM_synced", "SSM")
    (tmp_path / "today.csv").write_text(text)
    assert build_humanml3d(replace(sources, index=tmp_path / "today.csv"), tmp_path / "today").made == 6
    for name in ("000003", "000004"):
        np.testing.assert_array_equal(vectors(tmp_path / "today", name), vectors(tmp_path / "out", name))


def test_nothing_at_all_is_an_error(sources, tmp_path):
    shutil.rmtree(sources.amass)
    sources.amass.mkdir()
    with pytest.raises(RepriseError, match="None of the 6 clips of the index could be made"):
        build_humanml3d(sources, tmp_path / "out")
    shutil.rmtree(sources.body_models)
    with pytest.raises(RepriseError, match="no body model"):
        build_humanml3d(sources, tmp_path / "out")


def test_what_is_there_and_whole_is_not_made_again(sources, tmp_path):
    out = tmp_path / "out"
    build_humanml3d(sources, out)
    before = everything(out)
    untouched = (out / "new_joint_vecs/000002.npy").stat().st_mtime_ns
    (out / "new_joint_vecs/000000.npy").write_bytes(b"torn")
    (out / "new_joints/M000001.npy").unlink()
    short = np.load(out / "new_joint_vecs/M000003.npy")[:-1]
    np.save(out / "new_joint_vecs/M000003.npy", short)
    full = before["new_joints/000004.npy"]
    (out / "new_joints/000004.npy").write_bytes(full[: len(full) // 2])
    (out / "new_joints/.000005.npy.123.part").write_bytes(b"left by a kill")
    report = build_humanml3d(sources, out)
    assert (report.made, report.present) == (4, 2)
    assert everything(out) == before
    assert (out / "new_joint_vecs/000002.npy").stat().st_mtime_ns == untouched


def test_a_folder_of_others_is_left_alone(sources, tmp_path):
    build_humanml3d(sources, tmp_path / "out")
    write_index(tmp_path, "./pose_data/KIT/3/kick_left02_poses.npy,5,30,000006.npy")
    with pytest.raises(RepriseError, match="begun with another index"):
        build_humanml3d(sources, tmp_path / "out")
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs/Mean.npy").write_bytes(b"published")
    with pytest.raises(RepriseError, match="not begun by this command"):
        build_humanml3d(sources, tmp_path / "theirs")
    assert [path.name for path in (tmp_path / "theirs").iterdir()] == ["Mean.npy"]


SCRIPT = """
import sys, time
from pathlib import Path
from reprise.data import humanml3d_build, humanml3d_folder
from reprise.data.humanml3d_build import Sources, build_humanml3d

*paths, out, workers, pause = sys.argv[1:]
whole = humanml3d_folder.write_file

def slowly(path, data):
    time.sleep(float(pause))
    whole(path, data)

humanml3d_folder.write_file = slowly  # in workers too, which run this file as well

if __name__ == "__main__":
    report = build_humanml3d(Sources(*map(Path, paths)), Path(out), int(workers))
    print(report.made, report.present)
"""


def command(sources: Sources, tmp_path: Path, out: Path, workers: int, pause: float) -> list[str]:
    script = tmp_path / "build.py"
    script.write_text(SCRIPT)
    paths = (sources.amass, sources.body_models, sources.texts, sources.index, out, workers, pause)
    return [sys.executable, str(script), *map(str, paths)]


@pytest.mark.parametrize("workers", [1, 2])
def test_killed_and_run_again_it_is_as_if_never_killed(sources, tmp_path, workers):
    build_humanml3d(sources, tmp_path / "whole")
    out = tmp_path / "killed"
    process = subprocess.Popen(command(sources, tmp_path, out, workers, 0.25), stdout=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and len(list(out.glob("new_joint_vecs/*.npy"))) < 3:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)  # ends when nobody holds the pipe any more: no worker outlives the command
    begun = list(out.glob("new_joint*/*.npy"))
    assert 3 <= len(begun) < 24
    report = build_humanml3d(sources, out)
    assert report.present >= 1
    assert report.made + report.present == 6
    assert everything(out) == everything(tmp_path / "whole")


def test_processes_make_what_one_makes(sources, tmp_path):
    build_humanml3d(sources, tmp_path / "one")
    ran = subprocess.run(
        command(sources, tmp_path, tmp_path / "two", 2, 0.0), capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == ["6", "0"]
    one, two = everything(tmp_path / "one"), everything(tmp_path / "two")
    assert one.keys() == two.keys()
    for name in one:
        if name.startswith("new_joint"):
            np.testing.assert_allclose(np.load(tmp_path / "two" / name), np.load(tmp_path / "one" / name), atol=1e-6)


def test_the_report_is_json(sources, tmp_path):
    report = build_humanml3d(sources, tmp_path / "out")
    assert isinstance(report, HumanML3DReport)
    assert json.loads(json.dumps(report.to_json()))["made"] == 6
    assert os.fspath(tmp_path / "out") == report.to_json()["out"]
