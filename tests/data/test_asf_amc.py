"""Acclaim: places by hand for two bones, and motions that do not fit their skeleton."""

import pytest

from reprise.data.asf_amc import parse_amc, parse_asf
from reprise.data.skeleton_animation import joint_positions
from reprise_core.errors import RepriseError

ASF = b"""# made by hand
:version 1.10
:units
  length 0.45
  angle deg
:root
   order TX TY TZ RX RY RZ
   axis XYZ
   position 0 0 0
   orientation 0 0 0
:bonedata
  begin
     id 1
     name upper
     direction 1 0 0
     length 2
     axis 0 0 90 XYZ
     dof rx
     limits (-90 90)
  end
  begin
     id 2
     name fixed
     direction 0 1 0
     length 1
     axis 0 0 0 XYZ
  end
  begin
     id 3
     name tip
     direction 0 0 1
     length 3
     axis 0 0 0 XYZ
     dof rx ry rz
  end
:hierarchy
  begin
    root upper
    upper fixed
    fixed tip
  end
"""

AMC = b"""#!OML:ASF somewhere
:FULLY-SPECIFIED
:DEGREES
# a comment
1
root 0 0 0 0 0 0
upper 90
tip 0 0 0
2
root 1 2 3 0 0 90
upper 3.6e-015
tip 0 0 90
"""


def places(amc=AMC):
    animation = parse_amc(amc, parse_asf(ASF))
    return {
        name: at.round(9).tolist() for name, at in joint_positions(animation, ("root", "upper", "fixed", "tip")).items()
    }


def test_a_bone_name_stands_for_its_end():
    """`upper` turns about its own X axis, which C = Rz(90) lays along Y: its end goes from +X to -Z."""
    at = places()
    assert at["root"][0] == [0, 0, 0]
    assert at["upper"][0] == [0, 0, -2]
    assert at["fixed"][0] == [0, 1, -2]
    assert at["tip"][0] == [3, 1, -2]


def test_the_root_carries_everything():
    """Root at (1, 2, 3), a quarter turn about Z: X becomes Y, Y becomes -X; the tip keeps its Z."""
    at = places()
    assert at["root"][1] == [1, 2, 3]
    assert at["upper"][1] == [1, 4, 3]
    assert at["fixed"][1] == [0, 4, 3]
    assert at["tip"][1] == [0, 4, 6]


def test_bones_that_the_motion_does_not_mention_rest():
    at = places(AMC.replace(b"upper 90\n", b"").replace(b"upper 3.6e-015\n", b""))
    assert at["upper"][0] == [2, 0, 0]


def test_line_ends_of_another_system():
    assert places(AMC.replace(b"\n", b"\r\n")) == places()


@pytest.mark.parametrize(
    "amc",
    [
        b"",
        AMC.replace(b"upper 90", b"upper 90 1"),
        AMC.replace(b"upper 3.6e-015\n", b""),
        AMC.replace(b"\n2\n", b"\n3\n"),
        AMC.replace(b"tip", b"tail"),
        AMC.replace(b"root 1 2 3 0 0 90", b"root 1 two 3 0 0 90"),
    ],
)
def test_what_does_not_fit_is_named(amc):
    with pytest.raises(RepriseError, match=r"01_01\.amc"):
        parse_amc(amc, parse_asf(ASF), "01_01.amc")


@pytest.mark.parametrize(
    "asf", [b"", b"HIERARCHY", ASF.replace(b"direction 0 1 0", b""), ASF.replace(b":hierarchy", b":h")]
)
def test_what_is_no_skeleton_is_named(asf):
    with pytest.raises(RepriseError, match=r"01\.asf"):
        parse_asf(asf, "01.asf")
