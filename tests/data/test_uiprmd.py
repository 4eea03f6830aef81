"""UI-PRMD: what the recipe for joint centres must keep, on markers made by hand and on the real archive."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from reprise.data import uiprmd
from reprise.data.pack import read_inventory, read_listed, rows_of_archive
from reprise_core.errors import RepriseError
from reprise_core.quaternion import from_axis_angle, rotate
from reprise_core.skeleton import JOINT_NAMES, MIRROR, PARENTS

PACK = Path(__file__).resolve().parents[2] / "../shared/data"
J = {name: index for index, name in enumerate(JOINT_NAMES)}


def standing():
    """(1, 39, 3) a symmetric figure, metres, y up, facing +z, left +x; pelvis width 0.24."""
    middle = {"C7": (1.45, -0.06), "T10": (1.2, -0.08), "CLAV": (1.40, 0.06), "STRN": (1.25, 0.1)}
    sides = {
        "FHD": (0.07, 1.65, 0.09), "BHD": (0.07, 1.65, -0.09), "SHO": (0.18, 1.45, 0.0), "UPA": (0.25, 1.3, 0.0),
        "ELB": (0.28, 1.15, 0.0), "FRM": (0.28, 1.0, 0.05), "WRA": (0.26, 0.9, 0.04), "WRB": (0.32, 0.9, 0.0),
        "FIN": (0.29, 0.8, 0.02), "ASI": (0.12, 1.0, 0.1), "PSI": (0.05, 1.0, -0.1), "THI": (0.16, 0.7, 0.0),
        "KNE": (0.16, 0.5, 0.02), "TIB": (0.16, 0.3, 0.0), "ANK": (0.14, 0.08, -0.02), "HEE": (0.1, 0.05, -0.1),
        "TOE": (0.12, 0.04, 0.15),
    }  # fmt: skip
    rows = []
    for name in uiprmd.MARKERS:
        if name in middle or name == "RBAK":
            rows.append((0.0, *middle.get(name, (1.3, -0.1))))
        else:
            x, y, z = sides[name[1:]]
            rows.append((x if name[0] == "L" else -x, y, z))
    return np.array(rows)[None]


def test_recipe_by_hand():
    """Pelvis axes are x, z, y here and PW = 0.24, so every centre follows from the recipe on paper."""
    joints = uiprmd.joint_centres(standing())[0]
    np.testing.assert_allclose(joints[J["left_hip"]], [0.36 * 0.24, 1.0 - 0.3 * 0.24, 0.1 - 0.19 * 0.24], atol=1e-9)
    np.testing.assert_allclose(joints[J["neck"]], [0.0, 1.425, 0.0], atol=1e-9)
    np.testing.assert_allclose(joints[J["right_shoulder"]], [-0.18, 1.40, 0.0], atol=1e-9)
    np.testing.assert_allclose(joints[J["left_wrist"]], [0.29, 0.9, 0.02], atol=1e-9)
    np.testing.assert_allclose(joints[J["left_foot"]], [0.12, 0.02, 0.15], atol=1e-9)
    torso = np.array([0.0, 0.6 * 1.2 + 0.4 * 1.25, -0.6 * 0.08 + 0.4 * 0.1])
    np.testing.assert_allclose(joints[J["spine1"]], 0.6 * joints[J["pelvis"]] + 0.4 * torso, atol=1e-9)


def test_knees_and_ankles_move_inward_at_right_angles():
    markers = standing()
    joints = uiprmd.joint_centres(markers)[0]
    at = dict(zip(uiprmd.MARKERS, markers[0], strict=True))
    for side, inward in (("left", -1.0), ("right", 1.0)):
        for joint, above, marker, distance in (("knee", "hip", "KNE", 0.055), ("ankle", "knee", "ANK", 0.04)):
            skin = at[side[0].upper() + marker]
            moved = joints[J[f"{side}_{joint}"]] - skin
            assert np.linalg.norm(moved) == pytest.approx(distance)
            assert moved @ (skin - joints[J[f"{side}_{above}"]]) == pytest.approx(0.0, abs=1e-9)
            assert moved[0] * inward > 0.0


def test_a_symmetric_figure_stays_symmetric():
    joints = uiprmd.joint_centres(standing())[0]
    np.testing.assert_allclose(joints[list(MIRROR)] * [-1.0, 1.0, 1.0], joints, atol=1e-9)


def test_turning_the_markers_turns_the_joints():
    """All but the toes' 2 cm, which go straight down: a turn about the vertical keeps those too."""
    turn = from_axis_angle(np.array([0.0, 1.0, 0.0]), 0.7)
    place = np.array([1.0, 0.0, 2.0])
    joints = uiprmd.joint_centres(rotate(turn, standing()) + place)
    np.testing.assert_allclose(joints, rotate(turn, uiprmd.joint_centres(standing())) + place, atol=1e-9)


def test_axes_and_units():
    """The room's millimetres (forward, left, up) become metres (left, up, forward)."""
    row = ",".join(["3000.0,1000.0,2000.0"] * 39)
    markers = uiprmd.parse_markers(gzip.compress(f"{row}\n{row}\n".encode()), "m01")
    assert markers.shape == (2, 39, 3)
    np.testing.assert_allclose(markers[1, 5], [1.0, 2.0, 3.0])


@pytest.mark.parametrize("data", [b"1,2,3\n", b"no numbers", gzip.compress(b"1,2\n")[:-4]])
def test_broken_files_are_named(data):
    with pytest.raises(RepriseError, match="m01"):
        uiprmd.parse_markers(data, "m01")


@pytest.mark.skipif(not PACK.exists(), reason="the motion pack is not here")
def test_real_archive():
    inventory = rows_of_archive(read_inventory(PACK / "inventory.csv"), PACK / "ui_prmd.zip")
    clips = {clip.id: clip for clip in read_listed(PACK / "ui_prmd.zip", inventory)}
    rows = {row.clip_id: row for row in inventory.values()}
    assert clips.keys() == rows.keys()
    for clip in clips.values():
        assert len(clip.joints) == rows[clip.id].frames
        assert np.isfinite(clip.joints).all()
        lengths = np.linalg.norm(clip.joints[:, 1:] - clip.joints[:, list(PARENTS[1:])], axis=-1)
        assert lengths.std(axis=0).max() < 0.035  # skin moves over the joints, most at deep knee bends
        assert -0.05 < clip.joints[..., 1].min() < 0.08
        toes = (clip.joints[0, [10, 11]] - clip.joints[0, [7, 8]]).mean(axis=0)
        forward = np.cross(clip.joints[0, 1] - clip.joints[0, 2], [0.0, 1.0, 0.0])
        assert toes @ forward > 0.0  # toes point where left and right hip say it faces
    squat = clips["uiprmd_m01_s01_e02"].joints
    assert squat[0, 1, 0] > squat[0, 2, 0]  # facing +z, left on +x
    assert squat[0, 0, 1] - squat[:, 0, 1].min() > 0.2
