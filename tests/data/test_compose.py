"""Two clips joined: where they fit, how they go over, and what is said of them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.data import transition
from reprise.data.compose import MAX_DISTANCE, MAX_SLIDE, compose, find_pairs, join_captions, recordings_of
from reprise.data.dataset import MAX_FRAMES, load
from reprise.data.dataset_writer import ClipWords, DatasetWriter
from reprise.data.transition import BLEND, best_fit, cloud, joined, planted_gap
from reprise.evaluation import joins
from reprise.features.humanml3d import face_forward
from reprise_core import quaternion as quat
from reprise_core.kinematics import forward_kinematics
from reprise_core.skeleton import BONE_LENGTHS, JOINT_NAMES, PARENTS, humanml3d_skeleton

UP = np.array([0.0, 1.0, 0.0])


def walk(frames, phase=0.0, speed=1.2):
    """(frames, 22, 3) a figure that swings its legs and arms; the same phase is the same pose."""
    time = np.arange(frames) / 20.0
    local = np.zeros((frames, 22, 4))
    local[..., 0] = 1.0
    swing = 0.5 * np.sin(2 * np.pi * time + phase)
    for name, sign in (("left_hip", 1), ("right_hip", -1), ("left_shoulder", -1), ("right_shoulder", 1)):
        local[:, JOINT_NAMES.index(name)] = quat.from_axis_angle(np.array([1.0, 0.0, 0.0]), sign * swing)
    root = np.stack((0.0 * time, 0.92 + 0.0 * time, speed * time), axis=1)
    joints = forward_kinematics(PARENTS, humanml3d_skeleton().rest_offsets, root, local)[0]
    joints[..., 1] -= joints[..., 1].min()
    return face_forward(joints)


def turned(joints, angle, shift):
    return quat.rotate(quat.from_axis_angle(UP, np.array(angle)), joints) + np.array([shift[0], 0.0, shift[1]])


def every_start(joints):
    return np.arange(len(joints) - BLEND + 1)


@settings(max_examples=25, deadline=None)
@given(st.floats(-3.1, 3.1), st.floats(-5, 5), st.floats(-5, 5), st.integers(0, 20))
def test_a_clip_fits_itself_wherever_it_stands_and_faces(angle, x, z, cut):
    joints = walk(60)
    other = turned(joints[cut:], angle, (x, z))
    fit = best_fit(cloud(joints, np.array([cut + 15])), cloud(other, every_start(other)))
    assert fit.distance < 1e-6
    assert abs(fit.second - 15) % 20 == 0  # a second is a cycle of the walk
    again = joined(joints, other, fit)
    np.testing.assert_allclose(again[: cut + 15 + BLEND], joints[: cut + 15 + BLEND], atol=1e-6)


def test_the_distance_is_the_least_over_all_turns_and_shifts():
    """Against a search over angles, with the shift that brings the middles together."""
    first, second = walk(30), walk(30, phase=1.0, speed=0.6)
    a, b = first[5 : 5 + BLEND], turned(second, 2.0, (1.0, 2.0))[8 : 8 + BLEND]
    weights = np.ones((BLEND, 22, 1))
    weights[:, [7, 10, 8, 11]] = transition._FEET
    weights /= weights.sum()

    def apart(angle):
        moved = turned(b, angle, (0.0, 0.0))
        moved = moved - ((moved - a) * weights).sum(axis=(0, 1)) * np.array([1.0, 0.0, 1.0])
        return np.sqrt((weights * (moved - a) ** 2).sum())

    best = min(apart(angle) for angle in np.linspace(-np.pi, np.pi, 20000))
    found = best_fit(cloud(first, np.array([5])), cloud(turned(second, 2.0, (1.0, 2.0)), np.array([8])))
    assert found.distance == pytest.approx(best, abs=1e-5)


def test_places_in_the_air_are_no_places():
    joints = walk(40) + UP * np.where(np.arange(40) >= 20, 0.5, 0.0)[:, None, None]
    starts = cloud(joints, every_start(joints)).starts
    assert starts.tolist() == list(range(11))


def test_velocities_count():
    """A pose that is the same while the legs go the other way fits worse than a pose that goes the same way."""
    first, same, against = walk(60), walk(60, phase=2 * np.pi), walk(60)[::-1].copy()
    place = cloud(first, np.array([20]))
    assert best_fit(place, cloud(same, every_start(same))).distance < 1e-3
    assert best_fit(place, cloud(against, every_start(against))).distance > 0.02


def test_a_join_keeps_bones_ends_and_continuity():
    first, second = walk(50), turned(walk(50, phase=0.4, speed=1.4), 1.0, (3.0, -2.0))
    fit = best_fit(cloud(first, np.array([30])), cloud(second, np.arange(20)))
    result = joined(first, second, fit)
    assert len(result) == fit.first + 50 - fit.second
    bones = np.linalg.norm(result[:, 1:] - result[:, list(PARENTS[1:])], axis=-1)
    np.testing.assert_allclose(bones, np.tile(BONE_LENGTHS[1:], (len(result), 1)), atol=1e-9)
    np.testing.assert_allclose(result[: fit.first], first[: fit.first], atol=1e-9)
    tail = result[fit.first + BLEND :]
    np.testing.assert_allclose(face_forward(tail), face_forward(second[fit.second + BLEND :]), atol=1e-9)
    speed = np.linalg.norm(np.diff(result, axis=0), axis=-1).max(axis=1)
    own = max(np.linalg.norm(np.diff(part, axis=0), axis=-1).max() for part in (first, second))
    assert speed.max() < 1.25 * own


def test_a_foot_that_would_be_drawn_aside_is_measured():
    standing = np.repeat(walk(2)[:1], 30, axis=0)
    wide = standing.copy()
    wide[:, [7, 10]] += np.array([0.1, 0.0, 0.0])
    fit = best_fit(cloud(standing, np.array([10])), cloud(wide, np.array([5])))
    gap = planted_gap(standing, wide, fit)
    assert 0.02 < gap < 0.1  # the shift that brings the clouds together takes its part of the 10 cm
    assert (
        planted_gap(standing, standing, best_fit(cloud(standing, np.array([10])), cloud(standing, np.array([5]))))
        < 1e-9
    )


@pytest.fixture(scope="module")
def walks(tmp_path_factory):
    out = tmp_path_factory.mktemp("walks") / "set"
    with DatasetWriter(out) as writer:
        for i in range(8):
            words = ClipWords(f"walk{i}", f"r{i // 2}", "train", "made", "made")
            captions = (f"a person walks {i} steps to the left", "walking.")
            writer.add(words, f"walk{i}", captions, walk(60 + 5 * i, 0.8 * i, 1.0 + 0.02 * i))
        writer.finish()
    return load(out)


def test_pairs_are_of_two_recordings_fit_and_have_one_sentence(walks):
    pairs = list(find_pairs(walks, range(8), 20, seed=3))
    assert len(pairs) == 20
    for pair in pairs:
        assert pair.fit.distance <= MAX_DISTANCE
        assert len(recordings_of(walks, pair)) == 2
        joints = compose(walks, pair)
        assert len(joints) - 1 == pair.frames <= MAX_FRAMES
        own = [walks.joints(part.row, part.mirrored).astype(float) for part in (pair.first, pair.second)]
        assert planted_gap(own[0], own[1], pair.fit) <= MAX_SLIDE
        sides = ["right" if part.mirrored else "left" for part in (pair.first, pair.second)]
        assert [word for word in pair.caption.replace(",", "").split() if word in ("left", "right")] == sides
        assert pair.caption.startswith("a person walks")
        assert pair.caption.count("a person") == 1
    assert pairs == list(find_pairs(walks, range(8), 20, seed=3))
    assert pairs != list(find_pairs(walks, range(8), 20, seed=4))


def test_clips_that_do_not_fit_make_no_pair(dataset):
    assert list(find_pairs(dataset, range(8), 2, seed=0)) == []
    assert list(find_pairs(dataset, [], 2, seed=0)) == []


@pytest.mark.parametrize(
    ("first", "second", "whole"),
    [
        ("a person walks.", "a person sits down.", "a person walks, then sits down"),
        ("someone waves.", "The figure turns left.", "someone waves, then turns left"),
        ("a person walks", "walking in a circle.", "a person walks, then walking in a circle"),
        ("a person walks", "a personal best.", "a person walks, then a personal best"),
    ],
)
def test_joined_captions(first, second, whole):
    assert join_captions(first, second, "{a}, then {b}") == whole


def test_the_report_on_joins(walks, tmp_path, capsys):
    assert joins.main([str(walks.folder), str(tmp_path / "joins.png"), "--pairs", "6", "--shown", "2"]) == 0
    assert (tmp_path / "joins.png").read_bytes().startswith(b"\x89PNG")
    assert '"pairs": 6' in capsys.readouterr().out
    assert joins.main([str(tmp_path), str(tmp_path / "no.png")]) == 2
    assert not (tmp_path / "no.png").exists()


def test_a_jump_at_a_join_is_measured():
    first, second = walk(60), walk(60)
    broken = np.concatenate((first, second + np.array([0.0, 0.0, first[-1, 0, 2] + 0.5])))
    figures = joins.measure_join(broken, 55, (first, second))
    assert figures["velocity"] > 3.0
    assert figures["acceleration"] > 5.0
    whole = joins.measure_join(walk(120), 55, (first, second))
    assert whole["velocity"] == pytest.approx(1.0, abs=0.05)
    assert whole["acceleration"] == pytest.approx(1.0, abs=0.1)
