"""Hybrid retrieval from a library: the references of one request, or of all queries of a training set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reprise_core.contract import MODEL_FPS, Reference, References

from . import equation4, filters, ranking
from .index import Index, build_index
from .ranking import Query, Ranking

__all__ = ["Index", "Search", "build_index", "retrieve", "top_references"]

Search = Callable[[Query], Ranking]
_BATCH_NUMBERS = 1 << 24  # cosine bounds of a batch of training queries: 64 MB


def retrieve(
    index: Index, sentence: NDArray[np.floating], frames: int, wanted: References, search: Search | None = None
) -> list[Reference]:
    """The references of a query, `sentence` (D,) of any length other than zero and `frames` >= 1, best first.

    First the pinned clips in their order, then the best by Equation 4 with `wanted.length_decay` until there are
    `wanted.k`, equal scores by id; more pinned clips than that all count. Of a recording (with its mirrored twins) at
    most one clip is picked, and none beside a pinned one, unless `wanted.repeats`. `search` may find the best otherwise
    than by going over the index (`faiss_search`). Raises `RepriseError` when a pinned id is not in the index
    (`no_clip`) or excluded as well (`bad_request`), or a filter names what no clip has (`bad_filter`).
    """
    pinned = filters.pinned_rows(index, wanted)
    allowed = filters.allowed_clips(index, wanted)
    if pinned:
        allowed = np.ones(len(index), dtype=np.bool_) if allowed is None else allowed
        allowed[pinned] = False
    unit = equation4.unit(sentence[None])
    query = Query(
        sentence=unit[0],
        frames=frames,
        decay=wanted.length_decay,
        count=wanted.k - len(pinned),
        allowed=allowed,
        taken=() if wanted.repeats else {int(index.recording_of[row]) for row in pinned},
        distinct=not wanted.repeats,
    )
    found = search(query) if search else ranking.exact(index, query, index.sketch.bounds(unit)[0])
    return [_reference(index, query, row) for row in (*pinned, *found.rows)]


def top_references(
    index: Index, sentences: NDArray[np.floating], frames: ArrayLike, recordings: Sequence[AbstractSet[str]], k: int
) -> NDArray[np.intp]:
    """The best `k` rows of the index for each of N training queries, (N, k), best first, equal scores by id.

    `sentences` (N, D), `frames` (N,). `recordings[i]` are those that query i was made from; their clips (itself, its
    mirrored twin, other windows, the parts of a composition) are never picked, of another recording at most one is,
    as when motion is generated. -1 where fewer than `k` remain.
    """
    lengths, found = np.asarray(frames), np.full((len(sentences), k), -1, dtype=np.intp)
    if k == 0:
        return found
    number = dict(zip(index.recordings, index.recording_of.tolist(), strict=True))
    decay = References().length_decay
    batch = max(1, _BATCH_NUMBERS // max(1, len(index.texts)))
    for start in range(0, len(sentences), batch):
        unit = equation4.unit(sentences[start : start + batch])
        for row, (query, bounds) in enumerate(zip(unit, index.sketch.bounds(unit), strict=True), start):
            own = {number[recording] for recording in recordings[row] if recording in number}
            best = ranking.exact(index, Query(query, int(lengths[row]), decay, k, taken=own), bounds).rows
            found[row, : len(best)] = best
    return found


def _reference(index: Index, query: Query, row: int) -> Reference:
    semantic = float(equation4.cosines(index, query.sentence, np.array([row]))[0])
    length = float(equation4.length_difference(index.frames[row : row + 1], query.frames)[0])
    return Reference(
        id=index.ids[row],
        caption=equation4.best_caption(index, query.sentence, row),
        semantic=semantic,
        length=length,
        score=float(semantic * np.exp(-query.decay * length)),
        seconds=float(index.frames[row] / MODEL_FPS),
    )
