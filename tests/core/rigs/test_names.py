"""Names in one spelling, whatever an exporter made of them."""

import pytest

from reprise_core.rigs.names import fold, undecorated, words


@pytest.mark.parametrize(
    "names",
    [
        ("Spine_01", "spine01", "Spine1", "SPINE 1", "spine.001", "Character:Spine-1", "root|spine|Spine_001"),
        ("mixamorig:LeftUpLeg", "mixamorig1:LeftUpLeg", "left_up_leg", "Left Up-Leg", "LeftUpLeg"),
        ("左足ＩＫ", "左足IK", "左足ik"),
    ],
)
def test_spellings_of_one_name_fold_to_one(names):
    assert len({fold(name) for name in names}) == 1


def test_different_bones_stay_different():
    names = (
        "Spine",
        "Spine1",
        "Spine2",
        "Spine10",
        "spine_20",
        "thigh_l",
        "thigh_r",
        "thigh_twist_01_l",
        "左足",
        "右足",
    )
    assert len({fold(name) for name in names}) == len(names)


def test_a_prefix_goes_only_where_it_stands_first():
    assert fold("Bip01 L Thigh", r"bip\d+[ _]") == fold("L_Thigh")
    assert fold("bip002_L_Thigh", r"bip\d+[ _]") == fold("L Thigh")
    assert fold("My Bip01 L Thigh", r"bip\d+[ _]") != fold("L Thigh")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("LeftUpLeg_jnt", ("left", "up", "leg", "jnt")),
        ("lThigh", ("l", "thigh")),
        ("DEF-upper_arm.L.001", ("def", "upper", "arm", "l", "001")),
        ("J_Bip_C_UpperChest", ("j", "bip", "c", "upper", "chest")),
        ("FKShoulder", ("fk", "shoulder")),
        ("上半身2", ("上半身", "2")),
        ("ns:Spine01", ("spine", "01")),
    ],
)
def test_words(name, expected):
    assert words(name) == expected


def test_what_an_exporter_added_to_every_name_goes():
    assert undecorated(["Hips_01", "Spine_02", "LeftUpLeg_010", "Head_7"]) == ("Hips", "Spine", "LeftUpLeg", "Head")
    assert undecorated(["Char1_Hips", "Char1_Spine", "Char1_Head"]) == ("Hips", "Spine", "Head")


def test_numbers_and_words_that_tell_bones_apart_stay():
    names = ("spine_01", "spine_02", "neck_01", "thigh_l")
    assert undecorated(names) == names
    assert undecorated(("Left Leg", "Left Arm", "Right Leg", "Right Arm"))[0] == "Left Leg"
