"""Twist helpers in the line of upper limbs share its twist, and nothing else of the rig knows of it."""

import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from poses import JOINT, seeds, turns_between_frames
from retargeting.made import angle_between, clips, index_of, made_rig, our_rig, rigify_export, swinging
from rigs.real_rigs import rigify
from rigs.skeletons import FAMILY_TREES

from reprise_core import quaternion as quat
from reprise_core.kinematics import forward_kinematics
from reprise_core.retargeting.controls import find_players
from reprise_core.retargeting.in_line import WHOLE_TWIST, Line, find_lines
from reprise_core.retargeting.pose import Pose, joints_of, pose_armature
from reprise_core.retargeting.rest_rig import RestRig
from reprise_core.retargeting.result import Retargeted, RetargetOptions
from reprise_core.retargeting.retarget import retarget
from reprise_core.retargeting.to_motion import posed_to_motion, to_motion
from reprise_core.rigs.bones import BoneMapping, Bones
from reprise_core.rigs.mapping import map_bones
from reprise_core.skeleton import JOINT_NAMES, PARENTS

ROTATIONS_ONLY = RetargetOptions(feet=False)
ALL = RetargetOptions(hands=True)
ARMS, LEGS = {"left_shoulder", "right_shoulder"}, {"left_hip", "right_hip"}
LINED = {"daz_genesis8": ARMS | LEGS, "makehuman": ARMS | LEGS, "mmd_japanese": ARMS, "mmd_english": ARMS}
ALONE = [family for family in FAMILY_TREES if family not in LINED]


def lines_of(rig: RestRig, mapping: BoneMapping) -> dict[str, Line]:
    found = find_lines(joints_of(rig), find_players(rig.bones, mapping, controls=True))
    return {line.joint: line for line in found}


def lined(number: int, joint: str = "left_shoulder", aside: float = 0.0) -> tuple[RestRig, BoneMapping, list[str]]:
    """Our armature with `number` helpers between a joint and the next, evenly, the length of the limb times `aside` off
    the line; each bone's Y goes along the limb.
    """
    rig, mapping = our_rig()
    end = {"left_shoulder": "left_elbow", "left_hip": "left_knee"}[joint]
    start, way = rig.bones.heads[JOINT[joint]], rig.bones.heads[JOINT[end]] - rig.bones.heads[JOINT[joint]]
    off = aside * np.linalg.norm(way) * quat.normalize(np.cross(way, [0.3, 0.8, 0.5]))
    names, parents, heads = [], list(rig.bones.parents), []
    for helper in range(number):
        names.append(f"{joint}_twist{helper}")
        parents.insert(JOINT[joint] + 1 + helper, JOINT[joint] + helper)
        heads.append(start + way * (helper + 1) / (number + 1) + off)
    at = JOINT[joint] + 1
    parents = [
        parent + number if bone >= at + number and parent >= at else parent for bone, parent in enumerate(parents)
    ]
    order = (*JOINT_NAMES[:at], *names, *JOINT_NAMES[at:])
    parents[order.index(end)] = order.index(names[-1]) if names else JOINT[joint]
    places = np.concatenate((rig.bones.heads[:at], np.reshape(heads, (-1, 3)), rig.bones.heads[at:]))
    along = quat.to_matrix(quat.between(np.array([0.0, 1.0, 0.0]), quat.normalize(way)))
    bones = Bones(order, tuple(parents), places, places + 0.1)
    return (
        RestRig(bones, np.tile(along, (len(order), 1, 1))), replace(mapping, twists={joint: tuple(names)}), names
    )  # fmt: skip


def turns(rig: RestRig, result: Retargeted) -> np.ndarray:
    """Turns (T, B, 4) of all bones from their rest axes, in armature space."""
    return quat.from_matrix(pose_armature(rig, result.pose(rig))[1] @ np.swapaxes(rig.axes, -1, -2))


def limb_direction(rig: RestRig, line: Line) -> np.ndarray:
    return quat.normalize(rig.bones.heads[line.bones[-1]] - rig.bones.heads[line.bones[0]])


@pytest.mark.parametrize("family", FAMILY_TREES)
def test_the_families_with_helpers_in_line_are_known(family):
    for seed in range(3):
        rig, mapping = made_rig(family, seed)
        found = lines_of(rig, mapping)
        assert set(found) == LINED.get(family, set())
        for joint, line in found.items():
            assert rig.bones.names[line.bones[0]] == mapping.matches[joint].bone
            beside = {rig.bones.names[bone] for bone in line.beside}
            assert {rig.bones.names[bone] for bone in line.bones[1:-1]} == set(mapping.twists[joint]) - beside
            assert len(beside) == (3 if family.startswith("mmd") else 0)
            assert {rig.bones.parents[bone] for bone in line.beside} <= {line.bones[0]}


def test_rigifys_deform_bones_alone_have_them_too_and_its_controls_do_not():
    bones = rigify_export()
    rig, mapping = RestRig(bones, np.tile(np.eye(3), (len(bones.names), 1, 1))), map_bones(bones)
    names = [[bones.names[bone] for bone in line.bones] for line in lines_of(rig, mapping).values()]
    assert ["DEF-upper_arm.L", "DEF-upper_arm.L.001", "DEF-forearm.L"] in names
    assert ["DEF-thigh.R", "DEF-thigh.R.001", "DEF-shin.R"] in names
    assert len(names) == 4
    controls = rigify("human_control_rig")
    rig = RestRig(controls, np.tile(np.eye(3), (len(controls.names), 1, 1)))
    assert not lines_of(rig, map_bones(controls))


@pytest.mark.parametrize(("joint", "end"), [("left_shoulder", "left_elbow"), ("left_hip", "left_knee")])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_along_the_line_the_twist_comes_in_evenly(number, joint, end):
    rig, mapping, _ = lined(number, joint)
    motion = swinging(1, 60)
    local = motion.local_rotations * 0 + np.float32([1, 0, 0, 0])
    along = quat.normalize(motion.rest_offsets[JOINT[end]].astype(float))
    local[30:, JOINT[joint]] = quat.from_axis_angle(along, np.radians(40.0))
    result = retarget(replace(motion, local_rotations=local), rig, mapping, ROTATIONS_ONLY)
    twist = dict(zip(rig.bones.names, angle_between(*turns(rig, result)[[0, -1]]), strict=True))
    for step, name in enumerate((joint, *mapping.twists[joint])):
        assert twist[name] == pytest.approx(40.0 * step / number, abs=0.3)
    assert twist[end] == pytest.approx(40.0, abs=1e-3)


@given(seeds, st.sampled_from(tuple(LINED)), st.floats(0.0, 0.1))
@settings(deadline=None, max_examples=16)
def test_nothing_but_the_line_turns_and_nothing_moves(seed, family, aside):
    """Beside the same rig with helpers left at rest; helpers that lie beside the line, as real ones do."""
    random = np.random.default_rng(seed)
    rig, mapping = made_rig(family, seed % 50)
    heads = rig.bones.heads.copy()
    for line in lines_of(rig, mapping).values():
        length = np.linalg.norm(heads[line.bones[-1]] - heads[line.bones[0]])
        for bone in line.bones[1:-1]:
            heads[bone] += aside * length * quat.normalize(random.normal(size=3))
    rig = replace(rig, bones=replace(rig.bones, heads=heads))
    lines = lines_of(rig, mapping)
    still = replace(mapping, twists={j: names for j, names in mapping.twists.items() if j not in lines})
    motion = clips(40)[seed % 4]
    shared, alone = (retarget(motion, rig, which, ALL) for which in (mapping, still))
    (places, _), (places_alone, _) = (pose_armature(rig, result.pose(rig)) for result in (shared, alone))
    below = {bone for line in lines.values() for bone in line.bones[:-1]}
    kept = [b for b, parent in enumerate(rig.bones.parents) if b not in below and parent not in below]
    kept += [bone for line in lines.values() for bone in line.bones]
    assert lines
    np.testing.assert_allclose(places[:, kept], places_alone[:, kept], atol=1e-9 * np.ptp(heads))
    players = set(index_of(rig, mapping).values()) - {line.bones[0] for line in lines.values()}
    ends = [line.bones[-2] for line in lines.values()]
    one, other = turns(rig, shared), turns(rig, alone)
    assert angle_between(one[:, [*players, *ends]], other[:, [*players, *ends]]).max() < 1e-5
    assert angle_between(one, other).max() > 5.0


@given(seeds, st.sampled_from(ALONE))
@settings(deadline=None, max_examples=24)
def test_on_rigs_without_them_lines_have_no_say(seed, family):
    """Bit by bit, whatever a motion says of bones with all the twist."""
    rig, mapping = made_rig(family, seed % 50)
    motion = swinging(seed, 8)
    told = replace(motion, meta={WHOLE_TWIST: list(rig.bones.names)})
    one, other = retarget(motion, rig, mapping), retarget(told, rig, mapping)
    assert one.bones == other.bones
    np.testing.assert_array_equal(one.rotations, other.rotations)
    assert WHOLE_TWIST not in to_motion(rig, mapping, one.pose(rig), 20.0).meta


@pytest.mark.parametrize("family", LINED)
def test_no_bone_of_a_line_turns_faster_than_the_source_does(family):
    for motion in clips(14):
        local, offsets = motion.local_rotations.astype(float), motion.rest_offsets.astype(float)
        world = forward_kinematics(PARENTS, offsets, motion.root_translation.astype(float), local)[1]
        ours = turns_between_frames(world).max(axis=1)
        for seed in (4, 5):
            rig, mapping = made_rig(family, seed)
            turned = turns(rig, retarget(motion, rig, mapping))
            for line in lines_of(rig, mapping).values():
                steps = turns_between_frames(turned[:, [*line.bones, *line.beside]]).max(axis=1)
                assert (steps - ours)[ours < 90.0].max() < 30.0  # beyond it either way is the shorter
                for one, other in pairwise(line.bones[:-1]):
                    apart = quat.multiply(quat.conjugate(turned[:, one]), turned[:, other])
                    assert (turns_between_frames(apart[:, None])[:, 0] - ours)[ours < 90.0].max() < 30.0


def assert_all_the_twist_is_the_mapped_bones(rig, mapping):
    """As without helpers, but that they are keyed where they can be."""
    motion = clips(40)[0]
    result = retarget(motion, rig, mapping)
    alone = retarget(motion, rig, replace(mapping, twists={}))
    assert angle_between(turns(rig, result), turns(rig, alone)).max() < 1e-5
    return set(result.unkeyed) - set(alone.unkeyed)


def test_a_helper_that_cannot_be_keyed_leaves_all_the_twist_to_the_mapped_bone():
    rig, mapping, (name,) = lined(1)
    for held, said in (
        ({"locked_rotation": {name: (True, True, True)}}, "has its rotation locked"),
        ({"unkeyable_rotation": {name: 'is held by the constraint "Copy"'}}, 'is held by the constraint "Copy"'),
        ({"unkeyable_rotation": {name: "is driven"}}, "is driven"),
    ):
        assert assert_all_the_twist_is_the_mapped_bones(replace(rig, **held), mapping) == {
            f'The bone "{name}" {said}, so its rotation is not keyed.'
        }
    across = replace(rig, locked_rotation={name: (False, True, False)})
    assert assert_all_the_twist_is_the_mapped_bones(across, mapping)


def test_of_several_helpers_those_that_can_be_keyed_share_the_twist():
    rig, mapping, names = lined(3)
    motion = clips(40)[0]
    held = replace(rig, unkeyable_rotation={names[1]: "is driven"})
    result = retarget(motion, held, mapping)
    assert set(names) & set(result.bones) == {names[0], names[2]}
    at = dict(zip(rig.bones.names, np.moveaxis(turns(held, result), 1, 0), strict=True))
    alone = turns(rig, retarget(motion, rig, replace(mapping, twists={})))
    whole = alone[:, rig.bones.names.index("left_shoulder")]
    assert angle_between(at[names[2]], whole).max() < 1e-5
    assert angle_between(at[names[1]], at[names[0]]).max() < 1e-5
    first, last = angle_between(at["left_shoulder"], at[names[0]]), angle_between(at[names[0]], at[names[2]])
    np.testing.assert_allclose(first, last, atol=1e-5)
    assert last.max() > 5.0


def test_a_helper_free_about_the_limb_alone_takes_the_twist_that_the_mapped_bone_may_not_have():
    """As importers of Daz figures lock them: the one swings, the other twists."""
    rig, mapping, (name,) = lined(1)
    motion = clips(40)[0]
    free = turns(rig, retarget(motion, rig, mapping))
    rig = replace(rig, locked_rotation={"left_shoulder": (False, True, False), name: (True, False, True)})
    result = retarget(motion, rig, mapping)
    helper = rig.bones.names.index(name)
    assert angle_between(turns(rig, result)[:, helper], free[:, helper]).max() < 1e-3
    keys = dict(zip(result.bones, np.moveaxis(result.rotations, 1, 0), strict=True))
    assert np.abs(keys["left_shoulder"][:, 2]).max() < 1e-9
    assert np.abs(keys[name][:, [1, 3]]).max() < 1e-9


@pytest.mark.parametrize("family", LINED)
def test_keys_of_ours_come_back_bone_by_bone(family):
    rig, mapping = made_rig(family, 7)
    for motion in clips(40):
        pose = retarget(motion, rig, mapping, ALL).pose(rig)
        heads, axes = pose_armature(rig, pose)
        read = to_motion(rig, mapping, pose, motion.fps)
        seen = posed_to_motion(rig, mapping, heads, 2.5 * axes, motion.fps)
        np.testing.assert_allclose(read.positions, seen.positions, atol=1e-6)
        axes_again = pose_armature(rig, retarget(read, rig, mapping, ROTATIONS_ONLY).pose(rig))[1]
        lines = lines_of(rig, mapping).values()
        bones = {*index_of(rig, mapping).values(), *(b for line in lines for b in (*line.bones, *line.beside))}
        off = angle_between(quat.from_matrix(axes_again), quat.from_matrix(axes))
        assert off[:, list(bones)].max() < 0.1


def played(rig: RestRig, mapping: BoneMapping, random: np.random.Generator, helper_turns) -> Pose:
    """Mapped bones turned at random, helpers in line by `helper_turns` (T, 4) of (line, bone)."""
    rotations = np.tile([1.0, 0.0, 0.0, 0.0], (6, len(rig.bones.names), 1))
    for bone in index_of(rig, mapping).values():
        rotations[:, bone] = quat.from_rotation_vector(random.normal(0.0, 0.25, (6, 3)))
    for line in lines_of(rig, mapping).values():
        for bone in line.bones[1:-1]:
            rotations[:, bone] = helper_turns(line, bone)
    return Pose(rotations, np.zeros((6, len(rig.bones.names), 3)))


def assert_limbs_point_alike(rig: RestRig, mapping: BoneMapping, heads: np.ndarray, others: np.ndarray):
    for line in lines_of(rig, mapping).values():
        one, other = (quat.normalize(at[:, line.bones[-1]] - at[:, line.bones[0]]) for at in (heads, others))
        assert np.degrees(np.linalg.norm(one - other, axis=-1)).max() < 0.1


@given(seeds, st.sampled_from(tuple(LINED)))
@settings(deadline=None, max_examples=16)
def test_an_animation_that_twists_helpers_too_comes_back_but_for_how_its_lines_share(seed, family):
    """All mapped bones but the first of lines, the lines' ends, and where the limbs point."""
    random = np.random.default_rng(seed)
    rig, mapping = made_rig(family, seed % 50)

    def twisted(line: Line, bone: int) -> np.ndarray:
        return quat.from_axis_angle(rig.axes[bone].T @ limb_direction(rig, line), random.normal(0.0, 0.5, 6))

    own = played(rig, mapping, random, twisted)
    motion = to_motion(rig, mapping, own, 20.0)
    assert WHOLE_TWIST not in motion.meta
    again = retarget(motion, rig, mapping, ROTATIONS_ONLY).pose(rig)
    (heads, axes), (heads_again, axes_again) = pose_armature(rig, own), pose_armature(rig, again)
    lines = lines_of(rig, mapping).values()
    compared = {*index_of(rig, mapping).values(), *(line.bones[-2] for line in lines)}
    for bone in compared - {line.bones[0] for line in lines}:
        off = angle_between(quat.from_matrix(axes[:, bone]), quat.from_matrix(axes_again[:, bone]))
        assert off.max() < 2.0, rig.bones.names[bone]
    assert_limbs_point_alike(rig, mapping, heads, heads_again)


@given(seeds, st.sampled_from(tuple(LINED)))
@settings(deadline=None, max_examples=8)
def test_a_limb_that_is_bent_at_its_helpers_points_where_it_did(seed, family):
    random = np.random.default_rng(seed)
    rig, mapping = made_rig(family, seed % 50)
    own = played(rig, mapping, random, lambda *_: quat.from_rotation_vector(random.normal(0.0, 0.25, (6, 3))))
    again = retarget(to_motion(rig, mapping, own, 20.0), rig, mapping, ROTATIONS_ONLY).pose(rig)
    assert_limbs_point_alike(rig, mapping, pose_armature(rig, own)[0], pose_armature(rig, again)[0])


def test_a_motion_remembers_bones_whose_helpers_rest_and_they_keep_the_twist():
    rig, mapping, (name,) = lined(1, aside=0.05)
    motion = clips(40)[0]
    alone = retarget(motion, rig, replace(mapping, twists={}))
    read = to_motion(rig, mapping, alone.pose(rig), motion.fps, {"prompt": "waves"})
    assert json.loads(json.dumps(dict(read.meta))) == {"prompt": "waves", WHOLE_TWIST: ["left_shoulder"]}
    again = retarget(read, rig, mapping, ROTATIONS_ONLY)
    assert name not in again.bones
    assert angle_between(turns(rig, again), turns(rig, alone)).max() < 0.1
    other = replace(read, meta={WHOLE_TWIST: ["right_shoulder"]})
    assert name in retarget(other, rig, mapping, ROTATIONS_ONLY).bones
    for foreign in (7, "left_shoulder", None, {"left_shoulder": 1}, [3, None]):
        assert name in retarget(replace(read, meta={WHOLE_TWIST: foreign}), rig, mapping, ROTATIONS_ONLY).bones
