"""A BVH that we write, read back by the importer, is the same motion."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.data.bvh import parse_bvh
from reprise.data.skeleton_animation import joint_positions
from reprise_core.bvh import to_bvh
from reprise_core.kinematics import forward_kinematics
from reprise_core.motion import Motion
from reprise_core.quaternion import from_axis_angle, normalize
from reprise_core.resample import resample
from reprise_core.root_motion import in_place, to_root_track
from reprise_core.skeleton import JOINT_NAMES, PARENTS, humanml3d_skeleton


def random_motion(seed: int, frames: int = 12) -> Motion:
    generator = np.random.default_rng(seed)
    offsets = humanml3d_skeleton().rest_offsets
    root = generator.normal(size=(frames, 3))
    rotations = normalize(generator.normal(size=(frames, 22, 4)))
    positions, _ = forward_kinematics(PARENTS, offsets, root, rotations)
    arrays = (offsets, root, rotations, positions, np.zeros((frames, 4)))
    return Motion(20.0, JOINT_NAMES, PARENTS, *(array.astype(np.float32) for array in arrays))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6))
def test_reading_it_back_gives_every_joint_its_place(seed):
    motion = random_motion(seed)
    animation = parse_bvh(to_bvh(motion).encode("ascii"))
    assert animation.fps == pytest.approx(20.0)
    places = joint_positions(animation, JOINT_NAMES)
    for joint, name in enumerate(JOINT_NAMES):
        np.testing.assert_allclose(places[name], motion.positions[:, joint], atol=2e-5)


@pytest.mark.parametrize("fps", [24.0, 29.97, 60.0])
def test_other_rates_and_motion_in_place_are_read_back(fps):
    for motion in (resample(random_motion(0), fps), in_place(resample(random_motion(1), fps))):
        animation = parse_bvh(to_bvh(motion).encode("ascii"))
        assert animation.fps == pytest.approx(motion.fps, rel=1e-7)
        places = joint_positions(animation, JOINT_NAMES)
        for joint, name in enumerate(JOINT_NAMES):
            np.testing.assert_allclose(places[name], motion.positions[:, joint], atol=2e-5)


def test_a_root_track_is_a_joint_of_its_own_whose_channels_say_where_and_which_way():
    tracked = to_root_track(replace(random_motion(2), cycle=np.array([0.4, 1.5, 0.9])))
    text = to_bvh(tracked)
    animation = parse_bvh(text.encode("ascii"))
    assert animation.joint_names[:2] == ("root", "pelvis")
    x, z, heading = tracked.root_track.T
    np.testing.assert_allclose(animation.root_positions, np.stack((x, 0 * x, z), axis=-1), atol=1e-6)
    wanted = from_axis_angle(np.array([0.0, 1.0, 0.0]), heading)
    np.testing.assert_allclose(np.abs(np.sum(animation.local_rotations[:, 0] * wanted, axis=-1)), 1.0, atol=1e-7)
    values = np.array(text.split("Frame Time")[1].split()[2:], float).reshape(tracked.frames, -1)
    np.testing.assert_allclose(values[:, 6:9], tracked.root_translation, atol=1e-6)
