"""Rigs that others made: Blender's Rigify and the skeletons of the motion pack."""

import json
from zipfile import ZipFile

import numpy as np
import pytest
from rigs.real_rigs import PACK, RIGIFY_FILE, asf_bones, bvh_bones, gltf_bones, rigify

from reprise.data.joint_maps import CMU_ASF, CMU_BVH_31, CMU_BVH_43, REACTIDLE
from reprise.data.joint_maps_glb import KAYKIT, MESH2MOTION_ADDON, MESH2MOTION_BASE
from reprise_core.rigs.bones import Bones
from reprise_core.rigs.families.rigify import RIGIFY
from reprise_core.rigs.family import joint_names
from reprise_core.rigs.mapping import map_bones
from reprise_core.skeleton import JOINT_NAMES

needs_pack = pytest.mark.skipif(not PACK.exists(), reason="the motion pack is not here")


@pytest.mark.parametrize(
    ("kind", "family", "start"),
    [
        ("human_metarig", "rigify_metarig", ""),
        ("basic_human_metarig", "rigify_metarig", ""),
        ("human_control_rig", "rigify", "DEF-"),
    ],
)
def test_rigify(kind, family, start):
    mapping = map_bones(rigify(kind))
    assert (mapping.family, mapping.missing, mapping.problems) == (family, (), ())
    assert mapping.confidence > 0.95
    sides = {
        "hip": "thigh", "knee": "shin", "ankle": "foot", "foot": "toe",
        "collar": "shoulder", "shoulder": "upper_arm", "elbow": "forearm", "wrist": "hand",
    }  # fmt: skip
    centre = {
        "pelvis": "spine", "spine1": "spine.001", "spine2": "spine.002", "spine3": "spine.003",
        "neck": "spine.004", "head": "spine.006",
    }  # fmt: skip
    expected = {joint: start + bone for joint, bone in centre.items()}
    for side, letter in (("left", "L"), ("right", "R")):
        expected |= {f"{side}_{role}": f"{start}{bone}.{letter}" for role, bone in sides.items()}
    assert {joint: match.bone for joint, match in mapping.matches.items()} == expected


def test_rigifys_control_rig_has_the_controls_that_the_family_names():
    rig = RIGIFY.control_rig
    assert rig is not None
    bones = rigify("human_control_rig")
    fk = joint_names(RIGIFY, rig.fk)
    assert set(fk) == set(JOINT_NAMES) - {"spine1"}
    for names in (fk, joint_names(RIGIFY, rig.ik), joint_names(RIGIFY, rig.poles)):
        assert {name for options in names.values() for name in options} <= set(bones.names)
    switches = json.loads(RIGIFY_FILE.read_text())["switches"]
    for bone, switch in rig.switches.values():
        for letter in "LR":
            assert switch in switches[bone.replace("{side}", letter)]


@pytest.mark.parametrize("kind", ["human_metarig", "basic_human_metarig"])
def test_rigifys_meta_rigs_without_names(kind):
    bones = rigify(kind)
    plain = Bones(tuple(f"o{bone}" for bone in range(len(bones.names))), bones.parents, bones.heads, bones.tails)
    found = {joint: bones.names[int(match.bone[1:])] for joint, match in map_bones(plain).matches.items()}
    assert found == {joint: match.bone for joint, match in map_bones(bones).matches.items()}


@pytest.mark.parametrize("kind", ["wolf_metarig", "horse_metarig"])
@pytest.mark.parametrize("scrambled", [False, True])
def test_animals_are_refused(kind, scrambled):
    bones = rigify(kind)
    names = tuple(f"o{bone}" for bone in range(len(bones.names))) if scrambled else bones.names
    mapping = map_bones(Bones(names, bones.parents, bones.heads, bones.tails))
    assert mapping.confidence == 0.0
    assert mapping.problems


def first(archive: str, member) -> bytes:
    with ZipFile(PACK / archive) as files:
        return next(data for name in sorted(files.namelist()) if member(name, data := files.read(name)))


@needs_pack
@pytest.mark.parametrize(
    ("archive", "member", "read", "rig", "family"),
    [
        ("cmu_bvh.zip", lambda n, d: b"LHipJoint" in d[:9000], bvh_bones, CMU_BVH_31, "cmu_bvh"),
        ("cmu_bvh.zip", lambda n, d: b"rShldr" in d[:9000], bvh_bones, CMU_BVH_43, "poser"),
        ("reactidle.zip", lambda n, d: n.endswith(".bvh"), bvh_bones, REACTIDLE, "reactidle"),
        ("kaykit.zip", lambda n, d: n.endswith(".glb"), gltf_bones, KAYKIT, "kaykit"),
        ("mesh2motion.zip", lambda n, d: n.startswith("addon/"), gltf_bones, MESH2MOTION_ADDON, "unreal_ue4"),
        ("mesh2motion.zip", lambda n, d: n.startswith("base/"), gltf_bones, MESH2MOTION_BASE, "mesh2motion"),
    ],
)  # fmt: skip
def test_the_packs_skeletons_map_as_their_hand_made_joint_maps_say(archive, member, read, rig, family):
    bones = read(first(archive, member))
    mapping = map_bones(bones)
    assert (mapping.family, mapping.problems) == (family, ())
    by_hand = {
        joint: place for joint, place in rig.joints.items() if isinstance(place, str) and not place.endswith("_end")
    }
    found = {joint: match.bone for joint, match in mapping.matches.items()}
    assert {joint: found.get(joint) for joint in by_hand} == by_hand


def nameless(bones: Bones) -> Bones:
    return Bones(tuple(f"b{i:02d}" for i in range(len(bones.names))), bones.parents, bones.heads, bones.tails)


@needs_pack
def test_nameless_the_neck_begins_where_the_head_turns_not_where_the_chest_begins():
    """CMU's first neck bone starts at the chest's own place: taken for the neck it would sink the head."""
    named = bvh_bones(first("cmu_bvh.zip", lambda n, d: b"LHipJoint" in d[:9000]))
    mapping = map_bones(nameless(named))
    for joint in ("spine1", "spine2", "spine3", "neck", "head"):
        found = named.names[int(mapping.matches[joint].bone[1:])]
        assert found == CMU_BVH_31.joints[joint]


def acclaim_skeletons() -> list[Bones]:
    with ZipFile(PACK / "cmu_asfamc.zip") as files:
        return [asf_bones(files.read(name)) for name in sorted(files.namelist()) if name.endswith(".asf")]


@needs_pack
def test_nameless_acclaim_skeletons_are_mapped_as_by_name():
    """One of 18 has lower arms half as long as the upper ones: its fingers are taken for the hands."""
    skeletons = acclaim_skeletons()
    by_name, by_structure = (
        [{joint: bones.names.index(match.bone) for joint, match in map_bones(bones).matches.items()} for bones in rigs]
        for rigs in (skeletons, [nameless(bones) for bones in skeletons])
    )
    alike = [one == other for one, other in zip(by_name, by_structure, strict=True)]
    assert sum(alike) >= 0.9 * len(alike)


@needs_pack
def test_every_acclaim_skeleton_maps_as_the_joint_map_says():
    """There a name stands for the bone's end: the bone at a joint is one that starts where the named one ends."""
    skeletons = acclaim_skeletons()
    assert len(skeletons) > 10
    for bones in skeletons:
        mapping = map_bones(bones)
        assert (mapping.family, mapping.missing, mapping.problems) == ("cmu_asf", (), ())
        for joint, ended in CMU_ASF.joints.items():
            if isinstance(ended, str):
                bone, before = (bones.names.index(name) for name in (mapping.matches[joint].bone, ended))
                assert bone == before or np.allclose(bones.heads[bone], bones.tails[before])
