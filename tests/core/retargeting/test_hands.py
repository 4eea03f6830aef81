"""Hands that touch the body or each other still do on a rig with other arms; hands that are free point as before."""

import numpy as np
import pytest
from poses import JOINT, bend, identity, motion_of
from retargeting.made import ARMS, clips, degrees_off, our_rig, posed

from reprise_core.retargeting.result import RetargetOptions
from reprise_core.retargeting.retarget import retarget
from reprise_core.skeleton import BONE_LENGTHS, JOINT_NAMES

HANDS = RetargetOptions(hands=True)


def long_armed():
    """Shoulders much wider, arms a tenth longer."""
    factors = {"shoulder": 1.6, "elbow": 1.1, "wrist": 1.1}
    return our_rig(lengths=np.array([
        length * factors.get(name.split("_")[-1], 1.0) for name, length in zip(JOINT_NAMES, BONE_LENGTHS, strict=True)
    ]))  # fmt: skip


def gesture(*bends):
    local = identity(12)
    for joint, rotation in bends:
        local[:, joint] = rotation
    return motion_of(np.tile([0.0, 0.95, 0.0], (12, 1)), local)


def clapping():
    both = [bend(f"{side}_shoulder", (0, -sign, 0), 75) for side, sign in (("left", 1), ("right", -1))]
    both += [bend(f"{side}_elbow", (0, -sign, 0), 105) for side, sign in (("left", 1), ("right", -1))]
    return gesture(*both)


def apart(at):
    return np.linalg.norm(at["left_wrist"] - at["right_wrist"], axis=-1)


def test_hands_that_meet_still_meet():
    motion, (rig, mapping) = clapping(), long_armed()
    ours = np.linalg.norm(motion.positions[:, JOINT["left_wrist"]] - motion.positions[:, JOINT["right_wrist"]], axis=-1)
    assert ours.max() < 0.02
    free, kept = (posed(rig, mapping, retarget(motion, rig, mapping, options)) for options in (None, HANDS))
    assert apart(free).min() > 0.05
    assert apart(kept).max() < 0.02


def test_a_hand_on_the_hip_stays_there():
    motion = gesture(bend("left_shoulder", (0, 0, 1), -50), bend("left_elbow", (0, 0, 1), -95))
    rig, mapping = long_armed()
    hip, wrist = motion.positions[:, JOINT["left_hip"]], motion.positions[:, JOINT["left_wrist"]]
    ours = np.linalg.norm(wrist - hip, axis=-1)
    assert ours.max() < 0.25
    off = []
    for options in (None, HANDS):
        at = posed(rig, mapping, retarget(motion, rig, mapping, options))
        off.append(np.abs(np.linalg.norm(at["left_wrist"] - at["left_hip"], axis=-1) - ours).max())
    assert off[1] < min(0.02, off[0])


def test_hands_in_the_air_keep_the_arms_directions():
    motion, (rig, mapping) = gesture(bend("left_shoulder", (0, 0, 1), 40)), long_armed()
    at = posed(rig, mapping, retarget(motion, rig, mapping, HANDS))
    assert degrees_off(at, motion, ARMS).max() < 0.1


@pytest.mark.parametrize("place", [0, 1, 2])
def test_on_our_own_figure_nothing_changes(place):
    motion, (rig, mapping) = clips(40)[place], our_rig()
    free, kept = (posed(rig, mapping, retarget(motion, rig, mapping, options)) for options in (None, HANDS))
    for joint in free:
        np.testing.assert_allclose(free[joint], kept[joint], atol=2e-3)
