"""Training examples in memory: motions, captions with their text features, and each caption's references."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reprise.data.compose import compose_pairs
from reprise.data.dataset import MotionDataset
from reprise.data.mirror import mirror_caption
from reprise.library.retrieval import Index, top_references
from reprise.text import TextEncoder, TextFeatures
from reprise_core.errors import RepriseError


@dataclass(frozen=True)
class Examples:
    """N motions, the first `database` of which may be retrieved (composed pairs may not).

    `motions` normalised features (T_i, 263); `captions` per motion: C_i rows of `text`; `references` per motion
    (C_i, k): the motions that hybrid retrieval (Eq. 4) finds for each caption with the motion's length, never of the
    own recording (so neither the clip itself, nor its mirrored twin, nor another window).
    """

    motions: tuple[NDArray[np.float32], ...]
    captions: tuple[NDArray[np.intp], ...]
    recordings: tuple[frozenset[str], ...]
    text: TextFeatures
    references: tuple[NDArray[np.intp], ...]
    database: int

    @property
    def lengths(self) -> NDArray[np.intp]:
        """(N,) frames of each motion."""
        return np.array([len(motion) for motion in self.motions])


def build_examples(
    dataset: MotionDataset,
    split: str,
    encoder: TextEncoder,
    *,
    references: int,
    mirror: bool,
    composed: int,
    seed: int,
    on_progress: Callable[[str, int, int], None] = lambda what, done, total: None,
) -> Examples:
    """Features, mirrored twins, composed pairs, text features and references of one split."""
    rows = [i for i, segment in enumerate(dataset.segments) if segment.split == split]
    motions: list[NDArray[np.float32]] = []
    sentences: list[tuple[str, ...]] = []
    recordings: list[frozenset[str]] = []

    def add(features: NDArray[np.float32], captions: Sequence[str], sources: frozenset[str]) -> None:
        motions.append(((features - dataset.mean) / dataset.std).astype(np.float32))
        sentences.append(tuple(captions))
        recordings.append(sources)

    for done, row in enumerate(rows):
        segment = dataset.segments[row]
        for mirrored in (False, True) if mirror else (False,):
            captions = [mirror_caption(caption) if mirrored else caption for caption in segment.captions]
            add(dataset.features(row, mirrored), captions, frozenset((segment.recording,)))
        if done % 50 == 0:
            on_progress("features", done, len(rows))
    database = len(motions)
    for pair in compose_pairs(dataset, rows, composed, seed, lambda done: on_progress("composing", done, composed)):
        add(pair.features, pair.captions, pair.recordings)

    texts = tuple(dict.fromkeys(caption for captions in sentences for caption in captions))
    on_progress("captions", 0, len(texts))
    text = encoder.encode(texts)
    row_of = {caption: row for row, caption in enumerate(texts)}
    captions_of = tuple(np.array([row_of[caption] for caption in captions]) for captions in sentences)
    on_progress("references", 0, 1)
    found = _references(texts, text, captions_of, [len(motion) for motion in motions], recordings, database, references)
    return Examples(tuple(motions), captions_of, tuple(recordings), text, found, database)


def _references(
    texts: tuple[str, ...],
    text: TextFeatures,
    captions: Sequence[NDArray[np.intp]],
    frames: Sequence[int],
    recordings: Sequence[frozenset[str]],
    database: int,
    count: int,
) -> tuple[NDArray[np.intp], ...]:
    """Equation 4 for every caption of every motion against the motions of the database."""
    starts = np.cumsum([0, *(len(rows) for rows in captions)])
    index = Index(
        ids=tuple(f"{row:06d}" for row in range(database)),
        recordings=tuple(next(iter(recording)) for recording in recordings[:database]),
        frames=np.array(frames[:database]),
        texts=texts,
        features=text.sentence,
        caption_texts=np.concatenate(captions[:database]),
        starts=starts[: database + 1],
    )
    owner = np.repeat(np.arange(len(captions)), np.diff(starts))
    queries = text.sentence[np.concatenate(captions)]
    found = top_references(index, queries, np.asarray(frames)[owner], [recordings[int(i)] for i in owner], count)
    if (found < 0).any():
        raise RepriseError("bad_dataset", f"A caption has fewer than {count} references.", "Train on more recordings.")
    return tuple(np.split(found, starts[1:-1]))
