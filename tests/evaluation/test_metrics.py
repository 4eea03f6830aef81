"""The protocol's figures against closed forms."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.evaluation import metrics
from reprise_core.errors import RepriseError


def rows_with(mean, covariance, count=None):
    """Rows whose sample mean and covariance are exactly those given: no sampling error in the closed form."""
    size = len(mean)
    count = count or 4 * size
    random = np.random.default_rng(size)
    raw = random.normal(size=(count, size))
    raw -= raw.mean(axis=0)
    white = raw @ np.linalg.inv(np.linalg.cholesky(np.cov(raw, rowvar=False))).T
    values, vectors = np.linalg.eigh(covariance)
    return white @ (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T + mean


@given(st.lists(st.tuples(st.floats(0.1, 5), st.floats(0.1, 5), st.floats(-3, 3)), min_size=2, max_size=6))
@settings(deadline=None, max_examples=30)
def test_fid_of_axis_aligned_gaussians(axes):
    first, second, shift = (np.array(column) for column in zip(*axes, strict=True))
    expected = np.sum(shift**2) + np.sum((np.sqrt(first) - np.sqrt(second)) ** 2)
    found = metrics.frechet_distance(rows_with(np.zeros(len(axes)), np.diag(first)), rows_with(shift, np.diag(second)))
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_fid_of_rotated_gaussians_that_commute():
    turn, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(5, 5)))
    a, b = np.array([1.0, 2, 3, 4, 5]), np.array([5.0, 1, 0.5, 4, 2])
    found = metrics.frechet_distance(
        rows_with(np.zeros(5), turn @ np.diag(a) @ turn.T), rows_with(np.zeros(5), turn @ np.diag(b) @ turn.T)
    )
    assert found == pytest.approx(np.sum((np.sqrt(a) - np.sqrt(b)) ** 2), rel=1e-6)


def test_fid_is_exact_and_real_where_covariances_are_singular():
    a, b = np.array([4.0, 1.0, 0.0, 0.0]), np.array([0.0, 9.0, 1.0, 0.0])
    found = metrics.frechet_distance(rows_with(np.zeros(4), np.diag(a)), rows_with(np.ones(4), np.diag(b)))
    assert found == pytest.approx(4 + np.sum((np.sqrt(a) - np.sqrt(b)) ** 2), abs=1e-6)


def test_fid_of_fewer_than_two_motions_is_refused():
    with pytest.raises(RepriseError, match="two motions"):
        metrics.frechet_distance(np.zeros((1, 3)), np.zeros((5, 3)))


def test_r_precision_of_the_identity_is_one_and_of_a_shift_is_what_its_distance_says():
    points = np.arange(32.0)[:, None]
    random = np.random.default_rng(0)
    assert metrics.r_precision(points, points, random) == pytest.approx([1, 1, 1])
    # Every text points at its right neighbour's motion: its own is beaten by that one alone, but for the last.
    shifted = metrics.r_precision(points + 0.9, points, random)
    assert shifted == pytest.approx([1 / 32, 1, 1])


def test_r_precision_of_a_permutation_counts_its_fixed_points():
    random = np.random.default_rng(1)
    motions = np.eye(64)
    order = np.arange(64)
    order[:16] = np.roll(order[:16], 1)  # sixteen texts point at another's motion, and tie with none of their own
    found = metrics.r_precision(motions[order], motions, random, pool=64)
    assert found[0] == pytest.approx(48 / 64)


def test_r_precision_by_chance_is_places_over_pool():
    random = np.random.default_rng(2)
    texts, motions = random.normal(size=(6400, 8)), random.normal(size=(6400, 8))
    assert metrics.r_precision(texts, motions, random) == pytest.approx([1 / 32, 2 / 32, 3 / 32], abs=0.01)


def test_r_precision_drops_the_last_incomplete_pool_and_refuses_less_than_one():
    random = np.random.default_rng(3)
    points = random.normal(size=(33, 4))
    assert metrics.r_precision(points, points, random)[0] == 1
    with pytest.raises(RepriseError, match="at least 32 motions, not 31"):
        metrics.r_precision(points[:31], points[:31], random)


def test_diversity_and_multimodality_of_points_on_a_line():
    random = np.random.default_rng(4)
    same = np.ones((50, 3))
    assert metrics.diversity(same, random) == 0
    far = np.concatenate((np.zeros((2000, 1)), np.ones((2000, 1))))
    assert metrics.diversity(far, random, pairs=4000) == pytest.approx(0.5, abs=0.05)
    takes = np.tile(np.arange(30.0)[None, :, None], (7, 1, 1))
    found = np.mean([metrics.multimodality(takes, random) for _ in range(500)])
    assert metrics.multimodality(np.ones((7, 30, 2)), random) == 0
    assert found == pytest.approx((30 + 1) / 3, rel=0.01)  # mean |i - j| of two different draws


def test_rareness_is_zero_for_a_training_caption_and_one_for_an_orthogonal_prompt():
    training = np.eye(4)[:2]
    assert metrics.rareness(np.array([[3.0, 0, 0, 0], [0, 0, 1, 0], [1, 0, 1, 0]]), training) == pytest.approx(
        [0, 1, 1 - 1 / np.sqrt(2)]
    )


def test_tail_is_the_rarest_twentieth_and_balance_counts_bins_not_prompts():
    rare = np.linspace(0, 1, 100)
    distances = np.where(rare > 0.945, 7.0, 1.0)
    assert metrics.tail_matching(distances, rare) == 7
    # 99 prompts in the lowest bin at distance 1, one in the highest at 5: balanced mean is 3.
    rare = np.concatenate((np.zeros(99), [1.0]))
    assert metrics.balanced_matching(np.where(rare > 0, 5.0, 1.0), rare) == 3


def test_the_interval_of_repeats():
    found = metrics.interval([1.0, 2.0, 3.0, 4.0])
    assert found.mean == 2.5
    assert found.half_width == pytest.approx(1.96 * np.sqrt(5 / 3) / 2)
    assert metrics.interval([2.0]) == metrics.Interval(2.0, 0.0)
