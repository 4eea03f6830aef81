"""Travel that is taken out of a motion, and put back, leaves it as it was."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from poses import motion_of, seeds, smooth_rotations
from walking import assert_same, mirrored, placed, walk

from reprise_core import ground
from reprise_core.looping import loop
from reprise_core.motion import from_npz, to_npz
from reprise_core.root_motion import in_place, to_root_track, to_world

placements = st.tuples(*[st.floats(-3.0, 3.0)] * 3).map(np.array)


def wandering(seed, frames=50):
    rng = np.random.default_rng(seed)
    root = np.cumsum(rng.normal(size=(frames, 3)) * 0.05, axis=0) + np.array([1.0, 1.0, -2.0])
    return motion_of(root, smooth_rotations(rng, frames, 1.0))


@given(seeds, st.none() | placements)
@settings(deadline=None, max_examples=30)
def test_track_and_motion_together_are_the_motion(seed, cycle):
    motion = replace(wandering(seed), cycle=cycle)
    tracked = to_root_track(motion)
    back = to_world(tracked)
    assert back.root_track is None
    assert_same(back, motion, atol=2e-6)
    recombined = ground.move_points(tracked.root_track[:, None], tracked.positions)
    np.testing.assert_allclose(recombined, motion.positions, atol=2e-6)


@given(seeds)
@settings(deadline=None, max_examples=20)
def test_in_place_keeps_the_pelvis_over_where_it_began_and_everything_else(seed):
    motion = wandering(seed)
    still = in_place(motion)
    np.testing.assert_allclose(still.positions[0], motion.positions[0], atol=1e-5)
    assert np.ptp(still.root_translation[:, [0, 2]], axis=0).max() < 1e-6
    np.testing.assert_array_equal(still.root_translation[:, 1], motion.root_translation[:, 1])
    np.testing.assert_allclose(still.local_rotations, motion.local_rotations, atol=1e-6)
    relative = motion.positions - motion.positions[:, :1]
    np.testing.assert_allclose(still.positions - still.positions[:, :1], relative, atol=1e-5)


@pytest.mark.parametrize("turn", [0.0, 0.6])
def test_a_cycle_in_place_comes_back_to_itself_and_keeps_its_sway(turn):
    cycle = loop(walk(turn=turn))
    still = in_place(cycle)
    np.testing.assert_allclose(still.cycle, 0.0)
    steps = np.linalg.norm(np.diff(still.positions, axis=0), axis=-1).max(axis=-1)
    assert np.linalg.norm(still.positions[0] - still.positions[-1], axis=-1).max() <= steps.max()
    assert 0.03 < np.ptp(still.root_translation[:, 0]) < 0.05  # the walk sways by 2 cm to either side
    speed = np.linalg.norm(np.diff(to_root_track(cycle).root_track[:, :2], axis=0), axis=-1)
    np.testing.assert_allclose(speed, speed[0], rtol=1e-6)


@given(seeds, placements)
@settings(deadline=None, max_examples=15)
def test_it_commutes_with_heading_place_and_mirror(seed, elsewhere):
    motion = wandering(seed)
    for change in (mirrored, lambda motion: placed(motion, elsewhere)):
        assert_same(in_place(change(motion)), change(in_place(motion)), atol=1e-5)
        assert_same(to_world(to_root_track(change(motion))), change(motion), atol=1e-5)
    np.testing.assert_allclose(
        to_root_track(mirrored(motion)).root_track, to_root_track(motion).root_track * [-1, 1, -1], atol=1e-6
    )


def test_doing_it_twice_changes_nothing():
    motion = wandering(0)
    assert to_world(motion) is motion
    tracked = to_root_track(motion)
    assert to_root_track(tracked) is tracked
    assert_same(in_place(in_place(motion)), in_place(motion))
    assert_same(in_place(tracked), in_place(motion))


def test_track_and_cycle_are_in_the_file_and_absent_from_others():
    motion = replace(wandering(1), cycle=np.array([0.1, 1.2, 0.3]))
    tracked = to_root_track(motion)
    one, two, three = from_npz(to_npz([wandering(1), motion, tracked]))
    assert one.root_track is None and one.cycle is None and two.root_track is None
    np.testing.assert_array_equal(two.cycle, motion.cycle)
    np.testing.assert_array_equal(three.root_track, tracked.root_track)
    with np.load(__import__("io").BytesIO(to_npz([wandering(1)]))) as arrays:
        assert not {"root_track", "cycle"} & set(arrays.files)
