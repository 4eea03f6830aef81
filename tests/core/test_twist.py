"""A twist over time must follow what is seen, bridge what is not, and never jump."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from poses import random_rotations, seeds

from reprise_core import quaternion as quat
from reprise_core.twist import evidence, fade, most_probable


@given(seeds, st.floats(-1.5, 1.5))
def test_evidence_tells_the_angle_between_axis_and_what_is_seen(seed, angle):
    frame = random_rotations(np.random.default_rng(seed), 4)
    bone, axis = quat.rotate(frame, np.array([0.0, 0.0, 1.0])), quat.rotate(frame, np.array([1.0, 0.0, 0.0]))
    seen = 0.5 * quat.rotate(quat.from_axis_angle(bone, np.full(4, angle)), axis) + 0.3 * bone
    found = evidence(seen, axis, bone, 0.1)
    np.testing.assert_allclose(np.angle(found), angle, atol=1e-9)
    np.testing.assert_allclose(np.abs(found), (0.5 / 0.1) ** 2 * fade(abs(angle), *np.radians((55.0, 115.0))))


def test_a_twist_backwards_is_not_believed():
    bone, axis = np.array([[0.0, 0.0, 1.0]]), np.array([[1.0, 0.0, 0.0]])
    assert np.abs(evidence(-axis, axis, bone, 0.1)) == pytest.approx(0.0)
    assert np.abs(evidence(-axis, axis, bone, 0.1, middle=np.pi)) == pytest.approx(100.0)


@given(seeds)
@settings(deadline=None)
def test_good_evidence_is_followed_over_any_number_of_turns(seed):
    rng = np.random.default_rng(seed)
    angle = np.cumsum(rng.uniform(-0.2, 0.3, 2)) + np.linspace(0.0, 1.0, 100)[:, None] * rng.uniform(-14.0, 14.0, 2)
    found = most_probable(500.0 * np.exp(1j * angle), 20.0)
    off = found - angle
    np.testing.assert_allclose(off - off[50].round(6), 0.0, atol=0.1)
    np.testing.assert_allclose(np.exp(1j * off), 1.0, atol=0.1)


@pytest.mark.parametrize("fps", [20.0, 60.0])
def test_a_gap_of_half_a_second_is_bridged_without_a_jump(fps):
    before, gap, after = (round(fps * seconds) for seconds in (1.0, 0.5, 1.0))
    angle = np.concatenate((np.full(before, 0.2), np.zeros(gap), np.full(after, 1.0)))
    seen = np.concatenate((np.full(before, 200.0), np.zeros(gap), np.full(after, 200.0))) * np.exp(1j * angle)
    found = most_probable(seen[:, None], fps)[:, 0]
    assert found[0] == pytest.approx(0.2, abs=0.02)
    assert found[-1] == pytest.approx(1.0, abs=0.02)
    assert np.abs(np.diff(found)).max() < 0.8 / gap * 2.0


def test_where_nothing_is_seen_there_is_no_twist():
    np.testing.assert_allclose(most_probable(np.zeros((40, 3), dtype=complex), 20.0), 0.0, atol=1e-9)


def test_evidence_that_leaps_within_a_frame_is_followed_over_several():
    leap = np.radians(150.0)
    seen = 50.0 * np.exp(1j * np.where(np.arange(40) < 20, -leap / 2.0, leap / 2.0))
    found = most_probable(seen[:, None], 20.0)[:, 0]
    assert found[0] == pytest.approx(-leap / 2.0, abs=0.02)
    assert found[-1] == pytest.approx(leap / 2.0, abs=0.02)
    assert np.abs(np.diff(found)).max() < 0.6 * leap
