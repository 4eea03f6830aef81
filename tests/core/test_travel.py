"""A body that outruns its feet is slowed down; every other travel is left alone."""

import numpy as np
import pytest
from gaits import crawler, jumper, standing_figure, walker

from reprise_core.travel import grounded_travel


def length(positions):
    return np.linalg.norm(np.diff(positions[:, 0, [0, 2]], axis=0), axis=-1).sum()


@pytest.mark.parametrize("speed", [0.4, 0.8])
def test_a_walk_whose_feet_stand_keeps_its_travel(speed):
    np.testing.assert_allclose(grounded_travel(walker(speed=speed)[0], 20.0), 0.0, atol=1e-3)


def test_a_gliding_walk_is_slowed_to_what_its_feet_step():
    gliding, true = walker(speed=0.8, glide=0.5)[0], walker(speed=0.8)[0]
    grounded = gliding + grounded_travel(gliding, 20.0)[:, None]
    assert length(gliding) > 1.5 * length(true)
    assert length(grounded) == pytest.approx(length(true), rel=0.15)


def test_travel_is_a_horizontal_offset_of_the_whole_figure_that_starts_at_nothing_and_never_turns_aside():
    gliding = walker(speed=0.6, glide=0.8)[0]
    offset = grounded_travel(gliding, 20.0)
    assert offset[0] == pytest.approx([0.0, 0.0, 0.0])
    assert np.abs(offset[:, 1]).max() == 0.0
    assert np.abs(offset[:, 0]).max() < 1e-6  # it walks along +Z
    assert (np.diff(gliding[:, 0, 2] + offset[:, 2]) > 0.0).all()


@pytest.mark.parametrize("figure", [crawler(speed=0.3), crawler(speed=0.8), jumper(), standing_figure()])
def test_who_crawls_jumps_or_stands_keeps_the_travel(figure):
    np.testing.assert_allclose(grounded_travel(figure, 20.0), 0.0, atol=1e-9)


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_short_clips_come_back(frames):
    assert grounded_travel(standing_figure(frames), 20.0).shape == (frames, 3)
