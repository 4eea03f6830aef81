"""Motion that no inventory lists, to a training set: what counts, under which split, and what is left out and why."""

import io
from collections import Counter

import numpy as np
import pytest
from fake_engine import waving

from reprise.cli.main import main
from reprise.data.build_from_motions import build_from_motions
from reprise.data.dataset import load
from reprise.data.splits import seeded_split
from reprise.features import humanml3d
from reprise_core.bvh import to_bvh
from reprise_core.contract import Request
from reprise_core.errors import RepriseError


def motion(seed):
    return waving(Request("a person waves", seconds=3.0, seed=seed))


@pytest.fixture
def folder(tmp_path):
    """Two captioned files, one without, one that is no motion."""
    folder = tmp_path / "mocap"
    folder.mkdir()
    for seed, name in enumerate(("limp", "hop", "silent")):
        (folder / f"{name}.bvh").write_text(to_bvh(motion(seed)))
    (folder / "limp.txt").write_text("someone limps\nsomebody limps along")
    (folder / "captions.csv").write_text("name,caption\nhop,a person hops\n")
    (folder / "scene.fbx").write_bytes(b"FBX")
    return folder


def test_what_has_a_caption_is_learnt_and_the_rest_says_why(folder, tmp_path, monkeypatch):
    monkeypatch.setattr("reprise.data.build_from_motions.seeded_split", lambda name: "train")
    report = build_from_motions([folder], tmp_path / "set")
    found = load(tmp_path / "set")
    assert {segment.id: segment.captions for segment in found.segments} == {
        "limp": ("someone limps", "somebody limps along"),
        "hop": ("a person hops",),
    }
    assert {item.clip: item.why for item in report.left_out if item.clip == "silent"} == {"silent": "no captions"}
    assert any("FBX" in item.why for item in report.left_out)
    (limp,) = (row for row, segment in enumerate(found.segments) if segment.id == "limp")
    assert found.segments[limp].frames == motion(0).frames - 1
    joints = found.joints(limp)
    np.testing.assert_allclose(joints[0, 0, [0, 2]], 0.0, atol=1e-6)
    way = joints[-1, 0, 2] / (motion(0).frames - 1) * 20
    assert way == pytest.approx(1.0, abs=0.02)  # metres a second, as it walks


def test_humanml3d_keeps_its_splits_and_gets_no_twin_twice(tmp_path):
    folder = tmp_path / "HumanML3D"
    for name in ("new_joint_vecs", "texts"):
        (folder / name).mkdir(parents=True)
    names = ("000001", "000002", "M000001", "M000002")
    for seed, name in enumerate(names):
        buffer = io.BytesIO()
        np.save(buffer, humanml3d.encode(motion(seed).positions).astype(np.float32))
        (folder / "new_joint_vecs" / f"{name}.npy").write_bytes(buffer.getvalue())
        (folder / "texts" / f"{name}.txt").write_text(f"a person is {name}#a/DET#0.0#0.0\n")
    (folder / "train.txt").write_text("000001\nM000001\n")
    (folder / "val.txt").write_text("")
    (folder / "test.txt").write_text("000002\nM000002\n")
    assert main(["data", "build", str(folder), "--out", str(tmp_path / "set")]) == 0
    found = load(tmp_path / "set")
    assert {(segment.recording, segment.split, *segment.captions) for segment in found.segments} == {
        ("000001", "train", "a person is 000001"),
        ("000002", "test", "a person is 000002"),
    }


def test_without_a_caption_nothing_is_written_and_the_remedy_is_named(folder, tmp_path):
    (folder / "limp.txt").unlink()
    (folder / "captions.csv").unlink()
    with pytest.raises(RepriseError, match=r"captions\.csv"):
        build_from_motions([folder], tmp_path / "set")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mocap"]


def test_the_split_of_a_name_is_its_own_and_the_shares_are_those_that_are_promised():
    counts = Counter(seeded_split(f"recording {number}") for number in range(4000))
    for split, share in (("train", 0.80), ("val", 0.05), ("test", 0.15)):
        assert counts[split] / 4000 == pytest.approx(share, abs=3 * (share * (1 - share) / 4000) ** 0.5)
