"""A motion that goes on from another: same spot, same heading, same pose at the seam, and its own travel after it."""

import numpy as np
import pytest
from walking import walk

from reprise_core import ground
from reprise_core.joining import going_on
from reprise_core.motion import Motion
from reprise_core.root_motion import moved, to_root_track


@pytest.fixture(params=[0.0, 0.6], ids=["straight", "turning"])
def pair(request) -> tuple[Motion, Motion]:
    """What goes on, and what goes before: elsewhere, facing elsewhere, in another phase of the walk."""
    before = moved(walk(60, turn=request.param), np.array([2.0, -1.0, 2.2]))
    return moved(walk(80, stride=1.3), np.array([-3.0, 0.5, -1.0])), before


def test_the_first_pose_is_the_last_one_of_what_goes_before(pair):
    after, before = pair
    joined = going_on(after, before)
    assert np.abs(joined.positions[0] - before.positions[-1]).max() < 1e-4


def test_once_the_seam_has_faded_it_is_the_motion_itself_moved_over_the_ground(pair):
    after, before = pair
    joined = going_on(after, before)
    late = slice(int(0.4 * after.fps) + 1, None)
    headings = ground.heading_of(joined.positions[late]) - ground.heading_of(after.positions[late])
    assert np.ptp(np.unwrap(headings)) < 1e-4
    start = ground.inverse(np.array([*after.root_translation[30, [0, 2]], ground.heading_of(after.positions[30])]))
    end = np.array([*joined.root_translation[30, [0, 2]], ground.heading_of(joined.positions[30])])
    placed = moved(after, ground.compose(end, start))
    assert np.abs(placed.positions[late] - joined.positions[late]).max() < 1e-4


def test_nothing_jumps_at_the_seam_or_after_it(pair):
    after, before = pair
    joined = going_on(after, before)
    line = np.concatenate((before.positions, joined.positions[1:]))
    steps = np.linalg.norm(np.diff(line, axis=0), axis=-1).max(axis=1)
    usual = max(np.linalg.norm(np.diff(each.positions, axis=0), axis=-1).max() for each in pair)
    assert steps.max() < 2.0 * usual


def test_travel_on_a_track_is_the_same_travel(pair):
    after, before = pair
    there = going_on(to_root_track(after), to_root_track(before))
    assert there.root_track is None
    assert np.abs(there.positions - going_on(after, before).positions).max() < 1e-3
