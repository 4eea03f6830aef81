"""Limbs led by IK goals: goals are where hands and feet are, poles where knees and elbows point, switches say so."""

import json
from dataclasses import replace

import numpy as np
import pytest
from gaits import walker
from retargeting.made import angle_between, random_axes
from retargeting.test_controls import RIGIFY_FILE

from reprise_core import quaternion as quat
from reprise_core.cleanup import to_motion
from reprise_core.retargeting.controls import find_players
from reprise_core.retargeting.goals import find_limbs
from reprise_core.retargeting.pose import pose_armature
from reprise_core.retargeting.rest_rig import RestRig
from reprise_core.retargeting.result import RetargetOptions, Setting
from reprise_core.retargeting.retarget import retarget
from reprise_core.rigs.bones import Bones
from reprise_core.rigs.mapping import map_bones
from reprise_core.root_motion import to_root_track
from reprise_core.skeleton import JOINT_NAMES

LED = RetargetOptions(ik=True)
PARENTS = [f"{limb}_parent.{side}" for limb in ("thigh", "upper_arm") for side in "LR"]


@pytest.fixture(scope="module")
def rig():
    saved = json.loads(RIGIFY_FILE.read_text())["human_control_rig"]
    heads, tails = (np.array(saved[key], dtype=float) for key in ("heads", "tails"))
    bones = Bones(tuple(saved["names"]), tuple(saved["parents"]), heads, tails)
    return RestRig(bones, random_axes(np.random.default_rng(0), len(heads)))


@pytest.fixture(scope="module")
def walk():
    """With elbows that bend about their hinges."""
    motion = to_motion(walker(40)[0], 20.0)
    local, bend = motion.local_rotations.astype(float), np.linspace(0.0, 1.5, motion.frames)
    for joint, sign in (("left_elbow", -1.0), ("right_elbow", 1.0)):
        local[:, JOINT_NAMES.index(joint)] = quat.from_axis_angle(np.array([0.0, sign, 0.0]), bend)
    return replace(motion, local_rotations=local.astype(np.float32))


def stand(rig, motion):
    """Bone -> where it is (T, 3) and its turn (T, 4) from rest, with the limbs led by goals."""
    mapping = map_bones(rig.bones)
    limbs = find_limbs(rig.bones, mapping, find_players(rig.bones, mapping, controls=True).bones)
    led = limbs.carried(rig)
    heads, axes = pose_armature(led, retarget(motion, rig, mapping, LED).pose(led))
    turns = quat.from_matrix(axes @ rig.axes.swapaxes(-1, -2))
    return {name: (heads[:, bone], turns[:, bone]) for bone, name in enumerate(rig.bones.names)}


@pytest.mark.parametrize("shape", [lambda motion: motion, to_root_track], ids=["world", "track"])
def test_goals_stand_and_turn_as_hands_feet_and_toes(rig, walk, shape):
    at = stand(rig, shape(walk))
    for side in "LR":
        for control, end in (("hand_ik", "hand_fk"), ("foot_ik", "foot_fk")):
            np.testing.assert_allclose(at[f"{control}.{side}"][0], at[f"{end}.{side}"][0], atol=1e-6)
        for control, end in (("hand_ik", "hand_fk"), ("foot_ik", "foot_fk"), ("toe_ik", "toe_fk")):
            assert angle_between(at[f"{control}.{side}"][1], at[f"{end}.{side}"][1]).max() < 1e-3


@pytest.mark.parametrize("limb", [("thigh", "shin", "foot"), ("upper_arm", "forearm", "hand")])
def test_poles_lie_in_the_plane_of_the_limb_on_the_side_of_its_bend(rig, walk, limb):
    at = stand(rig, walk)
    for side in "LR":
        upper, middle, end = (at[f"{bone}_fk.{side}"][0] for bone in limb)
        pole = at[f"{limb[0]}_ik_target.{side}"][0]
        line = quat.normalize(end - upper)
        bend, out = (way - np.sum(way * line, axis=-1, keepdims=True) * line for way in (middle - upper, pole - upper))
        bent = np.linalg.norm(bend, axis=-1) > 0.03 * np.linalg.norm(end - upper, axis=-1)
        assert bent.sum() > 5
        cosine = np.sum(quat.normalize(bend[bent]) * quat.normalize(out[bent]), axis=-1)
        assert cosine.min() > np.cos(np.radians(1.0))


def test_a_limb_that_bends_against_its_hinge_is_not_wrung(rig, walk):
    """Its pole stays on its own side, and goes nowhere fast."""
    local = walk.local_rotations.astype(float)
    hinge = np.array([1.0, 0.0, 0.0])
    for knee in (4, 5):
        local[:, knee] = quat.from_axis_angle(hinge, np.radians(np.linspace(12.0, -12.0, walk.frames)))
    at = stand(rig, replace(walk, local_rotations=local.astype(np.float32), foot_contact=0.0 * walk.foot_contact))
    for side in "LR":
        hip, pole = at[f"thigh_fk.{side}"], at[f"thigh_ik_target.{side}"][0]
        beside = quat.rotate(quat.conjugate(hip[1]), pole - hip[0])  # in the thigh's frame of reference at rest
        assert np.linalg.norm(np.diff(beside, axis=0), axis=-1).max() < 0.3  # of 1 m from the thigh


def test_the_limbs_are_switched_to_ik_and_a_limb_without_its_pole_stays_fk(rig, walk):
    mapping = map_bones(rig.bones)
    settings = retarget(walk, rig, mapping, LED).settings
    assert {Setting(parent, "IK_FK", 0.0) for parent in PARENTS} <= set(settings)
    assert len({(setting.bone, setting.property) for setting in settings}) == len(settings)
    assert Setting("MCH-shin_ik.L", "ik_stretch", 0.0, own=True) in settings
    names = tuple("other" if name == "thigh_ik_target.L" else name for name in rig.bones.names)
    lacking = replace(rig, bones=replace(rig.bones, names=names))
    result = retarget(walk, lacking, map_bones(lacking.bones), LED)
    switches = {setting.bone: setting.value for setting in result.settings if setting.property == "IK_FK"}
    assert switches == {parent: float(parent == "thigh_parent.L") for parent in PARENTS}
    assert "foot_ik.L" not in result.bones
    assert "foot_ik.R" in result.bones
    assert "thigh_fk.L" in result.bones
