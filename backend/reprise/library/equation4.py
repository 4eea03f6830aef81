"""ReMoDiffuse's Equation 4 (Zhang et al., 2023), in double precision.

    score_i = cos(f_prompt, f_i) * exp(-lambda * |l_i - L| / max(l_i, L))

with f the sentence features and l, L the lengths in frames. A clip with several captions counts by its best one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .index import Index, spans


def unit(sentences: ArrayLike) -> NDArray[np.float64]:
    """(B, D) sentence features at unit length."""
    sentences = np.asarray(sentences, dtype=np.float64)
    return sentences / np.maximum(np.linalg.norm(sentences, axis=1, keepdims=True), np.finfo(np.float64).tiny)


def length_difference(frames: NDArray[np.int64], wanted: int) -> NDArray[np.float64]:
    """|l - L| / max(l, L), in [0, 1)."""
    return np.abs(frames - wanted) / np.maximum(frames, wanted)


def length_factors(index: Index, wanted: int, decay: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The factor of each different length, and of each clip (N,)."""
    lengths, which = index.lengths
    factors = np.exp(-decay * length_difference(lengths, wanted))
    return factors, factors[which]


def cosines(index: Index, query: NDArray[np.float64], rows: NDArray[np.intp]) -> NDArray[np.float64]:
    """The best captions' cosines (R,) of the clips `rows` with the unit query (D,).

    Summed feature by feature in an order that does not depend on the rows, so that equal features tie exactly.
    """
    if not len(rows):
        return np.zeros(0)
    captions = spans(index.starts[rows], index.starts[rows + 1])
    texts, which = np.unique(index.caption_texts[captions], return_inverse=True)
    cosine = (index.features[texts].astype(np.float64) * query).sum(axis=1)
    begins = np.concatenate(([0], np.cumsum(index.starts[rows + 1] - index.starts[rows])[:-1]))
    return np.maximum.reduceat(cosine[which.reshape(-1)], begins)


def best_caption(index: Index, query: NDArray[np.float64], row: int) -> str:
    """The caption of a clip that is nearest to the query, the first of equals."""
    texts = index.caption_texts[index.starts[row] : index.starts[row + 1]]
    return index.texts[texts[(index.features[texts].astype(np.float64) * query).sum(axis=1).argmax()]]
