"""How high what belongs to a query stands in a ranking: recall at k, median rank, and what chance alone would give.

Ties count against: everything wrong that scores as high as the best right one stands before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray

RECALLS = (1, 2, 3, 5, 10)


@dataclass(frozen=True)
class RankFigures:
    """Shares of `n` queries whose first right answer stands among the first k, its median and mean reciprocal rank.

    `chance` are the same shares for an order drawn at random; `gallery` is how many things were ranked.
    """

    n: int
    gallery: int
    recall: Mapping[int, float]
    chance: Mapping[int, float]
    median_rank: float
    mean_reciprocal_rank: float

    def to_json(self) -> dict[str, Any]:
        """As an object of JSON."""
        return asdict(self)


def ranks(similarity: NDArray[np.floating], right: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(N,) places, from 1 on, of the first right answer of N queries among M things; `similarity`, `right` (N, M).

    Every query has something right, else `ValueError`.
    """
    if not right.any(axis=1).all():
        raise ValueError("a query has no right answer")
    best = np.where(right, similarity, -np.inf).max(axis=1, keepdims=True)
    return 1 + ((similarity >= best) & ~right).sum(axis=1)


def figures(similarity: NDArray[np.floating], right: NDArray[np.bool_]) -> RankFigures:
    """The figures of `ranks`; N >= 1."""
    places, gallery = ranks(similarity, right), right.shape[1]
    return RankFigures(
        n=len(places),
        gallery=gallery,
        recall={k: float((places <= k).mean()) for k in RECALLS},
        chance={k: float(np.mean([chance(gallery, count, k) for count in right.sum(axis=1)])) for k in RECALLS},
        median_rank=float(np.median(places)),
        mean_reciprocal_rank=float((1.0 / places).mean()),
    )


def chance(gallery: int, right: int, k: int) -> float:
    """The probability that k of `gallery` things drawn at random hold one of the `right` ones (hypergeometric)."""
    return 1.0 - comb(gallery - right, k) / comb(gallery, min(k, gallery)) if k < gallery else 1.0
