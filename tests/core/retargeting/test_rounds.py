"""A cycle stays one on any rig: every frame, the first and the last among them, is as in the midst of its rounds."""

from dataclasses import replace

import numpy as np
import pytest
from gaits import walker
from retargeting.made import made_rig

from reprise_core import ground
from reprise_core.cleanup import to_motion
from reprise_core.looping import loop, repeat
from reprise_core.retargeting.pose import pose_armature
from reprise_core.retargeting.retarget import retarget
from reprise_core.root_motion import in_place, moved, to_root_track


@pytest.fixture(scope="module")
def cycle():
    return loop(to_motion(walker(80)[0], 20.0))


@pytest.mark.parametrize("shape", [lambda motion: motion, in_place, to_root_track], ids=["world", "spot", "track"])
def test_a_cycles_pose_is_that_of_its_second_round_among_four(cycle, shape):
    rig, mapping = made_rig("mesh2motion", 0)
    motion = shape(cycle)
    alone = pose_armature(rig, retarget(motion, rig, mapping).pose(rig))
    four = once(repeat(motion, 4), motion)
    heads, axes = pose_armature(rig, retarget(four, rig, mapping).pose(rig))
    second = slice(motion.frames, 2 * motion.frames)
    metre = np.ptp(rig.bones.heads, axis=0).max() / 1.7
    np.testing.assert_allclose(alone[1], axes[second], atol=5e-3)
    np.testing.assert_allclose(alone[0], heads[second], atol=4e-3 * metre)


def once(rounds, motion):
    """The rounds as a motion that does not repeat, the second of which is where `motion` is."""
    back = ground.inverse(motion.cycle)
    if rounds.root_track is not None:
        return replace(rounds, cycle=None, root_track=ground.compose(back, rounds.root_track))
    return replace(moved(rounds, back), cycle=None)
