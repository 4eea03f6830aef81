"""Twist helpers beside an upper limb with a line share in the line's twist; those that the rig feeds are left alone."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from poses import JOINT, seeds
from retargeting.made import angle_between, clips, index_of, made_rig, swinging

from reprise_core import quaternion as quat
from reprise_core.retargeting.in_line import WHOLE_TWIST
from reprise_core.retargeting.pose import pose_armature
from reprise_core.retargeting.rest_rig import RestRig
from reprise_core.retargeting.result import Retargeted, RetargetOptions
from reprise_core.retargeting.retarget import retarget
from reprise_core.rigs.bones import BoneMapping

MMD = ("mmd_japanese", "mmd_english")
BESIDE = [*MMD, "unreal_ue4", "daz_genesis9"]
LIMBS = ("left_shoulder", "right_shoulder", "left_elbow", "right_elbow")
GRANTS = (0.25, 0.5, 0.75)  # of the bone in line, as MMD's semi-standard bones give them to those beside


def helpers(mapping: BoneMapping, joint: str) -> tuple[str, tuple[str, ...]]:
    """The helper of a limb of MMD in line, and those beside from its upper end to its lower one."""
    line, *beside = mapping.twists[joint]
    return line, tuple(beside)


def beside_alone(mapping: BoneMapping, *limbs: str) -> BoneMapping:
    """The mapping that knows no helpers in line of these limbs."""
    return replace(mapping, twists={**mapping.twists, **{joint: helpers(mapping, joint)[1] for joint in limbs}})


def turns(rig: RestRig, result: Retargeted) -> dict[str, np.ndarray]:
    """Bone -> its turn (T, 4) from its rest axes, in armature space."""
    turned = quat.from_matrix(pose_armature(rig, result.pose(rig))[1] @ np.swapaxes(rig.axes, -1, -2))
    return dict(zip(rig.bones.names, np.moveaxis(turned, 1, 0), strict=True))


def keys(result: Retargeted) -> dict[str, np.ndarray]:
    return dict(zip(result.bones, np.moveaxis(result.rotations, 1, 0), strict=True))


def assert_same_keys(one: Retargeted, other: Retargeted, but: tuple[str, ...] = ()):
    """Bit by bit, but for bones that only the `other` has keys of."""
    assert not set(but) & set(one.bones)
    assert set(one.bones) | set(but) == set(other.bones)
    others = keys(other)
    for bone, rotation in keys(one).items():
        np.testing.assert_array_equal(rotation, others[bone], bone)
    assert one.locations.keys() == other.locations.keys()
    for bone, location in one.locations.items():
        np.testing.assert_array_equal(location, other.locations[bone])


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("family", MMD)
def test_of_an_arms_twist_they_have_what_mmd_grants_them(family, seed):
    rig, mapping = made_rig(family, seed)
    motion = swinging(1, 60)
    local = motion.local_rotations * 0 + np.float32([1, 0, 0, 0])
    for side in ("left", "right"):
        along = quat.normalize(motion.rest_offsets[JOINT[f"{side}_elbow"]].astype(float))
        local[30:, JOINT[f"{side}_shoulder"]] = quat.from_axis_angle(along, np.radians(40.0))
    result = retarget(replace(motion, local_rotations=local), rig, mapping, RetargetOptions(feet=False))
    turned = turns(rig, result)
    for side in ("left", "right"):
        arm, (line, beside) = mapping.matches[f"{side}_shoulder"].bone, helpers(mapping, f"{side}_shoulder")
        shares = {arm: 0.0, **dict(zip(beside, GRANTS, strict=True)), line: 1.0}
        for bone, share in shares.items():
            # measured bodies have them some millimetres off their places
            assert angle_between(turned[bone][0], turned[bone][-1]) == pytest.approx(40.0 * share, abs=1.0)


@given(seeds, st.sampled_from(MMD))
@settings(deadline=None, max_examples=12)
def test_they_lie_between_the_mapped_bone_and_the_last_in_line_and_change_nothing_else(seed, family):
    rig, mapping = made_rig(family, seed % 50)
    motion = clips(40)[seed % 4]
    result = retarget(motion, rig, mapping)
    turned, twisted = turns(rig, result), 0.0
    alone = replace(mapping, twists={joint: names[:1] for joint, names in mapping.twists.items()})
    beside = [name for joint in LIMBS for name in helpers(mapping, joint)[1]]
    assert_same_keys(retarget(motion, rig, alone), result, tuple(beside))
    for joint in LIMBS[:2]:
        line, graded = helpers(mapping, joint)
        order = (mapping.matches[joint].bone, *graded, line)
        steps = np.array([angle_between(turned[one], turned[other]) for one, other in pairwise(order)])
        np.testing.assert_allclose(steps, np.broadcast_to(steps.mean(axis=0), steps.shape), atol=0.05)
        for upper, middle, lower in zip(order, order[1:], order[2:], strict=False):  # no step goes back
            ways = angle_between(turned[upper], turned[middle]) + angle_between(turned[middle], turned[lower])
            np.testing.assert_allclose(angle_between(turned[upper], turned[lower]), ways, atol=1e-4)
        twisted = max(twisted, steps.sum(axis=0).max())
    assert twisted > 5.0


@given(seeds, st.sampled_from(MMD))
@settings(deadline=None, max_examples=8)
def test_limbs_without_a_line_know_nothing_of_one(seed, family):
    """Bit by bit: the other arm and the forearms where one arm keeps all its twist; that arm as if it had no line."""
    rig, mapping = made_rig(family, seed % 50)
    motion = swinging(seed, 8)
    arm = mapping.matches["left_shoulder"].bone
    whole = retarget(replace(motion, meta={WHOLE_TWIST: [arm]}), rig, mapping)
    assert_same_keys(whole, retarget(motion, rig, beside_alone(mapping, "left_shoulder")))
    shared, line, beside = retarget(motion, rig, mapping), *helpers(mapping, "left_shoulder")
    moved = {arm, mapping.matches["left_elbow"].bone, line, *beside}
    one, other = keys(whole), keys(shared)
    assert other.keys() - one.keys() == {line}
    for bone in one.keys() - moved:
        np.testing.assert_array_equal(one[bone], other[bone], bone)
    assert not np.array_equal(one[beside[0]], other[beside[0]])


def fed(rig: RestRig, how: str, names: list[str]) -> RestRig:
    """The rig that turns these bones itself."""
    if how == "moves with":
        return replace(rig, moves_with=dict.fromkeys(names, rig.bones.names[0]))
    return replace(rig, unkeyable_rotation=dict.fromkeys(names, how))


@pytest.mark.parametrize("how", ["is driven", 'is held by the constraint "mmd_additional_rotation"', "moves with"])
@pytest.mark.parametrize("family", BESIDE)
def test_those_that_the_rig_feeds_are_neither_keyed_nor_told(family, how):
    rig, mapping = made_rig(family, 5)
    motion = clips(40)[0]
    free, above = retarget(motion, rig, mapping), carrying(rig, mapping)
    names = [name for twists in mapping.twists.values() for name in twists if name not in above]
    assert set(names) <= set(free.bones)
    result = retarget(motion, fed(rig, how, names), mapping)
    assert result.unkeyed == ()
    assert_same_keys(result, free, tuple(names))


@pytest.mark.parametrize("family", BESIDE)
def test_those_that_are_locked_are_told(family):
    rig, mapping = made_rig(family, 5)
    motion = clips(40)[0]
    name, half = (mapping.twists[joint][-1] for joint in ("left_shoulder", "right_elbow"))
    locked = replace(rig, locked_rotation={name: (True, True, True), half: (True, False, False)})
    result = retarget(motion, locked, mapping)
    assert name not in result.bones and half in result.bones
    assert sorted(result.unkeyed) == sorted((
        f'The bone "{name}" has its rotation locked, so its rotation is not keyed.',
        f'The bone "{half}" is locked about X, so it is keyed about the other axes only.',
    ))  # fmt: skip


def carrying(rig: RestRig, mapping: BoneMapping) -> set[str]:
    """The bones that carry a mapped one, and the mapped ones."""
    found = set()
    for bone in index_of(rig, mapping).values():
        while bone >= 0:
            found.add(rig.bones.names[bone])
            bone = rig.bones.parents[bone]
    return found


@pytest.mark.parametrize("joint", ["left_shoulder", "left_elbow"])
def test_a_driven_helper_that_elbow_or_hand_hangs_on_is_told(joint):
    rig, mapping = made_rig("mmd_japanese", 5)
    line = helpers(mapping, joint)[0]
    result = retarget(clips(40)[0], fed(rig, "is driven", [line]), mapping)
    assert result.unkeyed == (f'The bone "{line}" is driven, so its rotation is not keyed.',)


@pytest.mark.parametrize("held", [{"locked_rotation": (True, True, True)}, {"unkeyable_rotation": "is driven"}])
def test_beside_a_line_that_cannot_be_keyed_it_is_as_without_a_line(held):
    rig, mapping = made_rig("mmd_japanese", 5)
    motion = clips(40)[0]
    line = helpers(mapping, "left_shoulder")[0]
    stiff = replace(rig, **{what: {line: how} for what, how in held.items()})
    one = turns(rig, retarget(motion, stiff, mapping))
    other = turns(rig, retarget(motion, rig, beside_alone(mapping, "left_shoulder")))
    assert max(angle_between(one[bone], other[bone]).max() for bone in one) < 1e-5
