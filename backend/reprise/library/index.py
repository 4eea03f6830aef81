"""What retrieval needs of a library's clips, in memory: captions, their sentence features, lengths, recordings."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from .sketch import Sketch, sketch

if TYPE_CHECKING:
    from .store import ClipInfo

_T = TypeVar("_T", bound=Hashable)


@dataclass(frozen=True)
class Labels:
    """What the clips of an index are labelled with: clip i has the labels `different[which[i]]`."""

    different: tuple[tuple[str, ...], ...]
    which: NDArray[np.intp]


@dataclass(frozen=True)
class Index:
    """N clips ordered by id, ready for retrieval; a row is a clip.

    `frames` (N,) lengths; `texts` the U different captions and `features` (U, D) their unit sentence features;
    row i has the captions `texts[j]` for j in `caption_texts[starts[i] : starts[i + 1]]`, at least one. `sources`,
    `licences` and `tags` are what a query may be narrowed by, one entry a clip, or empty where nobody asks.
    """

    ids: tuple[str, ...]
    recordings: tuple[str, ...]
    frames: NDArray[np.int64]
    texts: tuple[str, ...]
    features: NDArray[np.float32]
    caption_texts: NDArray[np.intp]
    starts: NDArray[np.intp]
    sources: tuple[str, ...] = ()
    licences: tuple[str, ...] = ()
    tags: tuple[tuple[str, ...], ...] = ()

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def recording_of(self) -> NDArray[np.intp]:
        """(N,) the number of each clip's recording; clips of one recording share it."""
        return _numbers(self.recordings)[1]

    @cached_property
    def source_labels(self) -> Labels:
        """Each clip's source."""
        return _labels([(source,) for source in self.sources])

    @cached_property
    def licence_labels(self) -> Labels:
        """Each clip's licence."""
        return _labels([(licence,) for licence in self.licences])

    @cached_property
    def tag_labels(self) -> Labels:
        """Each clip's tags."""
        return _labels(self.tags)

    @cached_property
    def lengths(self) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
        """The different lengths, and for each clip (N,) which of them it has: a query looks at few lengths."""
        different, which = np.unique(self.frames, return_inverse=True)
        return different, which.reshape(-1)

    @cached_property
    def sketch(self) -> Sketch:
        """The features in short."""
        return sketch(self.features)

    @cached_property
    def clips_of_texts(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """The reverse of `caption_texts`: text j is a caption of the clips `rows[starts[j] : starts[j + 1]]`."""
        owner = np.repeat(np.arange(len(self)), np.diff(self.starts))
        counts = np.bincount(self.caption_texts, minlength=len(self.texts))
        return owner[np.argsort(self.caption_texts, kind="stable")], np.concatenate(([0], np.cumsum(counts)))


def build_index(clips: Sequence[ClipInfo], texts: Sequence[str], features: NDArray[np.float32]) -> Index:
    """An index of the clips; `features` (U, D) belong to `texts`, which are all different.

    Raises `KeyError` for a caption that is not among the texts, `ValueError` for a clip without caption.
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
        sources=tuple(clip.source for clip in clips),
        licences=tuple(clip.licence for clip in clips),
        tags=tuple(clip.tags for clip in clips),
    )


def spans(begins: NDArray[np.intp], ends: NDArray[np.intp]) -> NDArray[np.intp]:
    """The numbers of all ranges [begin, end) one after the other."""
    counts = ends - begins
    offsets = np.repeat(begins - np.concatenate(([0], np.cumsum(counts)[:-1])), counts)
    return np.arange(counts.sum()) + offsets


def _labels(of_clips: Sequence[tuple[str, ...]]) -> Labels:
    different, which = _numbers(of_clips)
    return Labels(tuple(different), which)


def _numbers(values: Sequence[_T]) -> tuple[list[_T], NDArray[np.intp]]:
    """The different values in the order in which they first appear, and which of them each value is."""
    number: dict[_T, int] = {}
    which = np.fromiter((number.setdefault(value, len(number)) for value in values), np.intp, len(values))
    return list(number), which
