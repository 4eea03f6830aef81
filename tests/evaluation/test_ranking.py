"""Recall at k, ranks with ties, and chance, against plain computations."""

from itertools import combinations

import numpy as np
import pytest

from reprise.evaluation.ranking import RECALLS, chance, figures, ranks


def test_ranks_against_sorting():
    random = np.random.default_rng(0)
    similarity, right = random.normal(size=(40, 30)), random.random((40, 30)) < 0.1
    right[np.arange(40), random.integers(30, size=40)] = True
    for row, found in enumerate(ranks(similarity, right)):
        order = np.argsort(-similarity[row])
        assert found == 1 + next(place for place, thing in enumerate(order) if right[row, thing])


def test_ties_count_against():
    similarity = np.array([[1.0, 1.0, 1.0, 0.0]])
    assert ranks(similarity, np.array([[False, True, False, False]])) == [3]
    assert ranks(similarity, np.array([[True, True, True, False]])) == [1]
    assert ranks(np.zeros((1, 4)), np.array([[True, False, False, False]])) == [4]  # a model that says nothing


def test_a_query_without_an_answer_is_a_mistake():
    with pytest.raises(ValueError, match="no right answer"):
        ranks(np.zeros((1, 2)), np.zeros((1, 2), bool))


def test_figures_of_a_known_ranking():
    similarity = -np.arange(12.0)[None].repeat(4, axis=0)  # thing 0 first, for every query
    right = np.zeros((4, 12), bool)
    for query, place in enumerate((1, 2, 4, 11)):
        right[query, place - 1] = True
    found = figures(similarity, right)
    assert (found.n, found.gallery, found.median_rank) == (4, 12, 3.0)
    assert [found.recall[k] for k in RECALLS] == [0.25, 0.5, 0.5, 0.75, 0.75]
    assert found.mean_reciprocal_rank == pytest.approx((1 + 1 / 2 + 1 / 4 + 1 / 11) / 4)
    assert [found.chance[k] for k in RECALLS] == pytest.approx([k / 12 for k in RECALLS])


@pytest.mark.parametrize(("gallery", "right", "k"), [(6, 2, 3), (5, 1, 1), (4, 3, 2), (4, 2, 4), (3, 1, 10)])
def test_chance_by_counting_all_draws(gallery, right, k):
    draws = list(combinations(range(gallery), min(k, gallery)))
    assert chance(gallery, right, k) == pytest.approx(np.mean([min(draw) < right for draw in draws]))
