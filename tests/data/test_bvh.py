"""BVH: places by hand for a two-joint arm, and files that are no BVH."""

import numpy as np
import pytest

from reprise.data.bvh import parse_bvh
from reprise.data.skeleton_animation import joint_positions
from reprise_core.errors import RepriseError


def arm(
    root_rotations="Zrotation Xrotation Yrotation", frames="0 0 0  0 0 0  0 0 0", inner="CHANNELS 3", offset="0 0 0"
):
    positions = "" if inner == "CHANNELS 3" else "Xposition Yposition Zposition "
    return f"""HIERARCHY
ROOT Hips
{{
  OFFSET {offset}
  CHANNELS 6 Xposition Yposition Zposition {root_rotations}
  JOINT Elbow
  {{
    OFFSET 0 2 0
    {inner} {positions}Zrotation Xrotation Yrotation
    End Site
    {{
      OFFSET 1 0 0
    }}
  }}
}}
MOTION
Frames: {len(frames.strip().splitlines())}
Frame Time: 0.0083333
{frames}
""".encode()


def places(data, **options):
    at = joint_positions(parse_bvh(data, **options), ("Hips", "Elbow", "Elbow_end"))
    return {name: position.round(9).tolist() for name, position in at.items()}


def test_joints_lie_where_the_rotations_put_them():
    """A quarter turn about Z lays the upper bone along -X; another at the elbow turns the forearm from Y to -X."""
    at = places(arm(frames="1 2 3  90 0 0  0 0 0\n0 0 0  90 0 0  90 0 0"))
    assert at["Hips"] == [[1, 2, 3], [0, 0, 0]]
    assert at["Elbow"] == [[-1, 2, 3], [-2, 0, 0]]
    assert at["Elbow_end"] == [[-1, 3, 3], [-3, 0, 0]]


@pytest.mark.parametrize(
    ("order", "elbow"),
    [("Zrotation Xrotation Yrotation", [0, 0, 2]), ("Xrotation Zrotation Yrotation", [-2, 0, 0])],
)
def test_rotations_multiply_in_the_declared_order(order, elbow):
    """Two quarter turns: X first lifts Y to Z, which Z leaves alone; Z first lays Y on -X, which X leaves alone."""
    assert places(arm(order, "0 0 0  90 90 0  0 0 0"))["Elbow"] == [elbow]


def test_inner_position_channels_are_passed_over():
    at = places(arm(inner="CHANNELS 6", frames="0 0 0  0 0 0  0 2 0  90 0 0"))
    assert at["Elbow"] == [[0, 2, 0]]
    assert at["Elbow_end"] == [[0, 3, 0]]


def test_root_positions_replace_the_offset_or_add_to_it():
    data = arm(offset="10 20 30", frames="1 2 3  0 0 0  0 0 0")
    assert places(data)["Hips"] == [[1, 2, 3]]
    assert places(data, add_root_offset=True)["Hips"] == [[11, 22, 33]]


def test_header_rate():
    assert parse_bvh(arm()).fps == pytest.approx(120.0, rel=1e-4)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04 not a bvh",
        arm(frames="0 0 0  0 0 0  0 0"),
        arm(frames="0 0 0  0 zero 0  0 0 0"),
        arm().replace(b"CHANNELS 6", b"CHANNELS six"),
        arm().split(b"MOTION")[0],
    ],
)
def test_what_is_no_bvh_is_named(data):
    with pytest.raises(RepriseError, match=r"walk\.bvh"):
        parse_bvh(data, "walk.bvh")


def test_only_asked_joints_are_placed():
    assert np.array_equal(list(joint_positions(parse_bvh(arm()), ("Elbow",))), ["Elbow"])
