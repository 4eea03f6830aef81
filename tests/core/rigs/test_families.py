"""Every rig family is recognised on made rigs of random build, pose, axes, unit and extra bones."""

from dataclasses import replace

import numpy as np
import pytest
from rigs.builders import build_rig
from rigs.skeletons import FAMILY_TREES, UNKNOWN_TREES

from reprise_core.rigs.families import FAMILIES
from reprise_core.rigs.family import SIDED_ROLES, joint_names
from reprise_core.rigs.mapping import map_bones
from reprise_core.skeleton import JOINT_NAMES

RIGS = 12  # made of each family
REAL_ONLY = {"cmu_bvh", "reactidle", "rigify", "rigify_metarig"}  # tested on real rigs: test_real_rigs.py


def made(name: str, seed: int):
    tree, sides, prefixes = (FAMILY_TREES | UNKNOWN_TREES)[name]
    random = np.random.default_rng([seed, sum(map(ord, name))])
    return build_rig(random, tree, sides, prefixes[seed % len(prefixes)])


def test_every_family_is_tested():
    assert set(FAMILY_TREES) | REAL_ONLY == {family.name for family in FAMILIES}


@pytest.mark.parametrize("name", FAMILY_TREES)
def test_all_joints_that_exist_are_found_by_name(name):
    for seed in range(RIGS):
        rig = made(name, seed)
        mapping = map_bones(rig.bones)
        assert {joint: match.bone for joint, match in mapping.matches.items()} == rig.joints, seed
        assert mapping.family == name
        assert {match.how for match in mapping.matches.values()} == {"name"}
        assert mapping.missing == tuple(joint for joint in JOINT_NAMES if joint not in rig.joints)
        assert mapping.confidence > 0.75
        assert not mapping.problems


@pytest.mark.parametrize("name", UNKNOWN_TREES)
def test_speaking_names_of_no_family_are_understood(name):
    for seed in range(RIGS):
        rig = made(name, seed)
        assert {joint: match.bone for joint, match in map_bones(rig.bones).matches.items()} == rig.joints, seed


@pytest.mark.parametrize(
    ("name", "joint", "twists"),
    [
        ("unreal_ue4", "left_hip", ("thigh_twist_01_l",)),
        ("daz_genesis8", "right_elbow", ("rForearmTwist",)),
        ("character_creator", "left_shoulder", ("CC_Base_L_UpperarmTwist01",)),
        ("mmd_japanese", "left_shoulder", ("左腕捩", "左腕捩1", "左腕捩2", "左腕捩3")),
        ("mmd_english", "right_elbow", ("wrist twist_R", "wrist twist1_R", "wrist twist2_R", "wrist twist3_R")),
        ("makehuman", "right_knee", ("lowerleg02.R",)),
    ],
)
def test_twist_bones_are_told_beside_their_joint(name, joint, twists):
    rig = made(name, 0)
    assert map_bones(rig.bones).twists[joint] == twists


def with_side_behind(name: str) -> str:
    """`左足` as `足.L`, as mmd_tools renames it."""
    for word, side in (("左", ".L"), ("右", ".R")):
        if word in name:
            return name.replace(word, "") + side
    return name


def translated(name: str) -> str:
    """`左腕捩1` as `ArmTwist1_L`: mmd_tools' internal dictionary, word by word, the longest first."""
    name = with_side_behind(name)
    for japanese, english in (
        ("キャンセル", "Cancel"), ("全ての親", "ParentNode"), ("センター", "Center"), ("グルーブ", "Groove"),
        ("上半身", "UpperBody"), ("下半身", "LowerBody"), ("手首", "Wrist"), ("足首", "Ankle"), ("両目", "Eyes"),
        ("ひじ", "Elbow"), ("ひざ", "Knee"), ("つま", "Toe"), ("首", "Neck"), ("頭", "Head"), ("目", "Eye"),
        ("腰", "Waist"), ("肩", "Shoulder"), ("腕", "Arm"), ("手", "Hand"), ("足", "Leg"), ("捩", "Twist"),
        ("親", "Parent"), ("先", "Tip"), (".", "_"),
    ):  # fmt: skip
        name = name.replace(japanese, english)
    return name


@pytest.mark.parametrize(
    ("renamed", "family", "arm", "forearm"),
    [
        (with_side_behind, "mmd_japanese", "腕捩{}.L", "手捩{}.L"),
        (translated, "mmd_english", "ArmTwist{}_L", "HandTwist{}_L"),
    ],
)
def test_mmds_bones_are_known_as_mmd_tools_renames_and_translates_them(renamed, family, arm, forearm):
    for seed in range(RIGS):
        rig = made("mmd_japanese", seed)
        bones = replace(rig.bones, names=tuple(map(renamed, rig.bones.names)))
        mapping = map_bones(bones)
        assert mapping.family == family
        assert {joint: match.bone for joint, match in mapping.matches.items()} == {
            joint: renamed(bone) for joint, bone in rig.joints.items()
        }
        assert {match.how for match in mapping.matches.values()} == {"name"}
        for joint, helper in (("left_shoulder", arm), ("left_elbow", forearm)):
            assert mapping.twists[joint] == tuple(helper.format(number) for number in ("", 1, 2, 3))


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_a_family_is_well_formed(family):
    roles = {*SIDED_ROLES, "pelvis", "spine", "spine1", "spine2", "spine3", "neck", "head"}
    assert set(family.bones) <= roles
    assert set(family.twists) <= set(SIDED_ROLES)
    for joint, names in joint_names(family, family.bones).items():
        if joint.startswith("left_"):
            right = joint_names(family, family.bones)["right_" + joint.removeprefix("left_")]
            assert not set(names) & set(right)
