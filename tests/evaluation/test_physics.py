"""Each figure must show the fault it is named after, in its unit, and nothing of a figure that has none."""

import numpy as np
import pytest
from gaits import crawler, jumper, walker
from gaits import standing_figure as standing
from poses import JOINT, march

from reprise.evaluation.physics import bone_variation, jitter, measure
from reprise_core.cleanup import to_motion
from reprise_core.errors import RepriseError
from reprise_core.root_motion import in_place, to_root_track


def test_a_standing_figure_has_no_fault():
    result = measure(standing())
    assert result.contact_share == 1.0
    for name in (
        "foot_slide",
        "skate",
        "lower_foot_slide",
        "floating",
        "deepest",
        "penetration",
        "jitter",
        "bone_variation",
    ):
        assert getattr(result, name) == pytest.approx(0.0, abs=1e-6)


def test_sliding_is_millimetres_a_frame():
    sliding = standing() + np.arange(40)[:, None, None] * np.array([0.003, 0.0, 0.0])
    result = measure(sliding)
    assert (result.lower_foot_slide, result.skate) == pytest.approx((3.0, 3.0))
    assert measure(sliding[:30]).foot_slide == pytest.approx(3.0)  # longer it goes too far to be a contact


def test_a_glide_too_fast_for_a_contact_shows_in_the_measures_that_know_no_contacts():
    gliding = standing() + np.arange(40)[:, None, None] * np.array([0.05, 0.0, 0.0])
    result = measure(gliding)
    assert (result.foot_slide, result.contact_share) == (0.0, 0.0)
    assert (result.lower_foot_slide, result.skate) == pytest.approx((50.0, 50.0))


def test_skating_counts_less_the_higher_the_foot_and_nothing_beyond_its_height():
    positions = standing(100) + np.arange(100)[:, None, None] * np.array([0.004, 0.0, 0.0])
    assert measure(positions, ground=0.0).skate == pytest.approx(4.0)
    for toe in (JOINT["left_foot"], JOINT["right_foot"]):
        positions[10:55, toe, 1] += 0.0125  # half of H: weighted by 2 - sqrt(2)
        positions[55:, toe, 1] += 0.03
    expected = 4.0 * (9 * 1.0 + 45 * (2.0 - np.sqrt(2.0))) / 54
    assert measure(positions, ground=0.0).skate == pytest.approx(expected, rel=0.01)


def test_a_true_walk_hardly_skates_and_a_gliding_one_does():
    true, gliding = (measure(walker(speed=0.7, glide=glide)[0]) for glide in (0.0, 0.4))
    assert true.lower_foot_slide < 5.0
    assert gliding.lower_foot_slide > 15.0
    assert gliding.skate > 3.0 * true.skate


def test_who_jumps_does_not_slide_in_the_air_and_a_crawl_is_measured():
    moving = jumper() + np.where((np.arange(80) > 36) & (np.arange(80) < 43), 1.0, 0.0)[:, None, None] * [0.5, 0.0, 0.0]
    assert measure(moving).lower_foot_slide == pytest.approx(0.0, abs=1e-6)
    assert np.isfinite(list(measure(crawler()).to_json().values())).all()


@pytest.mark.parametrize(
    ("height", "floating", "penetration", "deepest"),
    [(0.05, 45.0, 0.0, 0.0), (-0.05, 0.0, 45.0, 50.0), (0.5, 0.0, 0.0, 0.0)],
)
def test_heights_off_the_given_ground_float_or_sink_and_jumps_do_neither(height, floating, penetration, deepest):
    result = measure(standing() + np.array([0.0, height, 0.0]), ground=0.0)
    assert result.floating == pytest.approx(floating)
    assert result.penetration == pytest.approx(penetration)
    assert result.deepest == pytest.approx(deepest)


def test_jitter_of_a_cubic_path_is_its_third_derivative():
    time = np.arange(30)[:, None, None] / 20.0
    path = np.concatenate((50.0 * time**3, 0 * time, 0 * time), axis=-1) * np.ones((30, 22, 1))
    assert jitter(path, 20.0) == pytest.approx(3.0)  # 300 m/s^3
    assert jitter(path[:3], 20.0) == 0.0


def test_bones_that_breathe_show_by_their_standard_deviation():
    positions = standing(2)
    positions[1] *= 1.1
    lengths = np.linalg.norm(positions[0, 1:] - positions[0, [0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14,
                                                              16, 17, 18, 19]], axis=-1)  # fmt: skip
    assert bone_variation(positions) == pytest.approx(0.05 * lengths.mean())


def test_a_motion_is_measured_at_its_own_rate_and_its_lock_helps():
    source = march(60, drift=0.1)
    free, locked = (measure(to_motion(source, 20.0, foot_lock=lock)) for lock in (False, True))
    assert locked.foot_slide < 0.3 * free.foot_slide
    assert free.foot_slide == pytest.approx(measure(source, 20.0).foot_slide, rel=0.01)


def test_travel_on_a_root_track_is_travel_and_none_in_place_slides():
    walk = to_motion(walker()[0], 20.0)
    tracked, still = measure(to_root_track(walk)), measure(in_place(walk))
    for name, value in measure(walk).to_json().items():
        assert getattr(tracked, name) == pytest.approx(value, abs=0.01)
    assert still.lower_foot_slide > 10.0 * tracked.lower_foot_slide


@pytest.mark.parametrize("positions", [np.zeros((4, 21, 3)), np.zeros((0, 22, 3)), np.full((4, 22, 3), np.nan)])
def test_what_is_no_motion_is_refused(positions):
    with pytest.raises(RepriseError):
        measure(positions)
