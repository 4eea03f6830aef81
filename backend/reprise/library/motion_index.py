"""Retrieval by what clips show: Equation 4 with the cosine of a sentence and a motion in a space that they share."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from reprise_core.contract import Reference, References

from . import equation4
from .index import Index
from .retrieval import retrieve


def motion_index(index: Index, motions: NDArray[np.float32]) -> Index:
    """The clips of an index, each described by its motion's embedding, `motions` (N, D), instead of by its captions."""
    rows = np.arange(len(index))
    return replace(
        index, texts=index.ids, features=motions, caption_texts=rows, starts=np.arange(len(index) + 1, dtype=np.intp)
    )


def retrieve_by_motion(
    motions: Index,
    embedding: NDArray[np.floating],
    captions: Index,
    sentence: NDArray[np.floating],
    frames: int,
    wanted: References,
) -> list[Reference]:
    """As `retrieve`, from `motions`, the `motion_index` of `captions`, for the prompt's `embedding` (D,) in its space.

    A reference's caption is the one that is nearest to the prompt's `sentence` feature; its `semantic` the cosine of
    prompt and motion.
    """
    unit = equation4.unit(sentence[None])[0]

    def captioned(reference: Reference) -> Reference:
        row = bisect_left(captions.ids, reference.id)
        return replace(reference, caption=equation4.best_caption(captions, unit, row))

    return [captioned(reference) for reference in retrieve(motions, embedding, frames, wanted)]
