"""A rig moves as the motion does, whatever its build, rest pose, rolls, axes, unit and place."""

import time
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from poses import JOINT, seeds, turns_between_frames
from retargeting.made import (
    ARMS,
    LEGS,
    angle_between,
    clips,
    degrees_off,
    figure_of,
    made_rig,
    our_rig,
    posed,
    random_axes,
    swinging,
    symmetric_lengths,
    without,
)  # fmt: skip
from rigs.skeletons import FAMILY_TREES

from reprise_core import quaternion as quat
from reprise_core.blender_axes import pose_channels
from reprise_core.errors import RepriseError
from reprise_core.kinematics import forward_kinematics
from reprise_core.motion import Motion
from reprise_core.retargeting.pose import pose_armature, pose_world
from reprise_core.retargeting.rest_rig import RestRig
from reprise_core.retargeting.result import RetargetOptions
from reprise_core.retargeting.retarget import retarget
from reprise_core.rigs.bones import BoneMapping, Bones, Match
from reprise_core.root_motion import to_root_track
from reprise_core.skeleton import JOINT_NAMES, MIRROR, PARENTS

ROTATIONS_ONLY = RetargetOptions(feet=False)
MIXED = ("mixamo", "unreal_ue5", "makehuman", "biped", "mmd_japanese", "vroid")


def turns(rig: RestRig, result) -> np.ndarray:
    """Turns (T, B, 4) of all bones from their rest axes, in armature space."""
    axes = pose_armature(rig, result.pose(rig))[1]
    return quat.from_matrix(axes @ np.swapaxes(rig.axes, -1, -2))


def source_turns(motion: Motion) -> np.ndarray:
    local = motion.local_rotations.astype(float)
    return forward_kinematics(PARENTS, motion.rest_offsets.astype(float), motion.root_translation.astype(float), local)[
        1
    ]


@pytest.mark.parametrize("family", FAMILY_TREES)
def test_arms_and_legs_point_exactly_as_the_sources(family):
    motion = swinging(len(family))
    for seed in range(3):
        rig, mapping = made_rig(family, seed)
        at = posed(rig, mapping, retarget(motion, rig, mapping, ROTATIONS_ONLY))
        off = degrees_off(at, motion, ARMS + LEGS)
        assert len(off) >= 6
        assert off.max() < 0.1


def test_on_our_own_armature_the_channels_are_the_motions_own():
    for motion in clips(40):
        rig, mapping = our_rig()
        result = retarget(motion, rig, mapping, ROTATIONS_ONLY)
        location, rotations = pose_channels(motion, rig.axes, rig.bones.heads[0])
        places = [result.bones.index(joint) for joint in JOINT_NAMES]
        assert angle_between(result.rotations[:, places], rotations).max() < 0.01
        np.testing.assert_allclose(result.locations["pelvis"], location, atol=1e-4)
        assert (result.unkeyed, result.settings) == ((), ())


@given(seeds, st.sampled_from(MIXED))
@settings(deadline=None, max_examples=12)
def test_bone_rolls_do_not_matter(seed, family):
    rig, mapping = made_rig(family, seed % 50)
    other = replace(rig, axes=random_axes(np.random.default_rng(seed), len(rig.axes)))
    motion, size = swinging(seed, 10), np.ptp(rig.bones.heads)
    one, two = (pose_armature(r, retarget(motion, r, mapping).pose(r))[0] for r in (rig, other))
    np.testing.assert_allclose(one, two, atol=1e-6 * size)


@given(seeds, st.floats(-3.0, 3.0), st.sampled_from(MIXED))
@settings(deadline=None, max_examples=12)
def test_neither_the_object_nor_the_unit_matters(seed, exponent, family):
    random, scale = np.random.default_rng(seed), 10.0**exponent
    rig, mapping = made_rig(family, seed % 50)
    world = np.eye(4)
    world[:3, :3] = scale * quat.to_matrix(quat.normalize(random.normal(size=4)))
    world[:3, 3] = random.normal(size=3)
    bones = replace(rig.bones, heads=rig.bones.heads * scale, tails=rig.bones.tails * scale)
    motion = swinging(seed, 10)
    plain = retarget(motion, rig, mapping)
    placed = retarget(motion, replace(rig, world=world, metres_per_unit=0.01), mapping)
    scaled = retarget(motion, replace(rig, bones=bones), mapping)
    np.testing.assert_allclose(placed.rotations, plain.rotations, atol=1e-9)
    np.testing.assert_allclose(np.abs(np.sum(scaled.rotations * plain.rotations, axis=-1)), 1.0, atol=1e-9)
    for bone, location in plain.locations.items():
        np.testing.assert_allclose(placed.locations[bone], location, atol=1e-9 * np.abs(location).max())
        np.testing.assert_allclose(scaled.locations[bone], location * scale, atol=1e-6 * scale * np.abs(location).max())
    heads = pose_world(replace(rig, world=world), plain.pose(rig))[0]
    local = pose_armature(rig, plain.pose(rig))[0]
    np.testing.assert_allclose(heads, local @ world[:3, :3].T + world[:3, 3], atol=1e-9 * max(scale, 1.0) * 100)


@given(seeds)
@settings(deadline=None, max_examples=10)
def test_mirroring_commutes(seed):
    rig, mapping = our_rig(lengths=symmetric_lengths())
    motion = swinging(seed, 12)
    flip = np.array([1.0, 1.0, -1.0, -1.0])  # of wxyz, in the plane x = 0
    lengths = motion.rest_offsets[list(MIRROR)] * [-1.0, 1.0, 1.0]
    mirrored = replace(
        motion,
        rest_offsets=lengths.astype(np.float32),
        root_translation=motion.root_translation * np.float32([-1, 1, 1]),
        local_rotations=motion.local_rotations[:, list(MIRROR)] * flip.astype(np.float32),
    )
    one, other = (pose_armature(rig, retarget(m, rig, mapping).pose(rig))[0] for m in (motion, mirrored))
    np.testing.assert_allclose(one[:, list(MIRROR)] * [-1.0, 1.0, 1.0], other, atol=1e-4)


def spined_rig(number: int, mapped: tuple[int, ...]) -> tuple[RestRig, BoneMapping]:
    """Our armature with `number` spine bones, of which those in `mapped` play spine1 to spine3 or fewer."""
    rig, mapping = our_rig()
    heads = dict(zip(JOINT_NAMES, rig.bones.heads, strict=True))
    spine = {
        f"s{bone}": heads["pelvis"] + (heads["neck"] - heads["pelvis"]) * (bone + 1) / (number + 1)
        for bone in range(number)
    }
    names, parents, places = ["pelvis"], [-1], [heads["pelvis"]]
    for name, place in spine.items():
        parents.append(len(names) - 1)
        names.append(name)
        places.append(place)
    chest = len(names) - 1
    for joint, parent in zip(JOINT_NAMES[1:], PARENTS[1:], strict=True):
        if joint.startswith("spine"):
            continue
        above = JOINT_NAMES[parent]
        parents.append(chest if above == "spine3" else names.index(above))
        names.append(joint)
        places.append(heads[joint])
    order = {1: ("spine2",), 2: ("spine1", "spine3")}.get(len(mapped), ("spine1", "spine2", "spine3"))
    matches = {joint: match for joint, match in mapping.matches.items() if not joint.startswith("spine")}
    matches |= {joint: Match(f"s{bone}", "name") for joint, bone in zip(order, mapped, strict=True)}
    at = np.array(places)
    bones = Bones(tuple(names), tuple(parents), at, at + 0.05)
    return RestRig(bones, random_axes(np.random.default_rng(number), len(names))), BoneMapping("", 1.0, matches)


@pytest.mark.parametrize(
    ("number", "mapped"), [(1, (0,)), (2, (0, 1)), (3, (0, 1, 2)), (4, (0, 1, 3)), (5, (0, 2, 4)), (6, (0, 2, 5))]
)
def test_one_spine_bone_or_six_bring_the_chest_to_the_same_turn(number, mapped):
    motion = clips(40)[1]
    rig, mapping = spined_rig(number, mapped)
    turned = turns(rig, retarget(motion, rig, mapping, ROTATIONS_ONLY))
    turned = figure_of(rig, mapping).turns_to_ours(turned)
    ours = source_turns(motion)
    chest = rig.bones.names.index(f"s{number - 1}")
    assert angle_between(turned[:, chest], ours[:, JOINT["spine3"]]).max() < 0.05
    assert angle_between(turned[:, 0], ours[:, JOINT["pelvis"]]).max() < 0.05
    bend = angle_between(ours[:, JOINT["pelvis"]], ours[:, JOINT["spine3"]])
    line = [0, *(rig.bones.names.index(f"s{bone}") for bone in range(number))]
    steps = [angle_between(turned[:, a], turned[:, b]) for a, b in pairwise(line)]
    if number > 3:  # nobody has to do it alone
        assert max(step.max() for step in steps) < max(0.6 * bend.max(), 10.0)


@pytest.mark.parametrize(
    "gone",
    [("left_collar", "right_collar"), ("neck",), ("left_foot", "right_foot"), ("left_wrist", "right_wrist"),
     ("spine1", "spine2"), ("head", "neck"), ("pelvis",)],
)  # fmt: skip
def test_what_a_rig_lacks_its_neighbours_make_up_for(gone):
    motion = swinging(5)
    rig, mapping = without(*our_rig(), *gone)
    if gone == ("pelvis",):  # legs and spine need one bone that carries both
        heads = np.vstack(([0.0, 0.0, 0.9], rig.bones.heads))
        parents = (-1, *(parent + 1 for parent in rig.bones.parents))
        rig = RestRig(
            Bones(("all", *rig.bones.names), parents, heads, heads + 0.1), np.concatenate((np.eye(3)[None], rig.axes))
        )
    at = posed(rig, mapping, retarget(motion, rig, mapping, ROTATIONS_ONLY))
    limbs = [limb for limb in ARMS + LEGS if limb[0] in at and limb[1] in at]
    assert degrees_off(at, motion, limbs).max() < 0.1


@pytest.mark.parametrize("drop", [0.0, 45.0, 80.0])
def test_a_rest_pose_with_arms_down_plays_the_same(drop):
    """The same body rests in T, in A and with hanging arms: the same motion puts all its bones in the same place."""
    motion = clips(40)[0]
    rig, mapping = our_rig()
    heads, axes = rig.bones.heads.copy(), rig.axes.copy()
    for side, sign in (("left", 1.0), ("right", -1.0)):
        turn = quat.from_axis_angle(np.array([0.0, 1.0, 0.0]), np.radians(sign * drop))
        joints = [JOINT[f"{side}_{role}"] for role in ("shoulder", "elbow", "wrist")]
        heads[joints] = heads[joints[0]] + quat.rotate(turn, heads[joints] - heads[joints[0]])
        axes[joints] = quat.to_matrix(turn) @ axes[joints]
    lowered = replace(rig, bones=replace(rig.bones, heads=heads), axes=axes)
    for one, other in zip(
        pose_armature(rig, retarget(motion, rig, mapping).pose(rig)),
        pose_armature(lowered, retarget(motion, lowered, mapping).pose(lowered)), strict=True,
    ):  # fmt: skip
        np.testing.assert_allclose(one, other, atol=1e-4)


def test_what_may_not_be_keyed_is_said_and_the_rest_makes_up_for_it():
    motion = swinging(3)
    rig, mapping = our_rig()
    rig = replace(
        rig,
        unkeyable_rotation={"left_collar": "is driven"},
        locked_rotation={
            "right_collar": (True, True, True),
            "spine2": (False, True, False),
            "neck": (True, False, True),
        },
    )
    result = retarget(motion, rig, mapping, ROTATIONS_ONLY)
    assert not {"left_collar", "right_collar"} & set(result.bones)
    assert sorted(result.unkeyed) == sorted((
        'The bone "left_collar" is driven, so its rotation is not keyed.',
        'The bone "right_collar" has its rotation locked, so its rotation is not keyed.',
        'The bone "spine2" is locked about Y, so it is keyed about the other axes only.',
        'The bone "neck" is locked about X and Z, so it is keyed about the other axes only.',
    ))  # fmt: skip
    assert degrees_off(posed(rig, mapping, result), motion, ARMS + LEGS).max() < 0.1
    only = result.rotations[:, result.bones.index("neck")]
    np.testing.assert_allclose(only[:, [1, 3]], 0.0, atol=1e-12)


def test_a_body_that_may_not_move_stays_and_says_so():
    motion = swinging(3)
    rig, mapping = our_rig()
    locked = retarget(motion, replace(rig, locked_location={"pelvis": (True, True, True)}), mapping)
    assert dict(locked.locations) == {}
    assert locked.unkeyed == ('The bone "pelvis" has its location locked, so the place of the body is not keyed.',)
    partly = retarget(motion, replace(rig, locked_location={"pelvis": (False, True, False)}), mapping)
    assert not partly.locations["pelvis"][:, 1].any()
    driven = retarget(motion, replace(rig, unkeyable_location={"pelvis": "is driven"}), mapping)
    assert driven.unkeyed == ('The bone "pelvis" is driven, so the place of the body is not keyed.',)


@given(seeds, st.sampled_from(("unreal_ue5", "vroid")))
@settings(deadline=None, max_examples=6)
def test_a_root_track_goes_to_the_root_bone_and_the_body_is_where_it_was(seed, family):
    rig, mapping = made_rig(family, seed % 50)
    motion = clips(40)[seed % 4]
    tracked = to_root_track(motion)
    plain, rooted = retarget(motion, rig, mapping), retarget(tracked, rig, mapping)
    roots = {rig.bones.names[bone] for bone, parent in enumerate(rig.bones.parents) if parent < 0}
    assert len(rooted.locations) == 2
    assert set(rooted.locations) & roots
    one, other = posed(rig, mapping, plain), posed(rig, mapping, rooted)
    for joint in one:
        np.testing.assert_allclose(one[joint], other[joint], atol=2e-4)


def test_nothing_turns_faster_than_the_source_does():
    for motion in clips(14):
        for family in ("unreal_ue4", "auto_rig_pro", "daz_genesis9", "makehuman"):
            rig, mapping = made_rig(family, 4)
            result = retarget(motion, rig, mapping)
            assert (np.sum(result.rotations[1:] * result.rotations[:-1], axis=-1) >= 0.0).all()  # no flips of sign
            helpers = {name for names in mapping.twists.values() for name in names}
            turned = turns_between_frames(turns(rig, result))
            ours = turns_between_frames(source_turns(motion)).max(axis=1)
            led = np.array([name not in helpers for name in rig.bones.names])
            assert (turned[:, led].max(axis=1) - ours)[ours < 90.0].max() < 30.0  # beyond it either way is the shorter
            assert (turned[:, ~led].max(axis=1, initial=0.0) - ours)[ours < 90.0].max() < 30.0


def test_helpers_share_the_twist_of_the_upper_arm_and_take_that_of_the_hand():
    rig, mapping = our_rig()
    names, heads = list(rig.bones.names), list(rig.bones.heads)
    parents = list(rig.bones.parents)
    for name, joint, end, share in (
        ("u", "left_shoulder", "left_elbow", 0.25),
        ("f", "left_elbow", "left_wrist", 0.75),
    ):
        names.append(name)
        parents.append(JOINT[joint])
        heads.append(heads[JOINT[joint]] + share * (heads[JOINT[end]] - heads[JOINT[joint]]))
    axes = np.concatenate((rig.axes, np.tile(np.eye(3), (2, 1, 1))))
    twisting = RestRig(Bones(tuple(names), tuple(parents), np.array(heads), np.array(heads) + 0.1), axes)
    mapping = replace(mapping, twists={"left_shoulder": ("u",), "left_elbow": ("f",)})
    motion = swinging(1, 40)
    local = motion.local_rotations * 0 + np.float32([1, 0, 0, 0])
    along = np.array([1.0, 0.0, 0.0])
    local[20:, JOINT["left_shoulder"]] = quat.from_axis_angle(along, np.radians(40.0))
    local[20:, JOINT["left_wrist"]] = quat.from_axis_angle(along, np.radians(60.0))
    turned = turns(twisting, retarget(replace(motion, local_rotations=local), twisting, mapping, ROTATIONS_ONLY))
    twist = angle_between(turned[0], turned[-1])
    assert twist[names.index("u")] == pytest.approx(0.25 * 40.0, abs=0.3)
    assert twist[names.index("f")] == pytest.approx(40.0 + 0.75 * 60.0, abs=0.3)
    assert twist[JOINT["left_wrist"]] == pytest.approx(100.0, abs=0.3)


def test_two_hundred_bones_and_three_hundred_frames_take_a_tenth_of_a_second():
    rig, mapping = made_rig("unreal_ue5", 3)
    missing = 200 - len(rig.bones.names)
    hand = rig.bones.names.index(mapping.matches["left_wrist"].bone)
    extra = np.repeat(rig.bones.heads[hand : hand + 1], missing, axis=0)
    bones = Bones(
        (*rig.bones.names, *(f"more{bone}" for bone in range(missing))), (*rig.bones.parents, *[hand] * missing),
        np.concatenate((rig.bones.heads, extra)), np.concatenate((rig.bones.tails, extra)),
    )  # fmt: skip
    rig = RestRig(bones, random_axes(np.random.default_rng(0), 200))
    motion, spent = swinging(0, 300), []
    for _ in range(4):
        start = time.process_time()
        retarget(motion, rig, mapping)
        spent.append(time.process_time() - start)
    assert min(spent) < 0.1


def test_a_mapping_without_legs_and_a_wrong_motion_are_refused_in_one_sentence():
    rig, mapping = our_rig()
    legless = replace(mapping, matches={j: m for j, m in mapping.matches.items() if "knee" not in j})
    with pytest.raises(RepriseError, match=r"^No bone is mapped to the left knee and right knee\. Map it first\.$"):
        retarget(swinging(0, 3), rig, legless)
    foreign = replace(mapping, matches=dict(mapping.matches) | {"head": Match("nobody", "user")})
    with pytest.raises(RepriseError, match="The rig has no bone 'nobody' for head"):
        retarget(swinging(0, 3), rig, foreign)
    broken = swinging(0, 3)
    broken.local_rotations[1, 4] = np.nan
    with pytest.raises(RepriseError, match="values that are no numbers"):
        retarget(broken, rig, mapping)


def test_an_unevenly_scaled_object_is_reported_with_its_scale():
    rig, mapping = our_rig()
    turned = quat.to_matrix(quat.from_axis_angle(np.array([0.6, 0.0, 0.8]), 0.7))
    for scale, told in (((2.0, 2.0, 2.0), False), ((-3.0, 3.0, 3.0), False), ((1.0, 1.0, 1.5), True)):
        world = np.eye(4)
        world[:3, :3] = turned * scale
        unkeyed = retarget(swinging(0, 4), replace(rig, world=world), mapping).unkeyed
        assert bool(unkeyed) == told
        assert not told or "(1, 1, 1.5)" in unkeyed[0]
