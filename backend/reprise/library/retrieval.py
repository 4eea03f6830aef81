"""Hybrid retrieval, ReMoDiffuse's Equation 4, exact over all clips.

    score_i = cos(f_prompt, f_i) * exp(-lambda * |l_i - L| / max(l_i, L))

with f the sentence features and l, L the lengths in frames. A clip with several captions counts by its best one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reprise_core.contract import MODEL_FPS, Reference
from reprise_core.errors import RepriseError

if TYPE_CHECKING:
    from .store import ClipInfo

LENGTH_DECAY = 0.1  # lambda
_BATCH = 256


@dataclass(frozen=True)
class Index:
    """N clips ordered by id, ready for retrieval; a row is a clip.

    `frames` (N,) lengths; `texts` the U different captions and `features` (U, D) their unit sentence features;
    row i has the captions `texts[j]` for j in `caption_texts[starts[i] : starts[i + 1]]`.
    """

    ids: tuple[str, ...]
    recordings: tuple[str, ...]
    frames: NDArray[np.int64]
    texts: tuple[str, ...]
    features: NDArray[np.float32]
    caption_texts: NDArray[np.intp]
    starts: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class Similarity:
    """The parts of Equation 4 for B queries against N clips.

    Each (B, N): cosine, relative difference of lengths in [0, 1], and score; `texts` (B, U) are the cosines of all
    different captions.
    """

    texts: NDArray[np.float64]
    semantic: NDArray[np.float64]
    length: NDArray[np.float64]
    score: NDArray[np.float64]


def build_index(clips: Sequence[ClipInfo], texts: Sequence[str], features: NDArray[np.float32]) -> Index:
    """An index of the clips; `features` (U, D) belong to `texts`, which are all different.

    Captions that are equal share one feature, so that clips which ought to tie do tie. Raises `KeyError` for a caption
    that is not among the texts, `ValueError` for a clip without caption.
    """
    clips = sorted(clips, key=lambda clip: clip.id)
    row_of = {text: row for row, text in enumerate(texts)}
    for clip in clips:
        if not clip.captions:
            raise ValueError(f"the clip '{clip.id}' has no caption")
    return Index(
        ids=tuple(clip.id for clip in clips),
        recordings=tuple(clip.recording for clip in clips),
        frames=np.array([clip.frames for clip in clips], dtype=np.int64),
        texts=tuple(texts),
        features=features,
        caption_texts=np.array([row_of[text] for clip in clips for text in clip.captions], dtype=np.intp),
        starts=np.cumsum([0, *(len(clip.captions) for clip in clips)], dtype=np.intp),
    )


def similarity(index: Index, sentences: NDArray[np.floating], frames: ArrayLike) -> Similarity:
    """Equation 4 for queries `sentences` (B, D), of any length other than zero, and `frames` (B,) >= 1."""
    lengths = np.asarray(frames, dtype=np.float64)[:, None]
    length = np.abs(index.frames - lengths) / np.maximum(index.frames, lengths)  # (B, N)
    texts = _cosines(index, sentences)  # (B, U)
    captions = texts[:, index.caption_texts]  # (B, captions)
    semantic = np.maximum.reduceat(captions, index.starts[:-1], axis=1) if len(index) else captions
    return Similarity(texts, semantic, length, semantic * np.exp(-LENGTH_DECAY * length))


def retrieve(
    index: Index,
    sentence: NDArray[np.floating],
    frames: int,
    k: int,
    pinned: Sequence[str] = (),
    excluded: Collection[str] = (),
    exclude_recordings: AbstractSet[str] = frozenset(),
) -> list[Reference]:
    """The references of one query `sentence` (D,) of `frames` frames, best first.

    First the pinned clips in their order, then the best by score until there are `k`, equal scores by id. More
    pinned clips than `k` all count. Clips in `excluded` or of `exclude_recordings` are never picked by score.
    Raises `RepriseError` when a pinned id is not in the index (`no_clip`) or excluded as well (`bad_request`).
    """
    chosen = [_pinned_row(index, clip, excluded) for clip in dict.fromkeys(pinned)]
    found = similarity(index, sentence[None], [frames])
    taken = set(chosen)
    for row in np.argsort(-found.score[0], kind="stable"):  # rows are in the order of ids
        if len(chosen) >= k:
            break
        allowed = index.ids[row] not in excluded and index.recordings[row] not in exclude_recordings
        if allowed and row not in taken:
            chosen.append(int(row))
    return [
        Reference(
            id=index.ids[row],
            caption=_best_caption(index, row, found.texts[0]),
            semantic=float(found.semantic[0, row]),
            length=float(found.length[0, row]),
            score=float(found.score[0, row]),
            seconds=float(index.frames[row] / MODEL_FPS),
        )
        for row in chosen
    ]


def top_references(
    index: Index, sentences: NDArray[np.floating], frames: ArrayLike, recordings: Sequence[AbstractSet[str]], k: int
) -> NDArray[np.intp]:
    """The best `k` rows of the index for each of N training queries, (N, k), best first, equal scores by id.

    `sentences` (N, D), `frames` (N,). `recordings[i]` are those that query i was made from; their clips (itself, its
    mirrored twin, other windows, the parts of a composition) are never picked. -1 where fewer than `k` clips remain.
    """
    lengths, found = np.asarray(frames), np.full((len(sentences), k), -1, dtype=np.intp)
    rows_of: dict[str, list[int]] = {}
    for row, recording in enumerate(index.recordings):
        rows_of.setdefault(recording, []).append(row)
    for start in range(0, len(sentences), _BATCH):
        queries = slice(start, start + _BATCH)
        score = similarity(index, sentences[queries], lengths[queries]).score
        for query, own in enumerate(recordings[queries]):
            score[query, [row for recording in own for row in rows_of.get(recording, ())]] = -np.inf
        every = np.arange(len(score))
        for place in range(min(k, len(index))):
            best = score.argmax(axis=1)  # the first of equals
            found[queries, place] = np.where(np.isfinite(score[every, best]), best, -1)
            score[every, best] = -np.inf
    return found


def _cosines(index: Index, sentences: NDArray[np.floating]) -> NDArray[np.float64]:
    """(B, D) -> (B, U) cosines with the features of all different captions."""
    sentences = np.asarray(sentences, dtype=np.float32)
    norms = np.linalg.norm(sentences, axis=1, keepdims=True)
    return (sentences / np.maximum(norms, np.finfo(np.float32).tiny) @ index.features.T).astype(np.float64)


def _best_caption(index: Index, row: int, cosines: NDArray[np.float64]) -> str:
    captions = index.caption_texts[index.starts[row] : index.starts[row + 1]]
    return index.texts[captions[cosines[captions].argmax()]]


def _pinned_row(index: Index, clip: str, excluded: Collection[str]) -> int:
    if clip in excluded:
        raise RepriseError("bad_request", f"The clip '{clip}' is both pinned and excluded.", "Choose one of the two.")
    try:
        return index.ids.index(clip)
    except ValueError:
        raise RepriseError(
            "no_clip", f"The library has no clip '{clip}' to pin.", "Pin one that retrieval shows."
        ) from None
