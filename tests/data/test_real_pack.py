"""The real archives, a few clips of each: figures stand, walk and turn as their captions say, whatever their rig."""

import csv
from pathlib import Path

import numpy as np
import pytest

from reprise.data.build import build
from reprise.data.dataset import load
from reprise_core.skeleton import BONE_LENGTHS, JOINT_NAMES, PARENTS

PACK = Path(__file__).resolve().parents[2] / "../shared/data"
pytestmark = pytest.mark.skipif(not PACK.exists(), reason="the motion pack is not here")
J = {name: index for index, name in enumerate(JOINT_NAMES)}
CLIPS = {
    "cmu_asfamc.zip": "cmu_07_06 cmu_16_16 cmu_16_18 cmu_16_20 cmu_10_03 cmu_02_06 cmu_09_10 cmu_05_06 cmu_49_03",
    "cmu_bvh.zip": "cmu_07_02 cmu_08_02 cmu_35_09 cmu_35_32 cmu_06_04 cmu_60_10 cmu_61_10 cmu_143_04 cmu_12_01",
    "deepmimic.zip": "deepmimic_walk deepmimic_backflip deepmimic_spinkick",
    "mesh2motion.zip": "m2m_Walk_Formal_Loop m2m_Idle_Loop m2m_Run_Anime",
    "kaykit.zip": "kaykit_Waving kaykit_Idle_A",
    "ui_prmd.zip": "uiprmd_m05_s01_e02 uiprmd_m04_s01_e08 uiprmd_m06_s01_e02",
    "reactidle.zip": "reactidle_003_genuine",
}
WALKS = {
    "cmu_asf": "cmu_07_06 cmu_16_16",
    "cmu_bvh_31": "cmu_07_02 cmu_35_09 cmu_35_32 cmu_12_01",
    "deepmimic": "deepmimic_walk",
}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("real")
    wanted = {clip for clips in CLIPS.values() for clip in clips.split()}
    with (PACK / "inventory.csv").open(newline="") as source, (folder / "inventory.csv").open("w", newline="") as out:
        reader = csv.DictReader(source)
        writer = csv.DictWriter(out, reader.fieldnames)
        writer.writeheader()
        writer.writerows(row for row in reader if row["clip_id"] in wanted)
    for name in ("captions.json", "captions_meta.json"):
        (folder / name).symlink_to((PACK / name).resolve())
    for archive in CLIPS:  # links, so that the reduced inventory lies beside them
        (folder / archive).symlink_to((PACK / archive).resolve())
    build([folder], folder / "out")
    return load(folder / "out")


def joints_of(dataset, clip, window=0, mirrored=False):
    indices = [index for index, segment in enumerate(dataset.segments) if segment.clip == clip]
    return np.asarray(dataset.joints(indices[window], mirrored), dtype=np.float64)


def speed(joints):
    way = np.diff(joints[:, 0][:, [0, 2]], axis=0)
    return float(np.linalg.norm(way, axis=-1).mean() * 20.0)


def test_all_figures_are_ours(dataset):
    assert len({segment.clip for segment in dataset.segments}) == sum(len(c.split()) for c in CLIPS.values()) - 1
    for index in range(len(dataset.segments)):
        joints = np.asarray(dataset.joints(index), dtype=np.float64)
        assert np.isfinite(joints).all()
        lengths = np.linalg.norm(joints[:, 1:] - joints[:, list(PARENTS[1:])], axis=-1)
        # On disk a coordinate is a whole tenth of a millimetre: half of one at either end, in three directions.
        np.testing.assert_allclose(lengths, np.tile(BONE_LENGTHS[1:], (len(joints), 1)), atol=2e-4)


def test_recordings_stand_on_the_floor(dataset):
    lowest = {}
    for index, segment in enumerate(dataset.segments):
        bottom = float(dataset.joints(index)[..., 1].min())
        lowest[segment.clip] = min(bottom, lowest.get(segment.clip, np.inf))
    assert max(lowest.values()) < 0.08
    assert min(lowest.values()) > -0.05


def test_features_are_finite_also_of_twins(dataset):
    for index in range(len(dataset.segments)):
        for mirrored in (False, True):
            assert np.isfinite(dataset.features(index, mirrored)).all()


@pytest.mark.parametrize("clip", [clip for clips in WALKS.values() for clip in clips.split()])
def test_walkers_walk_ahead_at_the_speed_of_people(dataset, clip):
    joints = joints_of(dataset, clip)
    assert 0.8 < speed(joints) < 1.6
    way = joints[-1, 0] - joints[0, 0]
    assert way[2] > 4.0 * abs(way[0])
    steps = joints[:, J["left_ankle"], 2] - joints[:, J["right_ankle"], 2]
    assert steps.max() > 0.35
    assert steps.min() < -0.35


def test_a_walker_on_the_spot_was_given_its_travel(dataset):
    joints = joints_of(dataset, "m2m_Walk_Formal_Loop")
    assert 0.8 < speed(joints) < 1.8
    assert len(joints) > 60
    assert not any(segment.clip == "m2m_Run_Anime" for segment in dataset.segments)


def test_turns_go_to_the_side_that_captions_name(dataset):
    left, right = joints_of(dataset, "cmu_16_18"), joints_of(dataset, "cmu_16_20")
    assert left[-1, 0, 0] > 1.0  # +X is the figure's left
    assert right[-1, 0, 0] < -1.0
    assert joints_of(dataset, "cmu_16_18", mirrored=True)[-1, 0, 0] < -1.0


def reach(joints, name):
    """The fastest that a joint moves, in m/s, relative to the pelvis."""
    relative = joints[:, J[name]] - joints[:, 0]
    return float(np.linalg.norm(np.diff(relative, axis=0), axis=-1).max() * 20.0)


@pytest.mark.parametrize(
    ("clip", "busy", "calm"),
    [
        ("cmu_10_03", "right_foot", "left_foot"),  # kicks a ball with the right leg
        ("cmu_06_04", "left_wrist", "right_wrist"),  # bounces a ball with the left hand
        ("kaykit_Waving", "right_wrist", "left_wrist"),  # waves with the right arm
    ],
)
def test_the_limb_that_captions_name_is_the_busy_one(dataset, clip, busy, calm):
    joints = joints_of(dataset, clip)
    assert reach(joints, busy) > 1.15 * reach(joints, calm)


def test_a_raised_right_hand_is_the_right_one(dataset):
    joints = joints_of(dataset, "cmu_02_06", 1)  # bends over and stands up, lifting the right hand high
    assert joints[:, J["right_wrist"], 1].max() > joints[:, J["head"], 1].max() > joints[:, J["left_wrist"], 1].max()


def test_the_same_walk_looks_the_same_on_both_rigs_of_cmu(dataset):
    """The mean pose of a walk, seen from the pelvis, differs by less than 7 cm a joint; arms swing freely."""
    means = {}
    for rig, clips in WALKS.items():
        poses = np.concatenate([joints_of(dataset, clip) for clip in clips.split()])
        means[rig] = (poses - poses[:, :1]).mean(axis=0)
    body = [index for name, index in J.items() if not any(part in name for part in ("elbow", "wrist"))]
    off = np.linalg.norm(means["cmu_bvh_31"] - means["cmu_asf"], axis=-1)[body]
    assert off.max() < 0.07, dict(zip(np.array(JOINT_NAMES)[body], off.round(3), strict=True))


def test_no_trace_of_spikes_and_lead_ins(dataset):
    """Nothing in these clips but a kick, a flip or a leap moves at more than 12 m/s; zeros and T-poses would."""
    for clip in ("cmu_09_10", "cmu_60_10", "cmu_16_16", "cmu_35_09", "cmu_143_04"):
        joints = joints_of(dataset, clip)
        assert np.linalg.norm(np.diff(joints, axis=0), axis=-1).max() * 20.0 < 12.0, clip
    first = joints_of(dataset, "cmu_35_09")[0]
    arm = first[J["left_wrist"]] - first[J["left_shoulder"]]
    assert arm[1] < -0.3  # a T-pose would hold it level


def test_dance_partners_share_a_recording(dataset):
    recordings = {s.clip: s.recording for s in dataset.segments}
    assert recordings["cmu_60_10"] == recordings["cmu_61_10"]
