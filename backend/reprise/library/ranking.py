"""The best clips by Equation 4, found exactly by bounds: only clips that could still be among them are scored."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import equation4
from .index import Index

_FIRST = 64  # clips that are scored before there is anything to compare with


@dataclass(frozen=True)
class Query:
    """One question: a unit sentence feature (D,), a length in frames, lambda, and how many clips are wanted.

    `allowed` (N,) says which clips may be picked, None all; of a recording in `taken` none may, and with `distinct`
    at most one of any other.
    """

    sentence: NDArray[np.float64]
    frames: int
    decay: float
    count: int
    allowed: NDArray[np.bool_] | None = None
    taken: Collection[int] = ()
    distinct: bool = True


@dataclass(frozen=True)
class Ranking:
    """The picked rows, best first, equal scores by row; `worst` is the last one's score, -inf when some are missing."""

    rows: list[int]
    worst: float


def exact(index: Index, query: Query, bounds: NDArray[np.float32]) -> Ranking:
    """The ranking over all clips; `bounds` (U,) are above the cosines of all captions."""
    if not len(index) or query.count < 1:
        return Ranking([], -np.inf)
    _, factors = equation4.length_factors(index, query.frames, query.decay)
    highest = np.maximum.reduceat(bounds[index.caption_texts], index.starts[:-1])
    rows = np.arange(len(index))
    if query.allowed is not None:
        rows = np.flatnonzero(query.allowed)
        highest, factors = highest[rows], factors[rows]
    return among(index, query, rows, highest, factors)


def among(
    index: Index,
    query: Query,
    rows: NDArray[np.intp],
    cosine_bounds: NDArray[np.floating],
    factors: NDArray[np.float64],
) -> Ranking:
    """The ranking of some clips: `cosine_bounds` (R,) are above their cosines, `factors` (R,) are of their lengths.

    A factor is never negative, so that bound times factor is above the score whatever the cosine's sign.
    """
    bounds = cosine_bounds * factors
    looked_at = _FIRST + 4 * query.count
    while looked_at < len(rows):
        first = np.argpartition(-bounds, looked_at - 1)[:looked_at]
        ranking = _scored(index, query, rows[first], factors[first])
        if np.isfinite(ranking.worst):
            rest = np.flatnonzero(bounds >= ranking.worst)
            return _scored(index, query, rows[rest], factors[rest])
        looked_at *= 4  # recordings of many clips stand in front
    return _scored(index, query, rows, factors)


def _scored(index: Index, query: Query, rows: NDArray[np.intp], factors: NDArray[np.float64]) -> Ranking:
    scores = equation4.cosines(index, query.sentence, rows) * factors
    order = np.lexsort((rows, -scores))
    taken, picked = set(query.taken), []
    recordings = index.recording_of
    for place in order:
        if len(picked) == query.count:
            break
        recording = int(recordings[rows[place]])
        if recording in taken:
            continue
        picked.append(place)
        if query.distinct:
            taken.add(recording)
    worst = float(scores[picked[-1]]) if len(picked) == query.count and picked else -np.inf
    return Ranking([int(rows[place]) for place in picked], worst)
