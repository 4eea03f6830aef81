"""DeepMimic: one frame by hand, and the real archive."""

import json
from pathlib import Path

import numpy as np
import pytest

from reprise.data import deepmimic
from reprise.data.joint_maps import map_joints
from reprise.data.joint_maps_glb import DEEPMIMIC
from reprise.data.pack import read_inventory, read_listed, rows_of_archive
from reprise_core.errors import RepriseError
from reprise_core.skeleton import JOINT_NAMES, PARENTS

PACK = Path(__file__).resolve().parents[2] / "../shared/data"
J = {name: index for index, name in enumerate(JOINT_NAMES)}


def skeleton():
    """A humanoid with round lengths: chest 0.25 up, hips 0.1 out, legs 0.4 + 0.4, arms 0.3 + 0.25."""
    joints = [
        ("root", -1, 0, 0, 0), ("chest", 0, 0, 0.25, 0), ("neck", 1, 0, 0.25, 0), ("right_hip", 0, 0, 0, 0.1),
        ("right_knee", 3, 0, -0.4, 0), ("right_ankle", 4, 0, -0.4, 0), ("right_shoulder", 1, 0, 0.2, 0.2),
        ("right_elbow", 6, 0, -0.3, 0), ("right_wrist", 7, 0, -0.25, 0), ("left_hip", 0, 0, 0, -0.1),
        ("left_knee", 9, 0, -0.4, 0), ("left_ankle", 10, 0, -0.4, 0), ("left_shoulder", 1, 0, 0.2, -0.2),
        ("left_elbow", 12, 0, -0.3, 0), ("left_wrist", 13, 0, -0.25, 0),
    ]  # fmt: skip
    rows = [{"Name": n, "Parent": p, "AttachX": x, "AttachY": y, "AttachZ": z} for n, p, x, y, z in joints]
    return deepmimic.parse_skeleton(json.dumps({"Skeleton": {"Joints": rows}}).encode())


def frame(**values):
    """All joints at rest, root at (3, 0.9, 1): numbers by the layout in sources.json."""
    one = [1.0, 0.0, 0.0, 0.0]
    parts = {
        "duration": [0.05], "root": [3.0, 0.9, 1.0], "turn": one, "chest": one, "neck": one, "right_hip": one,
        "right_knee": [0.0], "right_ankle": one, "right_shoulder": one, "right_elbow": [0.0], "left_hip": one,
        "left_knee": [0.0], "left_ankle": one, "left_shoulder": one, "left_elbow": [0.0],
    } | values  # fmt: skip
    return [number for part in parts.values() for number in part]


def joints_of(*frames):
    data = json.dumps({"Loop": "none", "Frames": list(frames)}).encode()
    return map_joints(deepmimic.parse_motion(data, skeleton(), "motion"), DEEPMIMIC)


def test_rest_pose_faces_z_with_left_on_x():
    """(x, y, z) -> (-z, y, x): root (3, .9, 1) lands at (-1, .9, 3), the left hip (z = -0.1) on +x, toes on +z."""
    (joints,) = joints_of(frame())
    np.testing.assert_allclose(joints[J["pelvis"]], [-1.0, 0.9, 3.0], atol=1e-9)
    np.testing.assert_allclose(joints[J["left_hip"]] - joints[0], [0.1, 0.0, 0.0], atol=1e-9)
    np.testing.assert_allclose(joints[J["left_ankle"]] - joints[0], [0.1, -0.8, 0.0], atol=1e-9)
    np.testing.assert_allclose(joints[J["left_foot"]] - joints[J["left_ankle"]], [0.0, -0.045, 0.13], atol=1e-9)
    np.testing.assert_allclose(joints[J["head"]] - joints[J["neck"]], [0.0, 0.08, 0.0], atol=1e-9)
    np.testing.assert_allclose(joints[J["right_wrist"]] - joints[0], [-0.2, -0.1, 0.0], atol=1e-9)


def test_knee_and_elbow_bend_about_their_own_z():
    """A knee of -90 degrees takes the shin backwards (-z), an elbow of +90 degrees the forearm forwards (+z)."""
    (joints,) = joints_of(frame(right_knee=[-np.pi / 2], left_elbow=[np.pi / 2]))
    np.testing.assert_allclose(joints[J["right_ankle"]] - joints[J["right_knee"]], [0.0, 0.0, -0.4], atol=1e-9)
    np.testing.assert_allclose(joints[J["left_wrist"]] - joints[J["left_elbow"]], [0.0, 0.0, 0.25], atol=1e-9)
    np.testing.assert_allclose(joints[J["left_ankle"]] - joints[J["left_knee"]], [0.0, -0.4, 0.0], atol=1e-9)


def test_root_quaternion_is_wxyz():
    """A quarter turn to the left about y: the figure, that faced +z, faces +x and has its left hip at -z."""
    (joints,) = joints_of(frame(turn=[np.sqrt(0.5), 0.0, np.sqrt(0.5), 0.0]))
    np.testing.assert_allclose(joints[J["left_hip"]] - joints[0], [0.0, 0.0, -0.1], atol=1e-9)
    np.testing.assert_allclose(joints[J["left_foot"]] - joints[J["left_ankle"]], [0.13, -0.045, 0.0], atol=1e-9)


@pytest.mark.parametrize("data", [b"", b"{}", b'{"Frames": []}', b'{"Frames": [[1, 2, 3]]}', b"\x00\xff"])
def test_broken_motions_are_named(data):
    with pytest.raises(RepriseError, match="jog"):
        deepmimic.parse_motion(data, skeleton(), "jog.txt")


@pytest.mark.skipif(not PACK.exists(), reason="the motion pack is not here")
def test_real_archive():
    inventory = rows_of_archive(read_inventory(PACK / "inventory.csv"), PACK / "deepmimic.zip")
    clips = {clip.id: clip for clip in read_listed(PACK / "deepmimic.zip", inventory)}
    rows = {row.clip_id: row for row in inventory.values()}
    assert clips.keys() == rows.keys()
    for clip in clips.values():
        assert len(clip.joints) == rows[clip.id].frames
        assert np.isfinite(clip.joints).all()
        lengths = np.linalg.norm(clip.joints[:, 1:] - clip.joints[:, list(PARENTS[1:])], axis=-1)
        keep = [j - 1 for j in range(1, 22) if JOINT_NAMES[j] not in ("spine1", "spine2", "spine3", "neck")]
        assert np.ptp(lengths[:, keep], axis=0).max() < 1e-6
    walk = clips["deepmimic_walk"].joints
    travel = walk[-1, 0] - walk[0, 0]
    assert travel[2] > 1.0  # goes where it faces, +z
    assert abs(travel[0]) < 0.1
    assert (walk[:, 1, 0] > walk[:, 2, 0]).all()
    assert abs(walk[..., 1].min()) < 0.06
