"""A cycle goes round without a seam that shows, on feet that stand as they stood; what does not return is refused."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from poses import identity, motion_of
from walking import assert_same, mirrored, placed, stepping, walk

from reprise_core import ground
from reprise_core import quaternion as quat
from reprise_core.cycle_cut import best_cut
from reprise_core.errors import RepriseError
from reprise_core.looping import loop, repeat

placements = st.tuples(*[st.floats(-3.0, 3.0)] * 3).map(np.array)


def uneven_walk(frames=100, fps=20.0, turn=0.0, noise=0.015, seed=0):
    """A walk no two strides of which are alike: slow noise on every joint above the legs."""
    clean = walk(frames, fps, turn=turn)
    rng = np.random.default_rng(seed)
    time = np.arange(frames)[:, None] / fps
    local = clean.local_rotations.astype(float)
    for joint in (3, 6, 9, 12, 13, 14, 16, 17, 18, 19):
        vector = noise * 6 * np.sin(time * rng.uniform(0.5, 3.0, 3) + rng.uniform(0, 6, 3))
        local[:, joint] = quat.multiply(local[:, joint], quat.from_rotation_vector(vector))
    noisy = motion_of(clean.root_translation.astype(float), local, fps)
    return replace(noisy, foot_contact=clean.foot_contact)


def per_frame(motion):
    """Largest way (m) and turn (radians) of any joint from frame to frame, and largest changes of these."""
    places, turns = motion.positions.astype(float), motion.local_rotations.astype(float)
    way = np.diff(places, axis=0)
    turn = np.asarray(quat.to_rotation_vector(quat.multiply(quat.conjugate(turns[:-1]), turns[1:])))
    return [
        np.linalg.norm(vectors, axis=-1).max(axis=-1)
        for vectors in (way, turn, np.diff(way, axis=0), np.diff(turn, axis=0))
    ]


@pytest.mark.parametrize("turn", [0.0, 0.7])
@pytest.mark.parametrize("fps", [20.0, 60.0])
def test_the_seam_moves_no_faster_and_no_more_suddenly_than_the_clip(turn, fps):
    clip = uneven_walk(int(5 * fps), fps, turn)
    cycle = loop(clip)
    seam = cycle.frames
    for order, (found, own) in enumerate(zip(per_frame(repeat(cycle, 2)), per_frame(clip), strict=True)):
        at_seam = found[seam - 1] if order < 2 else found[seam - 2 : seam].max()
        assert at_seam <= own.max()


@pytest.mark.parametrize("turn", [0.0, 0.7])
def test_one_stride_of_a_walk_is_found_with_its_travel(turn):
    cycle = loop(walk(turn=turn))
    strides = cycle.seconds / 1.1
    assert strides == pytest.approx(round(strides), abs=0.02)
    assert cycle.cycle[2] == pytest.approx(turn * cycle.seconds, abs=0.01)
    chord = 0.9 * cycle.seconds * np.sinc(turn * cycle.seconds / 2 / np.pi)
    assert np.hypot(*cycle.cycle[:2]) == pytest.approx(chord, rel=0.01)


@pytest.mark.parametrize("turn", [0.0, 0.7])
@pytest.mark.parametrize("seed", [0, 1])
def test_feet_stand_through_the_seam_as_they_stood(turn, seed):
    clip = uneven_walk(turn=turn, seed=seed)
    found = stepping(repeat(loop(clip), 3))
    assert found.max() < stepping(clip).max() + 2e-3


@given(st.integers(1, 5))
@settings(deadline=None, max_examples=5)
def test_rounds_follow_each_other(rounds):
    cycle = loop(walk(turn=0.5))
    many = repeat(cycle, rounds)
    assert many.frames == rounds * cycle.frames
    for index in range(rounds):
        place = ground.power(cycle.cycle, index)
        wanted = ground.move_points(place, cycle.positions)
        part = slice(index * cycle.frames, (index + 1) * cycle.frames)
        np.testing.assert_allclose(many.positions[part], wanted, atol=1e-5)
    np.testing.assert_allclose(many.cycle, ground.power(cycle.cycle, rounds))
    assert np.all(np.sum(many.local_rotations[1:] * many.local_rotations[:-1], axis=-1) > 0.0)


def test_it_begins_where_and_as_the_clip_faces():
    clip = placed(uneven_walk(turn=0.7), (3.0, -2.0, 1.0))
    cycle = loop(clip)
    np.testing.assert_allclose(cycle.root_translation[0, [0, 2]], clip.root_translation[0, [0, 2]], atol=1e-5)
    assert ground.heading_of(cycle.positions[0]) == pytest.approx(float(ground.heading_of(clip.positions[0])), abs=1e-5)


@given(placements)
@settings(deadline=None, max_examples=8)
def test_it_commutes_with_heading_and_place(elsewhere):
    clip = uneven_walk(turn=0.3)
    assert_same(loop(placed(clip, elsewhere)), placed(loop(clip), elsewhere), atol=1e-4)


@pytest.mark.parametrize("turn", [0.0, 0.7])
def test_it_commutes_with_the_mirror(turn):
    clip = uneven_walk(turn=turn)
    one, two = loop(mirrored(clip)), mirrored(loop(clip))
    assert_same(one, two, atol=1e-4)
    np.testing.assert_allclose(one.cycle, two.cycle, atol=1e-5)


def test_walking_is_found_in_a_clip_that_stands_for_longer():
    walking, frames = walk(60), 140
    order = np.minimum(np.arange(frames), 59)
    arrays = ("root_translation", "local_rotations", "positions", "foot_contact")
    clip = replace(walking, **{name: getattr(walking, name)[order] for name in arrays})
    cut = best_cut(clip)
    assert cut.end <= 62


def test_the_cut_is_the_best_of_all_pairs():
    """Against a search written as loops, with the best alignment found by trying headings."""
    clip = uneven_walk(40)
    cut = best_cut(clip)
    joints = clip.positions.astype(float)
    ways = 0.15 * 20.0 * np.gradient(joints, axis=0)
    points = np.concatenate((joints - joints.mean(axis=1, keepdims=True) * [1, 0, 1], ways), axis=1)

    def mismatch(a, b):
        turns = np.linspace(-0.3, 0.3, 61)
        return min(np.sum((ground.move_points((0, 0, turn), points[a]) - points[b]) ** 2) for turn in turns) / 22

    down = clip.foot_contact.reshape(-1, 2, 2).max(axis=-1)
    scores = {
        (a, b): (mismatch(a, b) + 0.01**2) / (np.mean(np.sum(ways[a:b] ** 2, axis=-1)) + 0.003**2)
        for a in range(28) for b in range(a + 12, 40) if (down[a] == down[b]).all()
    }  # fmt: skip
    best = min(scores, key=scores.get)
    assert (cut.begin, cut.end) == best
    assert cut.mismatch == pytest.approx(np.sqrt(mismatch(*best)), rel=0.02)


def test_what_never_comes_back_is_refused_with_the_best_that_there_was():
    local = identity(60)
    local[:, 16] = quat.from_axis_angle(np.array([0.0, 0.0, 1.0]), np.linspace(-1.5, 1.5, 60))
    local[:, 1] = quat.from_axis_angle(np.array([1.0, 0.0, 0.0]), np.linspace(1.0, -1.5, 60))
    local[:, 0] = quat.from_axis_angle(np.array([1.0, 0.0, 0.0]), np.linspace(0.0, 2.5, 60))
    root = np.linspace([0, 1, 0], [0, 2, 3], 60)
    with pytest.raises(RepriseError, match=r"still differs by \d+ cm") as caught:
        loop(motion_of(root, local))
    assert caught.value.hint


@pytest.mark.parametrize("frames", [1, 2, 12])
def test_what_is_too_short_is_refused_with_its_length(frames):
    with pytest.raises(RepriseError, match=rf"{frames / 20:.1f} s"):
        loop(walk(frames))


def test_feet_that_differ_at_every_pair_are_refused():
    clip = walk(30)
    contact = np.zeros_like(clip.foot_contact)
    contact[15:] = 1.0
    contact[:, 0] = np.arange(30) < 20
    with pytest.raises(RepriseError):
        loop(replace(clip, foot_contact=np.where(np.arange(30)[:, None] < 20, 1.0, 0.0) * [1, 1, 0, 0] + contact * 0))


def test_only_a_cycle_can_be_repeated():
    with pytest.raises(RepriseError, match="no cycle"):
        repeat(walk(), 2)
    with pytest.raises(RepriseError, match="0 times"):
        repeat(loop(walk()), 0)
