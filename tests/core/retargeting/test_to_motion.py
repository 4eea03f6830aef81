"""An animated rig becomes a Motion, and that Motion the same animation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from poses import seeds
from retargeting.made import angle_between, clips, figure_of, index_of, made_rig, our_rig, swinging, without

from reprise_core import quaternion as quat
from reprise_core.retargeting.pose import Pose, pose_armature
from reprise_core.retargeting.result import RetargetOptions
from reprise_core.retargeting.retarget import retarget
from reprise_core.retargeting.to_motion import posed_to_motion, to_motion
from reprise_core.skeleton import JOINT_NAMES

ROTATIONS_ONLY = RetargetOptions(feet=False)
MIXED = ("mixamo", "unreal_ue4", "unreal_ue5", "makehuman", "biped", "vroid", "mmd_japanese", "daz_genesis8")


@given(seeds, st.sampled_from(MIXED))
@settings(deadline=None, max_examples=16)
def test_there_and_back_is_the_same_motion(seed, family):
    rig, mapping = made_rig(family, seed % 50)
    motion = swinging(seed, 12)
    back = to_motion(rig, mapping, retarget(motion, rig, mapping, ROTATIONS_ONLY).pose(rig), motion.fps)
    lower = [JOINT_NAMES.index(f"{side}_{role}") for side in ("left", "right") for role in ("hip", "knee", "ankle")]
    np.testing.assert_allclose(back.positions[:, lower], motion.positions[:, lower], atol=1e-5)
    if len(mapping.matches) == 22:
        np.testing.assert_allclose(back.positions, motion.positions, atol=1e-5)
        assert angle_between(back.local_rotations, motion.local_rotations).max() < 0.1


@given(seeds, st.sampled_from(MIXED))
@settings(deadline=None, max_examples=16)
def test_an_animation_of_the_rigs_own_comes_back_within_two_degrees(seed, family):
    """Mapped bones are posed at random, as an animator would: the Motion of it plays the same on the rig."""
    random = np.random.default_rng(seed)
    rig, mapping = made_rig(family, seed % 50)
    players, number = index_of(rig, mapping), len(rig.bones.names)
    rotations = np.tile([1.0, 0.0, 0.0, 0.0], (6, number, 1))
    for bone in players.values():
        rotations[:, bone] = quat.from_rotation_vector(random.normal(0.0, 0.25, (6, 3)))
    locations = np.zeros((6, number, 3))
    size = float(np.ptp(rig.bones.heads))
    locations[:, players["pelvis"]] = random.normal(0.0, 0.05 * size, (6, 3))
    own = Pose(rotations, locations)
    again = retarget(to_motion(rig, mapping, own, 20.0), rig, mapping, ROTATIONS_ONLY).pose(rig)
    (heads, axes), (heads_again, axes_again) = pose_armature(rig, own), pose_armature(rig, again)
    for joint, bone in players.items():
        off = angle_between(quat.from_matrix(axes[:, bone]), quat.from_matrix(axes_again[:, bone]))
        assert off.max() < 2.0, joint
    hips = [players["left_hip"], players["right_hip"]]
    np.testing.assert_allclose(heads[:, hips].mean(axis=1), heads_again[:, hips].mean(axis=1), atol=1e-5 * size)


def test_keys_and_evaluated_bones_say_the_same():
    rig, mapping = made_rig("mixamo", 2)
    pose = retarget(clips(40)[0], rig, mapping).pose(rig)
    heads, axes = pose_armature(rig, pose)
    one, other = to_motion(rig, mapping, pose, 20.0), posed_to_motion(rig, mapping, heads, 2.5 * axes, 20.0)
    np.testing.assert_allclose(one.positions, other.positions, atol=1e-6)
    np.testing.assert_array_equal(one.foot_contact, other.foot_contact)


@pytest.mark.parametrize("gone", [("neck",), ("spine1", "spine3"), ("left_collar", "right_collar"), ("head", "neck")])
def test_joints_that_the_rig_lacks_follow_their_neighbours(gone):
    rig, mapping = without(*our_rig(), *gone)
    motion = clips(40)[1]
    back = to_motion(rig, mapping, retarget(motion, rig, mapping, ROTATIONS_ONLY).pose(rig), motion.fps)
    for side in ("left", "right"):
        for role in ("hip", "knee", "ankle"):
            joint = JOINT_NAMES.index(f"{side}_{role}")
            np.testing.assert_allclose(back.positions[:, joint], motion.positions[:, joint], atol=1e-4)
    assert np.isfinite(back.positions).all()
    turned = np.degrees(2 * np.arccos(np.clip(np.abs(back.local_rotations[..., 0]), 0, 1)))
    assert turned[:, [JOINT_NAMES.index(f"spine{level}") for level in (1, 2, 3)]].max() < 60.0


def test_the_motion_stands_on_the_floor_in_metres_and_carries_what_it_is_told():
    rig, mapping = our_rig(100.0)
    rest = Pose(np.tile([1.0, 0.0, 0.0, 0.0], (20, 22, 1)), np.zeros((20, 22, 3)))
    motion = to_motion(rig, mapping, rest, 24.0, {"prompt": "stands"})
    assert (motion.fps, motion.meta) == (24.0, {"prompt": "stands"})
    assert abs(motion.positions[..., 1].min()) < 1e-3
    assert motion.foot_contact[:, [0, 1]].all()
    np.testing.assert_allclose(figure_of(rig, mapping).scale, 100.0, rtol=1e-9)
    assert motion.frames == 20
