"""`reprise data inspect`: which bone plays which joint, the file to correct it, and what a folder holds."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from reprise.cli.data import app
from reprise.data import biovision, figure_reading
from reprise.data.archives import open_archive
from reprise.data.formats import format_of
from reprise.data.mapping_file import ReadSettings
from reprise.data.pack import read_inventory, read_row, rows_of_archive
from reprise.data.read_motions import read_motions
from reprise.data.units import leg_length
from reprise_core.errors import RepriseError
from reprise_core.skeleton import JOINT_NAMES

from .made_figures import MIXAMO, acclaim, bvh, gltf, moving

PACK = Path(__file__).resolve().parents[2] / "../shared/data"
real = pytest.mark.skipif(not PACK.exists(), reason="the motion pack is not here")


def run(*arguments):
    result = CliRunner().invoke(app, ["inspect", *map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.stdout


def test_a_row_a_joint_with_its_bone_and_how_it_was_found(tmp_path):
    (tmp_path / "walk.bvh").write_text(bvh(moving(), names=MIXAMO, unit=0.01, left_out=("left_foot", "right_foot")))
    report = json.loads(run(tmp_path / "walk.bvh", "--json"))["animations"][0]
    rows = {row["joint"]: row for row in report["joints"]}
    assert list(rows) == list(JOINT_NAMES)
    assert (rows["left_knee"]["bone"], rows["left_knee"]["how"]) == (MIXAMO["left_knee"], "name")
    assert rows["left_foot"]["bone"] is None
    assert "LeftFoot" in rows["left_foot"]["how"]
    assert (report["unit"], report["up"], report["frames"], report["fps"]) == (0.01, "y", 60, pytest.approx(20.0))
    table = run(tmp_path / "walk.bvh")
    assert all(joint in table for joint in JOINT_NAMES)


def test_the_written_mapping_reads_the_file_alike(tmp_path):
    (tmp_path / "walk.bvh").write_text(bvh(moving(), names=MIXAMO, up="z", left_out=("left_collar", "right_collar")))
    run(tmp_path / "walk.bvh", "--write-mapping", tmp_path / "map.json")
    written = json.loads((tmp_path / "map.json").read_text())
    assert written["up"] == "z"
    assert written["joints"]["left_collar"] is None
    first, again = (next(read_motions(tmp_path / "walk.bvh", m)) for m in (None, tmp_path / "map.json"))
    np.testing.assert_allclose(first.joints, again.joints, atol=1e-6)


CMU_BVH = {
    "pelvis": "Hips", "spine1": "Spine", "spine2": "Spine1", "spine3": "Neck", "neck": "Neck1", "head": "Head",
} | {
    f"{side.lower()}_{joint}": side + bone
    for side in ("Left", "Right")
    for joint, bone in {
        "hip": "UpLeg", "knee": "Leg", "ankle": "Foot", "foot": "ToeBase", "collar": "Shoulder", "shoulder": "Arm",
        "elbow": "ForeArm", "wrist": "Hand",
    }.items()
}  # fmt: skip


@pytest.fixture(params=["bvh", "amc"])
def known(request, tmp_path):
    """A walk on a skeleton whose joint map was made by hand."""
    asf, amc = acclaim(moving())
    (tmp_path / "walk.asf").write_text(asf)
    (tmp_path / "walk.amc").write_text(amc)
    (tmp_path / "walk.bvh").write_text(bvh(moving(), names=CMU_BVH))
    return tmp_path / f"walk.{request.param}"


def test_the_written_mapping_reads_a_known_rig_alike(known, tmp_path):
    """In the file are the source's joints, also where a name stands for the end of a bone, as in Acclaim's files."""
    run(known, "--write-mapping", tmp_path / "map.json")
    first, again = (next(read_motions(known, m)) for m in (None, tmp_path / "map.json"))
    np.testing.assert_allclose(first.joints, again.joints, atol=1e-6)


def test_a_mapping_file_corrects_joints_of_a_known_rig(tmp_path):
    """Two bones whose names are swapped; a joint that has none keeps its place between two."""
    swap = {"left_elbow": "RightForeArm", "right_elbow": "LeftForeArm"}
    (tmp_path / "straight.bvh").write_text(bvh(moving(), names=CMU_BVH))
    (tmp_path / "swapped.bvh").write_text(bvh(moving(), names=CMU_BVH | swap))
    (tmp_path / "map.json").write_text(json.dumps({"joints": swap | {"left_collar": None}}))
    straight, wrong = (next(read_motions(tmp_path / f"{name}.bvh")).joints for name in ("straight", "swapped"))
    mended = next(read_motions(tmp_path / "swapped.bvh", tmp_path / "map.json")).joints
    assert np.abs(wrong - straight).max() > 0.1
    np.testing.assert_allclose(mended, straight, atol=1e-6)
    rows = json.loads(run(tmp_path / "swapped.bvh", "--mapping", tmp_path / "map.json", "--json"))["animations"][0]
    how = {row["joint"]: row["how"] for row in rows["joints"]}
    assert {joint for joint, said in how.items() if said == "user"} == set(swap)
    assert "of the way from LeftShoulder to LeftArm" in how["left_collar"]


@pytest.mark.parametrize(
    ("joints", "said"),
    [
        ({"left_wrist": "tail"}, "no bone 'tail' for left_wrist"),
        ({"left_wrist": None}, "left_wrist is '.+' on the known rig"),
        ({"left_wrist": "Hips"}, "'Hips' is given to pelvis and left_wrist"),
    ],
)
def test_a_correction_of_a_known_rig_that_cannot_be_meant_is_refused(joints, said, tmp_path):
    (tmp_path / "walk.bvh").write_text(bvh(moving(), names=CMU_BVH))
    (tmp_path / "map.json").write_text(json.dumps({"joints": joints}))
    with pytest.raises(RepriseError, match=said):
        run(tmp_path / "walk.bvh", "--mapping", tmp_path / "map.json")


def test_a_rig_that_is_not_mapped_can_still_be_written_down(tmp_path):
    """A figure without arms: the file to edit has what was found and null for the rest."""
    arms = tuple(j for j in JOINT_NAMES if any(part in j for part in ("shoulder", "elbow", "wrist", "collar")))
    (tmp_path / "walk.bvh").write_text(bvh(moving(), left_out=arms))
    text = run(tmp_path / "walk.bvh", "--write-mapping", tmp_path / "map.json")
    assert "cannot be mapped" in text
    assert json.loads((tmp_path / "map.json").read_text())["joints"]["left_elbow"] is None


def test_a_folder_is_counted(tmp_path):
    (tmp_path / "walk.bvh").write_text(bvh(moving()))
    (tmp_path / "walk.txt").write_text("a person walks.\n")
    (tmp_path / "hero.gltf").write_bytes(gltf({"Run": moving(), "Jump": moving(seed=1)})[0])
    (tmp_path / "broken.bvh").write_text("HIERARCHY")
    report = json.loads(run(tmp_path, "--json"))
    counts = {row["format"]: (row["files"], row["clips"], row["described"]) for row in report["formats"]}
    assert counts == {"BVH": (1, 1, 1), "glTF": (1, 2, 0)}
    assert [item["name"] for item in report["unreadable"]] == ["broken.bvh"]
    assert "left out" in run(tmp_path)


def test_misuse_is_refused(tmp_path):
    (tmp_path / "notes.md").write_text("hello")
    for arguments in ((tmp_path / "notes.md",), (tmp_path / "nowhere",), (tmp_path, "--write-mapping", tmp_path / "m")):
        with pytest.raises(RepriseError):
            run(*arguments)


# Millimetres, mean over frames, that a joint may lie from where the hand-made map has it, both with legs of one length.
# What is not listed agrees to a hundredth: collars and interpolated spines are placed by another rule.
FREE = {"spine1": 60, "spine2": 200, "spine3": 90, "neck": 90, "left_collar": 80, "right_collar": 80,
        "left_foot": 40, "right_foot": 40}  # fmt: skip


@real
@pytest.mark.parametrize(
    ("archive", "every"),
    [("cmu_asfamc.zip", 48), ("cmu_bvh.zip", 24), ("mesh2motion.zip", 6), ("kaykit.zip", 8), ("deepmimic.zip", 6)],
)
def test_the_pack_is_mapped_by_names_and_structure_as_by_hand(archive, every, monkeypatch):
    rows = list(rows_of_archive(read_inventory(PACK / "inventory.csv"), PACK / archive).values())[::every]
    with open_archive(PACK / archive) as files:
        for row in rows:
            by_hand = read_row(files, row)
            with monkeypatch.context() as unknown:
                unknown.setattr(figure_reading, "find_rig", lambda *_: None)
                unknown.setattr(biovision, "find_rig", lambda *_: None)
                form = format_of(files, row.member)
                found = next(form.read(files, row.member, ReadSettings(fps=row.fps)))
            start = max(by_hand.start, found.start)
            hand, ours = (clip.joints[round((start - clip.start) * row.fps) :] for clip in (by_hand, found))
            hand, ours = hand / leg_length(hand), ours / leg_length(ours)
            away = 830.0 * np.linalg.norm(ours - ours[:, :1] - hand + hand[:, :1], axis=-1).mean(axis=0)
            for joint, millimetres in zip(JOINT_NAMES, away, strict=True):
                assert millimetres < FREE.get(joint, 0.01), (row.clip_id, joint, millimetres)
