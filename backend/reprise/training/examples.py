"""Training examples, read as they are needed: motions, captions with their text features, each caption's references."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reprise.data.dataset import MotionDataset
from reprise.data.mirror import mirror_caption
from reprise.library.motion_index import motion_index
from reprise.library.retrieval import Index, top_references
from reprise.text import TextEncoder
from reprise_core.errors import RepriseError

from .captions import CaptionFeatures, encode_captions
from .made_motions import MadeMotions, made_motions
from .momentum_features import momentum_features


@dataclass(frozen=True)
class Motions:
    """N motions on disk: segments of a data set, mirrored twins where `mirrored` (S,) says so, then made ones."""

    dataset: MotionDataset
    rows: NDArray[np.intp]
    mirrored: NDArray[np.bool_]
    made: MadeMotions

    def __len__(self) -> int:
        return len(self.rows) + len(self.made)

    def __getitem__(self, index: int) -> NDArray[np.float32]:
        """(T, 263) normalised features."""
        if index < len(self.rows):
            return self._normalized(self.dataset.features(int(self.rows[index]), bool(self.mirrored[index])))
        return self._normalized(self.made.features(index - len(self.rows)))

    def drawn(self, index: int, random: np.random.Generator) -> NDArray[np.float32]:
        """As by index, but a window of one activity is shifted at random within its stretch."""
        slack = self.dataset.slack(int(self.rows[index])) if index < len(self.rows) else 0
        if slack == 0:
            return self[index]
        shift = int(random.integers(slack + 1))
        row, mirrored = int(self.rows[index]), bool(self.mirrored[index])
        return self._normalized(self.dataset.shifted_features(row, shift, mirrored))

    def _normalized(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        return (features - self.dataset.mean) / self.dataset.std


@dataclass(frozen=True)
class Examples:
    """N motions, the first `database` of which may be retrieved (made ones may not).

    `lengths` (N,) in frames; `captions` per motion: C_i rows of `text`; `references` per motion (C_i, k): the motions
    that hybrid retrieval (Eq. 4) finds for each caption with the motion's length, never of the own recording (so
    neither the clip itself, nor its mirrored twin, nor another window) and of another at most one.
    """

    motions: Motions
    lengths: NDArray[np.intp]
    captions: tuple[NDArray[np.intp], ...]
    recordings: tuple[frozenset[str], ...]
    text: CaptionFeatures
    references: tuple[NDArray[np.intp], ...]
    database: int

    @cached_property
    def recording_numbers(self) -> NDArray[np.intp]:
        """(database,) motions of one recording have one number."""
        numbers: dict[frozenset[str], int] = {}
        own = self.recordings[: self.database]
        return np.array([numbers.setdefault(recording, len(numbers)) for recording in own], np.intp)


def build_examples(
    dataset: MotionDataset,
    split: str,
    encoder: TextEncoder,
    *,
    references: int,
    mirror: bool,
    composed: int,
    prolonged: bool = False,
    seed: int,
    retriever: Path | None = None,
    on_progress: Callable[[str, int, int], None] = lambda what, done, total: None,
) -> Examples:
    """Mirrored twins, up to `composed` pairs, gaits that go on if `prolonged`, text features, references of one split.

    With a `retriever` (a checkpoint), references are found as by the method "momentum" instead of by captions. Motions,
    text features and the retriever's embeddings are made once and kept beside the data set. Raises `RepriseError` when
    there is no room for them, or when a caption has fewer than `references`.
    """
    rows = [row for row, segment in enumerate(dataset.segments) if segment.split == split]
    twins = (False, True) if mirror else (False,)
    own = [(row, mirrored) for row in rows for mirrored in twins]
    made = made_motions(dataset, rows, composed, prolonged, seed, lambda done: on_progress("composing", done, composed))
    sentences = [_captions(dataset, row, mirrored) for row, mirrored in own] + list(made.captions)
    recordings = [frozenset((dataset.segments[row].recording,)) for row, _ in own] + list(made.recordings)
    lengths = np.array([dataset.segments[row].frames for row, _ in own] + list(made.frames), dtype=np.intp)
    motions = Motions(
        dataset, np.array([row for row, _ in own], dtype=np.intp), np.array([twin for _, twin in own], np.bool_), made
    )

    texts = tuple(dict.fromkeys(caption for captions in sentences for caption in captions))
    text = encode_captions(texts, encoder, dataset.folder, lambda done, total: on_progress("captions", done, total))
    row_of = {caption: row for row, caption in enumerate(texts)}
    captions_of = tuple(np.array([row_of[caption] for caption in captions], np.intp) for captions in sentences)
    on_progress("references", 0, 1)
    index = _index(texts, text.sentence(), captions_of, lengths, recordings, len(own))
    queries = index.features
    if retriever and references:
        shown, queries = momentum_features(retriever, encoder, dataset, own, texts)
        index = motion_index(index, shown)
    found = _references(index, queries, captions_of, lengths, recordings, references)
    return Examples(motions, lengths, captions_of, tuple(recordings), text, found, len(own))


def _captions(dataset: MotionDataset, row: int, mirrored: bool) -> tuple[str, ...]:
    captions = dataset.segments[row].captions
    return tuple(map(mirror_caption, captions)) if mirrored else captions


def _index(
    texts: tuple[str, ...],
    sentence: NDArray[np.float32],
    captions: Sequence[NDArray[np.intp]],
    frames: NDArray[np.intp],
    recordings: Sequence[frozenset[str]],
    database: int,
) -> Index:
    """The motions of the database by their captions."""
    starts = np.cumsum([0, *(len(rows) for rows in captions)])
    return Index(
        ids=tuple(f"{row:09d}" for row in range(database)),
        recordings=tuple(next(iter(recording)) for recording in recordings[:database]),
        frames=frames[:database],
        texts=texts,
        features=sentence,
        caption_texts=np.concatenate(captions[:database]),
        starts=starts[: database + 1],
    )


def _references(
    index: Index,
    queries: NDArray[np.float32],
    captions: Sequence[NDArray[np.intp]],
    frames: NDArray[np.intp],
    recordings: Sequence[frozenset[str]],
    count: int,
) -> tuple[NDArray[np.intp], ...]:
    """Equation 4 for every caption of every motion, by the `queries` (U, D) of all texts."""
    starts = np.cumsum([0, *(len(rows) for rows in captions)])
    owner = np.repeat(np.arange(len(captions)), np.diff(starts))
    asked = queries[np.concatenate(captions)]
    found = top_references(index, asked, frames[owner], [recordings[int(i)] for i in owner], count)
    if (found < 0).any():
        raise RepriseError("bad_dataset", f"A caption has fewer than {count} references.", "Train on more recordings.")
    return tuple(np.split(found, starts[1:-1]))
