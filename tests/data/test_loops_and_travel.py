"""Repeated loops go on without a jump; a loop on the spot travels as its feet say."""

from pathlib import Path

import numpy as np
import pytest

from reprise.data import loops, travel
from reprise.data.pack import read_captions, read_inventory, read_listed, rows_of_archive
from reprise_core.quaternion import from_axis_angle, rotate

PACK = Path(__file__).resolve().parents[2] / "../shared/data"
UP = np.array([0.0, 1.0, 0.0])
real = pytest.mark.skipif(not PACK.exists(), reason="the motion pack is not here")


def figure():
    """(22, 3) a rough standing figure with its feet on the ground, facing +z."""
    from reprise_core.skeleton import humanml3d_skeleton

    rest = humanml3d_skeleton().rest_positions()
    return rest - rest[:, 1].min() * UP


def stepping(speed, frames=41, fps=20.0):
    """A walk on the spot: each foot slides back at `speed` m/s for half the loop, then swings forward, lifted."""
    phase = np.arange(frames) / (frames - 1)
    joints = np.tile(figure(), (frames, 1, 1))
    seconds = (frames - 1) / fps
    for side, (ankle, toe) in {0.0: (7, 10), 0.5: (8, 11)}.items():
        p = (phase + side) % 1.0
        stance, swing = p < 0.5, np.clip((p - 0.5) * 2.0, 0.0, 1.0)
        reach = speed * seconds / 2.0
        z = np.where(stance, reach * (0.5 - 2.0 * p), reach * (swing - 0.5))
        lift = np.where(stance, 0.0, 0.15 * np.sin(np.pi * swing))
        for joint in (ankle, toe):
            joints[:, joint, 2] += z
            joints[:, joint, 1] += lift
    return joints


@pytest.mark.parametrize("speed", [0.6, 1.2])
@pytest.mark.parametrize("turn", [0.0, 2.0])
def test_travel_follows_the_supporting_foot(speed, turn):
    joints = rotate(from_axis_angle(UP, turn), stepping(speed))
    path = (travel.add_travel(joints, 20.0) - joints)[:, 0]
    forward = rotate(from_axis_angle(UP, turn), np.array([0.0, 0.0, 1.0]))
    way = path[-1] - path[0]
    assert way @ forward == pytest.approx(speed * 2.0, rel=0.1)
    assert np.linalg.norm(way - way @ forward * forward) < 0.05
    assert np.abs(path[:, 1]).max() == 0.0


def test_travel_moves_the_whole_figure_alike():
    joints = stepping(1.0)
    moved = travel.add_travel(joints, 20.0) - joints
    np.testing.assert_allclose(moved, np.broadcast_to(moved[:, :1], moved.shape), atol=1e-12)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a person walks on the spot in a formal way.", "a person walks in a formal way."),
        ("crouch walking in place.", "crouch walking."),
        ("a person makes steps on the same spot.", "a person makes steps."),
        ("a person leans in and pushes, stepping in place.", "a person leans in and pushes, stepping."),
        ("a person places a box.", "a person places a box."),
    ],
)
def test_captions_lose_the_spot(before, after):
    assert travel.travelling_caption(before) == after


def test_repeat_carries_the_travel_on():
    """A loop that closes exactly: frame t + period is frame t moved by the period's way."""
    loop = travel.add_travel(stepping(1.0), 20.0)
    period = len(loop) - 1
    long = loops.repeat(loop, 20.0, 5.0)
    assert len(long) == 3 * period + 1
    way = (loop[-1, 0] - loop[0, 0]) * [1.0, 0.0, 1.0]
    np.testing.assert_allclose(long[period:] - long[:-period], np.broadcast_to(way, long[period:].shape), atol=1e-6)
    np.testing.assert_allclose(long[: period + 1], loop, atol=1e-6)


def test_repeat_goes_straight_on_when_the_loop_turns_a_little():
    """Ten degrees of turn over the loop do not bend the way, and no pose jumps at the seam."""
    loop = travel.add_travel(stepping(1.0), 20.0)
    turning = loop[:, :1] + rotate(
        from_axis_angle(UP, np.linspace(0.0, np.radians(10.0), len(loop)))[:, None], loop - loop[:, :1]
    )
    error, turn = loops.seam(turning)
    assert error < 0.01
    assert np.degrees(turn) == pytest.approx(10.0, abs=0.5)
    long = loops.repeat(turning, 20.0, 6.0)
    ways = np.diff(long[:: len(loop) - 1, 0], axis=0)
    np.testing.assert_allclose(ways, np.broadcast_to(ways[0], ways.shape), atol=1e-9)
    jumps = np.linalg.norm(np.diff(long, axis=0), axis=-1).max(axis=1)
    within = np.linalg.norm(np.diff(turning, axis=0), axis=-1).max()
    assert jumps.max() < within * 1.2


def test_long_loops_stay():
    joints = stepping(1.0)
    assert loops.repeat(joints, 20.0, 2.0) is joints


@real
def test_every_clip_on_the_spot_is_decided():
    decided = set(travel.TRAVELLING) | set(travel.LEFT_OUT)
    assert read_captions(PACK).in_place_locomotion == decided
    assert not set(travel.TRAVELLING) & set(travel.LEFT_OUT)
    assert not loops.CYCLIC & set(travel.LEFT_OUT)


@real
def test_real_clips_travel_as_people_do():
    name = PACK / "mesh2motion.zip"
    rows = {
        member: row
        for member, row in rows_of_archive(read_inventory(PACK / "inventory.csv"), name).items()
        if row.clip_id in travel.TRAVELLING
    }
    clips = list(read_listed(name, rows))
    assert len(clips) == len(travel.TRAVELLING)
    for clip in clips:
        moved = travel.give_travel(clip).joints
        way = moved[-1, 0] - moved[0, 0]
        speed = way[2] / ((len(moved) - 1) / clip.fps)
        slowest, fastest = travel.TRAVELLING[clip.id]
        assert slowest < speed < fastest
        assert abs(way[0]) < 0.1 * way[2]
        weight = travel.support(clip.joints)[..., None]

        def slip(velocity, weight=weight):
            return np.sqrt(np.sum(weight * velocity[..., [0, 2]] ** 2) / weight.sum())

        feet = travel.foot_velocity(clip.joints, clip.fps)
        assert slip(feet + travel.implied_velocity(clip.joints, clip.fps)[:, None]) < 0.5 * slip(feet)


@real
@pytest.mark.parametrize("archive", ["mesh2motion.zip", "kaykit.zip", "deepmimic.zip"])
def test_real_loops_close(archive):
    rows = rows_of_archive(read_inventory(PACK / "inventory.csv"), PACK / archive)
    wanted = {member: row for member, row in rows.items() if row.clip_id in loops.CYCLIC}
    for clip in read_listed(PACK / archive, wanted):
        error, turn = loops.seam(clip.joints)
        assert error < 0.07, clip.id
        assert abs(np.degrees(turn)) < 15.0, clip.id
        long = loops.prolong(clip)
        assert loops.SECONDS <= (len(long.joints) - 1) / clip.fps < loops.SECONDS + 2.7, clip.id
        bend = np.linalg.norm(np.diff(long.joints, 2, axis=0), axis=-1).max(axis=1)
        period = len(clip.joints) - 1
        assert bend[period - 1] < max(2.0 * np.delete(bend, np.s_[period - 1 :: period]).max(), 0.03), clip.id
