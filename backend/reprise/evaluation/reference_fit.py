"""Which way of retrieving finds references that fit the sentence better, judged by a model that does not retrieve.

Every caption of a split asks for references of the database's split, as a request with the length of its motion would.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reprise.library import equation4
from reprise.library.index import Index

Array = NDArray[np.floating]
_RANK_CONSTANT = 60  # of reciprocal rank fusion
_DRAWS = 2000


@dataclass(frozen=True)
class Fit:
    """Means over n queries of the judge's distances from references to the sentence and to its real motion.

    `against` is the mean difference to Equation 4's `to_text`, with the 95 % interval of a bootstrap over recordings;
    less is better throughout.
    """

    n: int
    to_text: float
    to_motion: float
    against: tuple[float, float, float]

    def to_json(self) -> dict[str, Any]:
        """As an object of JSON."""
        return asdict(self)


def semantic_scores(index: Index, queries: Array) -> NDArray[np.float64]:
    """(Q, N) cosine of each query (Q, D) with the best caption, or the motion, of each clip."""
    cosines = index.features.astype(np.float64) @ equation4.unit(queries).T  # (U, Q)
    return np.maximum.reduceat(cosines[index.caption_texts], index.starts[:-1]).T


def length_factors(index: Index, frames: Sequence[int], decay: float) -> NDArray[np.float64]:
    """(Q, N) Equation 4's factor for queries of so many frames."""
    return np.stack([equation4.length_factors(index, wanted, decay)[1] for wanted in frames])


def scores_of_methods(captions: Array, motions: Array, lengths: Array) -> dict[str, Array]:
    """(Q, N) scores of each way to rank, from both cosines and the factors of the lengths.

    Besides Equation 4 with either cosine: both by reciprocal ranks (Cormack et al., SIGIR 2009), and their product,
    where a cosine below 0 counts as 0.
    """
    hybrid, momentum = captions * lengths, motions * lengths
    fused = sum(1.0 / (_RANK_CONSTANT + 1 + (-scores).argsort(axis=1).argsort(axis=1)) for scores in (hybrid, momentum))
    product = captions.clip(min=0.0) * motions.clip(min=0.0) * lengths
    return {"hybrid": hybrid, "momentum": momentum, "reciprocal ranks": np.asarray(fused), "product": product}


def picked(scores: Array, recordings: Sequence[str], own: Sequence[str], k: int) -> NDArray[np.intp]:
    """(Q, k) best clips of each query, equal scores by row: none of its `own` recording, of another at most one."""
    found = np.empty((len(scores), k), np.intp)
    for query, row in enumerate(scores):
        taken: set[str] = {own[query]}
        rows: list[int] = []
        for clip in np.argsort(-row, kind="stable"):
            recording = recordings[int(clip)]
            if recording not in taken:
                taken.add(recording)
                rows.append(int(clip))
                if len(rows) == k:
                    break
        found[query] = rows
    return found


def fits(
    chosen: Mapping[str, NDArray[np.intp]], to_text: Array, to_motion: Array, groups: Sequence[str], seed: int = 0
) -> dict[str, Fit]:
    """The fit of each method's references (Q, k); `to_text` and `to_motion` (Q, N) are the judge's distances.

    `groups` (Q,) are the queries' recordings: those of one are drawn together. `chosen` has "hybrid".
    """
    query = np.arange(len(to_text))[:, None]
    text = {name: to_text[query, rows].mean(axis=1) for name, rows in chosen.items()}
    members = [np.flatnonzero(np.asarray(groups) == group) for group in dict.fromkeys(groups)]
    random = np.random.default_rng(seed)
    draws = [
        np.concatenate([members[i] for i in random.integers(len(members), size=len(members))]) for _ in range(_DRAWS)
    ]
    found = {}
    for name, rows in chosen.items():
        difference = text[name] - text["hybrid"]
        low, high = np.percentile([difference[draw].mean() for draw in draws], (2.5, 97.5))
        found[name] = Fit(
            n=len(query),
            to_text=float(text[name].mean()),
            to_motion=float(to_motion[query, rows].mean()),
            against=(float(difference.mean()), float(low), float(high)),
        )
    return found
