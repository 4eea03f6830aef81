"""How well a space that texts and motions share tells which belong together: rankings over a whole split.

A split's motions are ranked for each of its different captions, and its captions for each motion; every motion that has
the caption is right, and every caption of the motion is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reprise.data.dataset import MotionDataset, Segment
from reprise.data.mirror import mirror_caption
from reprise_core.errors import RepriseError

Array = NDArray[np.floating]


@dataclass(frozen=True)
class SplitTexts:
    """A split: M segments by their `rows` in the data set, its N different `texts`, and which has which: (N, M)."""

    rows: tuple[int, ...]
    segments: tuple[Segment, ...]
    texts: tuple[str, ...]
    right: NDArray[np.bool_]
    unseen: NDArray[np.bool_]  # (N,) texts that no segment of the train split has, as it is or mirrored


def split_texts(dataset: MotionDataset, split: str) -> SplitTexts:
    """The captions and motions of a split; `RepriseError('no_split')` when it has none."""
    rows = tuple(row for row, segment in enumerate(dataset.segments) if segment.split == split)
    if not rows:
        known = ", ".join(sorted({segment.split for segment in dataset.segments}))
        raise RepriseError("no_split", f"The data set {dataset.folder} has no split '{split}'.", f"It has: {known}.")
    segments = tuple(dataset.segments[row] for row in rows)
    texts = _different(segments)
    learnt = set(_different(segment for segment in dataset.segments if segment.split == "train"))
    learnt |= {mirror_caption(text) for text in learnt}
    right = np.array([[text in segment.captions for segment in segments] for text in texts])
    return SplitTexts(rows, segments, texts, right, np.array([text not in learnt for text in texts]))


def by_other_captions(cosines: Array, right: NDArray[np.bool_]) -> tuple[Array, NDArray[np.bool_]]:
    """Ranking motions by captions alone, without giving the answer away: (N, M) similarities, and who is right.

    `cosines` (N, N) are those of the texts' sentence features. For text i a motion counts by the nearest of its
    captions other than text i itself; one that has no other ranks last and is not right.
    """
    texts, motions = right.shape
    similarity = np.full((texts, motions), -np.inf)
    for motion in range(motions):
        own = np.flatnonzero(right[:, motion])
        known = np.where(np.arange(texts)[:, None] == own, -np.inf, cosines[:, own])  # (N, captions of the motion)
        similarity[:, motion] = known.max(axis=1)
    return similarity, right & np.isfinite(similarity)


def _different(segments: Iterable[Segment]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for segment in segments for text in segment.captions))
