"""The report over a built data set: the project's own bounds on solved rotations, and honest comparisons."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from poses import march, random_rotations, seeds, smooth_rotations

from reprise.data.build import build
from reprise.data.dataset import load
from reprise.data.dataset_writer import ClipWords, DatasetWriter
from reprise.data.pack import read_inventory
from reprise.evaluation.rotation_angles import (
    TURNING,
    degrees_between,
    explained_turns,
    median_rotation,
    turns_between_frames,
    twist_degrees,
)
from reprise.evaluation.rotations import main, report, table
from reprise.evaluation.source_rotations import COMPARED, source_clips
from reprise.features import humanml3d
from reprise_core import quaternion as quat
from reprise_core.kinematics import forward_kinematics
from reprise_core.skeleton import JOINT_NAMES, humanml3d_skeleton

PACK = Path(__file__).resolve().parents[2] / "../shared/data"
SKELETON = humanml3d_skeleton()


@pytest.fixture
def data_set(tmp_path: Path) -> Path:
    with DatasetWriter(tmp_path / "set") as writer:
        for split, drift in (("train", 0.0), ("test", 0.1)):
            words = ClipWords(split, split, split, "made", "made")
            writer.add(words, f"{split}-00", ["a person marches"], humanml3d.normalize(march(50, drift=drift)))
        writer.finish()
    return tmp_path / "set"


def test_the_report_counts_the_test_split_and_holds_the_projects_bounds(data_set):
    result = report(data_set)
    assert (result["clips"], result["frames"]) == (1, 50)
    assert result["position_error_mm"]["posed"]["mean"] < 5.0
    assert result["position_error_mm"]["posed"]["p99"] < 25.0
    assert result["bone_variation_mm"] < 0.01
    assert result["twist_deg"]["p99"] < 1.0
    assert result["beyond_positions_deg"]["recorded"]["largest"] < 10.0
    assert result["beyond_positions_deg"]["noisy"]["largest"] < 45.0
    assert "against_recording" not in result


def test_the_command_prints_a_table_or_json_and_refuses_other_folders_in_a_sentence(data_set, tmp_path, capsys):
    assert main([str(data_set)]) == 0
    assert "position error" in capsys.readouterr().out
    assert main([str(data_set), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["clips"] == 1
    assert main([str(tmp_path / "nothing")]) == 2
    assert "no data set" in capsys.readouterr().err
    assert main([str(data_set), str(tmp_path / "none.zip")]) == 2
    assert "inventory" in capsys.readouterr().err


@given(seeds)
@settings(deadline=None, max_examples=15)
def test_the_median_rotation_passes_over_outliers(seed):
    rng = np.random.default_rng(seed)
    true = random_rotations(rng)
    wobble = quat.from_axis_angle(quat.normalize(rng.normal(size=(100, 3))), rng.normal(scale=0.05, size=100))
    seen = np.concatenate((quat.multiply(true, wobble), random_rotations(rng, 20)))
    seen *= rng.choice([-1.0, 1.0], size=(120, 1))
    assert degrees_between(median_rotation(seen), true) < 3.0


@given(seeds)
@settings(deadline=None, max_examples=10)
def test_turns_that_positions_require_are_never_more_than_what_the_bones_turned(seed):
    rng = np.random.default_rng(seed)
    local = smooth_rotations(rng, 12, 0.8)
    positions, turns = forward_kinematics(SKELETON.parents, SKELETON.rest_offsets, np.zeros((12, 3)), local)
    beyond = turns_between_frames(turns[:, TURNING]) - explained_turns(positions)
    assert beyond.min() > -1e-4
    for cluster in ("pelvis", "spine3"):  # whose turn is known whole
        assert np.abs(beyond[:, TURNING.index(JOINT_NAMES.index(cluster))]).max() < 1e-3


@pytest.mark.parametrize("degrees", [-170, -30, 0, 45])
def test_the_twist_is_what_turns_about_the_bone(degrees):
    knee, along = JOINT_NAMES.index("left_knee"), quat.normalize(SKELETON.rest_offsets[JOINT_NAMES.index("left_ankle")])
    swing = quat.between(along, quat.normalize(np.array([0.2, -1.0, -0.9])))
    local = np.zeros((1, 22, 4))
    local[0, knee] = quat.multiply(swing, quat.from_axis_angle(along, np.radians(degrees)))
    assert twist_degrees(local, "left_knee", SKELETON.rest_offsets) == pytest.approx(degrees)


def pack_of(names: dict[str, str], folder: Path) -> list[Path]:
    """A small motion pack of single members (clip id -> archive), with the inventory and captions beside it."""
    rows = {row.clip_id: row for row in read_inventory(PACK / "inventory.csv")}
    for archive in set(names.values()):
        with zipfile.ZipFile(PACK / archive) as source, zipfile.ZipFile(folder / archive, "w") as target:
            members = {rows[clip].member for clip, where in names.items() if where == archive}
            asf = {str(Path(member).parent) for member in members}
            for name in source.namelist():
                if name in members or (name.endswith(".asf") and str(Path(name).parent) in asf):
                    target.writestr(name, source.read(name))
    lines = (PACK / "inventory.csv").read_text(encoding="utf-8").splitlines()
    kept = [lines[0]] + [line for line in lines[1:] if line.split(",")[0] in names]
    (folder / "inventory.csv").write_text("\n".join(kept) + "\n", encoding="utf-8")
    captions = json.loads((PACK / "captions.json").read_text(encoding="utf-8"))
    (folder / "captions.json").write_text(json.dumps({clip: captions[clip] for clip in names}), encoding="utf-8")
    return [folder / archive for archive in sorted(set(names.values()))]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory) -> tuple[Path, list[Path]]:
    if not PACK.is_dir():
        pytest.skip("the motion pack is not here")
    folder = tmp_path_factory.mktemp("pack")
    clips = {"cmu_16_01": "cmu_asfamc.zip", "cmu_07_06": "cmu_asfamc.zip", "cmu_07_01": "cmu_asfamc.zip",
             "cmu_143_04": "cmu_bvh.zip", "cmu_35_32": "cmu_bvh.zip"}  # fmt: skip
    archives = pack_of(clips, folder)
    build(archives, folder / "built")
    return folder / "built", archives


def test_the_recordings_own_rotations_lie_at_the_data_sets_frames(recorded):
    folder, archives = recorded
    dataset = load(folder)
    clips = list(source_clips(dataset, archives, "test"))
    assert {clip.rig for clip in clips} == {"cmu_asf", "cmu_bvh_31", "cmu_bvh_43"}
    for clip in clips:
        posed = dataset.joints(clip.index)
        assert clip.rotations.shape == (len(posed), len(COMPARED), 4)
        assert clip.faithful.mean() > 0.95
        # A source bone's rotation moves with its bone: seen from it, the bone points the same way at all times.
        for joint, child in (("left_hip", "left_knee"), ("right_elbow", "right_wrist"), ("left_knee", "left_ankle")):
            bone = posed[:, JOINT_NAMES.index(child)] - posed[:, JOINT_NAMES.index(joint)]
            turn = clip.rotations[:, COMPARED.index(joint)]
            within = quat.normalize(quat.rotate(quat.conjugate(turn), quat.normalize(bone)))[clip.faithful]
            middle = quat.normalize(np.median(within, axis=0))
            assert np.degrees(np.arccos(np.clip(within @ middle, -1.0, 1.0))).max() < 12.0


def test_solved_rotations_are_near_the_recordings_own(recorded):
    folder, archives = recorded
    result = report(folder, archives)
    assert result["position_error_mm"]["recorded"]["mean"] < 5.0
    assert result["position_error_mm"]["recorded"]["p99"] < 25.0
    angles = result["against_recording"]["angle_deg"]
    for joint in ("pelvis", "spine1", "spine2", "spine3", "hip", "knee", "shoulder", "elbow"):
        for name in (joint,) if joint in angles else (f"left_{joint}", f"right_{joint}"):
            assert angles[name]["median"] < 10.0, name
    assert result["against_recording"]["beyond_recording_deg"]["largest"] < 30.0
    assert all(name in table(result) for name in COMPARED)
