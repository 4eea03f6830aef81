"""Training examples in memory: motions, captions with their text features, and each caption's references."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from reprise.data.compose import compose_pairs
from reprise.data.dataset import MotionDataset
from reprise.data.mirror import mirror_caption
from reprise.text import TextEncoder, TextFeatures

LENGTH_DECAY = 0.1  # lambda of Equation 4


@dataclass(frozen=True)
class Examples:
    """N motions, the first `database` of which may be retrieved (composed pairs may not).

    `motions` normalised features (T_i, 263); `captions` per motion: rows of `text`; `references` (rows of text, k):
    the motions that hybrid retrieval (Eq. 4) finds for a caption with its motion's length, never of the own recording
    (so neither the clip itself, nor its mirrored twin, nor another window).
    """

    motions: tuple[NDArray[np.float32], ...]
    captions: tuple[NDArray[np.intp], ...]
    recordings: tuple[frozenset[str], ...]
    text: TextFeatures
    references: NDArray[np.intp]
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

    flat = [caption for captions in sentences for caption in captions]
    unique = {caption: row for row, caption in enumerate(dict.fromkeys(flat))}
    on_progress("captions", 0, len(unique))
    text = encoder.encode(list(unique))
    starts = np.cumsum([0, *(len(captions) for captions in sentences)])
    order = np.array([unique[caption] for caption in flat])
    on_progress("references", 0, 1)
    found = training_references(
        text.sentence[order], starts, [len(m) for m in motions], recordings, database, references
    )
    captions_of = tuple(np.arange(a, b) for a, b in pairwise(starts))
    return Examples(tuple(motions), captions_of, tuple(recordings), text[order], found, database)


def training_references(
    sentence: NDArray[np.float32],
    starts: NDArray[np.intp],
    lengths: Sequence[int],
    recordings: Sequence[frozenset[str]],
    database: int,
    count: int,
) -> NDArray[np.intp]:
    """Equation 4 for every caption against every motion of the database; (rows of sentence, count) motion indices.

    `sentence` (R, D) unit features, motion i owns rows starts[i]:starts[i + 1]. A motion's best caption counts. The
    scores of motions that share a recording with the query's are -inf.
    """
    frames = np.asarray(lengths, dtype=np.float64)
    members: dict[str, list[int]] = {}
    for index in range(database):
        for recording in recordings[index]:
            members.setdefault(recording, []).append(index)
    found = np.empty((len(sentence), count), dtype=np.intp)
    keys = sentence[: starts[database]]
    for query in range(len(lengths)):
        rows = slice(starts[query], starts[query + 1])
        semantic = np.maximum.reduceat(sentence[rows] @ keys.T, starts[:database], axis=1)  # (captions, database)
        length = np.abs(frames[:database] - frames[query]) / np.maximum(frames[:database], frames[query])
        score = semantic * np.exp(-LENGTH_DECAY * length)
        own = [index for recording in recordings[query] for index in members.get(recording, ())]
        score[:, own] = -np.inf
        found[rows] = np.argsort(-score, axis=1, kind="stable")[:, :count]
    return found
