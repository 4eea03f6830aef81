"""On a control rig the FK controls are keyed and switched to, whatever mechanism lies between them."""

import json
from pathlib import Path

import numpy as np
import pytest
from retargeting.made import ARMS, LEGS, clips, degrees_off, random_axes

from reprise_core.retargeting.controls import find_players
from reprise_core.retargeting.figure import find_figure
from reprise_core.retargeting.pose import joints_of, pose_armature
from reprise_core.retargeting.rest_rig import RestRig
from reprise_core.retargeting.result import RetargetOptions, Setting
from reprise_core.retargeting.retarget import retarget
from reprise_core.rigs.bones import BoneMapping, Bones
from reprise_core.rigs.mapping import map_bones
from reprise_core.skeleton import humanml3d_skeleton

RIGIFY_FILE = Path(__file__).parents[1] / "rigs/rigify_rigs.json"  # as Blender 4.2 generates it
FK = ("thigh_fk", "shin_fk", "foot_fk", "toe_fk", "shoulder", "upper_arm_fk", "forearm_fk", "hand_fk")


@pytest.fixture(scope="module")
def rigify() -> tuple[RestRig, BoneMapping]:
    rig = json.loads(RIGIFY_FILE.read_text())["human_control_rig"]
    heads, tails = (np.array(rig[key], dtype=float) for key in ("heads", "tails"))
    bones = Bones(tuple(rig["names"]), tuple(rig["parents"]), heads, tails)
    axes = random_axes(np.random.default_rng(0), len(heads))
    # The arms hang on a mechanism bone that a constraint ties to the shoulder's control.
    carried = {f"ORG-shoulder.{side}": f"shoulder.{side}" for side in "LR"}
    return RestRig(bones, axes, moves_with=carried), map_bones(bones)


def test_rigifys_fk_controls_play_the_motion(rigify):
    rig, mapping = rigify
    players = find_players(rig.bones, mapping, controls=True).bones
    for motion in clips(40):
        result = retarget(motion, rig, mapping, RetargetOptions(feet=False))
        assert {f"{bone}.{side}" for bone in FK for side in "LR"} <= set(result.bones)
        assert not [bone for bone in result.bones if bone.startswith(("DEF-", "ORG-", "MCH-"))]
        assert (list(result.locations), result.unkeyed) == (["torso"], ())
        heads = pose_armature(rig, result.pose(rig))[0]
        figure = find_figure(joints_of(rig), players, humanml3d_skeleton())
        at = {joint: figure.to_ours(heads[:, bone]) for joint, bone in players.items()}
        assert degrees_off(at, motion, ARMS + LEGS).max() < 0.1


def test_the_limbs_are_switched_to_fk(rigify):
    rig, mapping = rigify
    settings = set(retarget(clips(40)[0], rig, mapping).settings)
    limbs = [f"{limb}_parent.{side}" for limb in ("thigh", "upper_arm") for side in "LR"]
    assert {Setting(limb, "IK_FK", 1.0) for limb in limbs} <= settings


def test_without_controls_the_mapped_bones_are_keyed(rigify):
    rig, mapping = rigify
    result = retarget(clips(40)[0], rig, mapping, RetargetOptions(controls=False))
    assert {match.bone for match in mapping.matches.values()} <= set(result.bones)
    assert result.settings == ()
