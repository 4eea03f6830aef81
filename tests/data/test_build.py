"""From a pack made by hand to a data set: what is taken, what is left out, and what is refused."""

import json

import numpy as np
import pytest
from made_packs import bone_lengths, bvh, row, window, write_pack

from reprise.data.build import build, recording_of
from reprise.data.dataset import load
from reprise.data.pack import read_inventory
from reprise.data.poses import POSE
from reprise.features.humanml3d import GROUPS, statistics
from reprise_core.errors import RepriseError
from reprise_core.skeleton import BONE_LENGTHS


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Five clips: two in training, one in val, one without captions, one that walks on the spot."""
    folder = tmp_path_factory.mktemp("pack")
    rows = [
        row("long", seconds=12.0),
        row("short", seconds=3.0),
        row("val", "val", 2.0),
        row("silent", seconds=2.0),
        row("treadmill", seconds=2.0),
        row("blink", seconds=0.5),
    ]
    captions = {
        "long": [window(), window(2.0, 4.5)],
        "short": [window(0.5, 2.0), window(1.0, 1.5)],
        "val": [window()],
        "treadmill": [window()],
        "blink": [window()],
    }
    archive = write_pack(folder, rows, captions, in_place=["treadmill"])
    told = []
    report = build([archive], folder / "out", lambda stage, step, total: told.append((stage, step, total)))
    return folder, report, load(folder / "out"), told


def test_windows_become_segments(built):
    _, report, dataset, _ = built
    frames = {segment.id: segment.frames for segment in dataset.segments}
    assert frames == {"long-00": 196, "long-01": 50, "short-00": 30, "val-00": frames["val-00"]}
    assert frames["val-00"] in (37, 38)  # from 0.1 s to the end of 2.0 s
    assert report.segments == 4
    assert report.frames == sum(frames.values())
    assert [segment.split for segment in dataset.segments] == ["train", "train", "train", "val"]


def test_what_is_left_out_says_why(built):
    _, report, _, _ = built
    left_out = {item.clip: item.why for item in report.left_out}
    assert left_out.keys() == {"silent", "treadmill", "blink", "short"}
    assert "captions" in left_out["silent"]
    assert "on the spot" in left_out["treadmill"]
    assert "0.6 s" in left_out["blink"]
    assert "20 frames" in left_out["short"]
    assert all(why in report.table() for why in left_out.values())


def test_poses_start_at_the_origin_facing_forward_on_the_floor(built):
    _, _, dataset, _ = built
    for index, segment in enumerate(dataset.segments):
        for mirrored in (False, True):
            joints = np.asarray(dataset.joints(index, mirrored), dtype=np.float64)
            assert joints.shape == (segment.frames + 1, 22, 3)
            np.testing.assert_allclose(joints[0, 0, [0, 2]], 0.0, atol=1e-6)
            assert abs(joints[..., 1].min()) < 1e-3
            np.testing.assert_allclose(bone_lengths(joints), np.tile(BONE_LENGTHS[1:], (len(joints), 1)), atol=2e-4)
            way = joints[-1, 0] - joints[0, 0]
            seconds = segment.frames / 20.0
            assert way[2] / seconds == pytest.approx(1.2, rel=0.03)  # legs of the made figure have our length
            assert abs(way[0]) < 0.05 * way[2]


def test_the_lead_in_frame_is_gone(built):
    """Its root lies 28 metres behind: any trace of it would show as a jump."""
    _, _, dataset, _ = built
    for index in range(len(dataset.segments)):
        assert np.linalg.norm(np.diff(dataset.joints(index)[:, 0], axis=0), axis=-1).max() < 0.1


def test_features_belong_to_the_poses(built):
    _, _, dataset, _ = built
    features = dataset.features(1)
    assert features.shape == (50, 263)
    np.testing.assert_allclose(features[:, 2], np.diff(dataset.joints(1)[:, 0, 2]), atol=1e-4)


def test_statistics_are_those_of_training_and_its_twins(built):
    _, _, dataset, _ = built
    training = [i for i, segment in enumerate(dataset.segments) if segment.split == "train"]
    features = np.concatenate([dataset.features(i, mirrored) for i in training for mirrored in (False, True)])
    mean, std = statistics(features)
    np.testing.assert_allclose(dataset.mean, mean, atol=1e-5)
    np.testing.assert_allclose(dataset.std, np.where(std > 0.0, std, 1.0), atol=1e-5)  # its feet never touch down
    for group in GROUPS:
        assert np.ptp(dataset.std[group]) == 0.0


def test_progress_counts_up(built):
    told = built[3]
    for stage in ("reading", "encoding"):
        steps = [(step, total) for name, step, total in told if name == stage]
        assert steps[-1][0] == steps[-1][1]
        assert [step for step, _ in steps] == sorted(step for step, _ in steps)


def test_an_earlier_data_set_is_replaced(built):
    folder, _, _, _ = built
    before = {path.name: path.read_bytes() for path in (folder / "out").iterdir()}
    build([folder], folder / "out")  # the folder stands for the archives that its inventory lists
    assert {path.name: path.read_bytes() for path in (folder / "out").iterdir()} == before
    assert sorted(path.name for path in folder.iterdir() if path.name.startswith(".")) == []


def test_an_unpacked_folder_reads_like_its_archive(built, tmp_path):
    folder, _, dataset, _ = built
    import shutil
    import zipfile

    for name in ("inventory.csv", "captions.json", "captions_meta.json"):
        shutil.copy(folder / name, tmp_path)
    with zipfile.ZipFile(folder / "moves.zip") as file:
        file.extractall(tmp_path / "moves")
    build([tmp_path / "moves"], tmp_path / "out")
    assert {s.id for s in load(tmp_path / "out").segments} == {s.id for s in dataset.segments}


def test_a_foreign_folder_is_left_as_it_was(built, tmp_path):
    folder, _, _, _ = built
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(RepriseError, match="is no data set"):
        build([folder / "moves.zip"], tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def _no_such_file(folder):
    return [folder / "nothing.zip"]


def _no_archive(folder):
    write_pack(folder, [row("a")], {"a": [window()]})
    (folder / "moves.zip").write_bytes(b"not a zip")
    return [folder / "moves.zip"]


def _no_motion(folder):
    return [write_pack(folder, [row("a")], {"a": [window()]}, files={"readme.txt": b"hello"})]


def _no_inventory(folder):
    archive = write_pack(folder, [row("a")], {"a": [window()]})
    (folder / "inventory.csv").unlink()
    return [archive]


def _not_listed(folder):
    return [write_pack(folder, [row("a", archive="other.zip")], {"a": [window()]}, files={"a.bvh": bvh(2.0)})]


def _broken_clip(folder):
    return [write_pack(folder, [row("a")], {"a": [window()]}, files={"a.bvh": b"HIERARCHY\nROOT"})]


def _unknown_rig(folder):
    data = bvh(2.0).replace(b"LeftToeBase", b"LinksZeh")
    return [write_pack(folder, [row("a")], {"a": [window()]}, files={"a.bvh": data})]


def _bad_split(folder):
    return [write_pack(folder, [row("a", "later")], {"a": [window()]})]


def _nothing_to_train_on(folder):
    return [write_pack(folder, [row("a", "test")], {"a": [window()]})]


@pytest.mark.parametrize(
    "make",
    [
        _no_such_file, _no_archive, _no_motion, _no_inventory, _not_listed, _broken_clip, _unknown_rig, _bad_split,
        _nothing_to_train_on, lambda folder: [],
    ],
)  # fmt: skip
def test_bad_sources_are_refused_and_leave_nothing(make, tmp_path):
    with pytest.raises(RepriseError) as caught:
        build(make(tmp_path / "pack"), tmp_path / "out")
    assert caught.value.message.endswith(".")
    assert not (tmp_path / "out").exists()
    assert not list(tmp_path.glob(".out*"))


def test_recordings_that_must_not_leak(tmp_path):
    ids = (
        "cmu_60_03",
        "cmu_61_03",
        "cmu_60_04",
        "cmu_16_03",
        "uiprmd_m01_s02_e02",
        "uiprmd_m01_s02_e08",
        "uiprmd_m01_s03_e02",
    )
    write_pack(tmp_path, [row(clip) for clip in ids], {})
    recordings = {r.clip_id: recording_of(r) for r in read_inventory(tmp_path / "inventory.csv")}
    assert recordings["cmu_60_03"] == recordings["cmu_61_03"]
    assert recordings["uiprmd_m01_s02_e02"] == recordings["uiprmd_m01_s02_e08"]
    assert len(set(recordings.values())) == 5


@pytest.mark.parametrize(
    "damage", ["no folder", "no json", "cut json", "other format", "short poses", "short features", "no deviation"]
)
def test_what_is_no_data_set_is_refused(built, tmp_path, damage):
    import shutil

    folder = tmp_path / "set"
    if damage != "no folder":
        shutil.copytree(built[0] / "out", folder)
    if damage == "no json":
        (folder / "dataset.json").unlink()
    elif damage == "cut json":
        (folder / "dataset.json").write_text('{"format": 1')
    elif damage == "other format":
        description = json.loads((folder / "dataset.json").read_text())
        (folder / "dataset.json").write_text(json.dumps(description | {"format": 99}))
    elif damage == "short poses":
        np.save(folder / "poses-00000.npy", np.zeros(5, dtype=POSE))
    elif damage == "short features":
        np.save(folder / "features-00000.npy", np.zeros((5, 263), dtype=np.float32))
    elif damage == "no deviation":
        np.save(folder / "std.npy", np.zeros(263, dtype=np.float32))
    with pytest.raises(RepriseError, match="data set"):
        load(folder)


def test_a_set_of_the_first_format_is_to_be_built_again(tmp_path):
    (tmp_path / "dataset.json").write_text('{"format": 1, "fps": 20, "segments": []}')
    with pytest.raises(RepriseError, match="has the format 1; this Reprise reads format 2") as caught:
        load(tmp_path)
    assert "reprise data build" in caught.value.hint


def test_a_long_clip_of_one_activity_becomes_a_stretch(tmp_path):
    """Its windows stay what they are, and each may be shifted anywhere within the whole."""
    captions = {"long": [window(0.5, 3.0), window(3.0, 5.5), window(5.5, 8.0)], "other": [window(0.5, 3.0)]}
    archive = write_pack(tmp_path, [row("long", seconds=10.0), row("other", seconds=4.0)], captions)
    build([archive], tmp_path / "plain")
    meta = json.loads((tmp_path / "captions_meta.json").read_text())
    meta["meta"]["long"] = {"single_activity": True}
    (tmp_path / "captions_meta.json").write_text(json.dumps(meta))
    build([archive], tmp_path / "stretched")
    plain, stretched = load(tmp_path / "plain"), load(tmp_path / "stretched")
    assert [s.id for s in plain.segments] == [s.id for s in stretched.segments]
    assert [plain.slack(i) for i in range(4)] == [0, 0, 0, 0]
    assert [stretched.slack(i) for i in range(4)] == [100, 100, 100, 0]
    for index in range(4):
        for mirrored in (False, True):
            np.testing.assert_allclose(stretched.joints(index, mirrored), plain.joints(index, mirrored), atol=3e-4)
    for shift in (0, 37, 100):
        shifted = stretched.shifted_features(1, shift)
        assert shifted.shape == (50, 263)
        np.testing.assert_allclose(shifted[:, 3], stretched.shifted_features(2, shift)[:, 3])
