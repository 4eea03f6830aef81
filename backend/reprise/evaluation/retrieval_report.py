"""Retrieval measured on a data set: rankings of a split, and the references that each method gives its captions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reprise.data.dataset import MotionDataset
from reprise.library import equation4
from reprise.library.index import Index
from reprise.library.motion_index import motion_index
from reprise.pipelines.momentum_embedding import MomentumEmbedder
from reprise.text import TextEncoder
from reprise_core.contract import References

from .embedding import Evaluator
from .ranking import RankFigures, figures
from .reference_fit import Fit, fits, length_factors, picked, scores_of_methods, semantic_scores
from .retrieval import SplitTexts, by_other_captions, split_texts

OnStage = Callable[[str, int, int], None]
_BATCH = 64


@dataclass(frozen=True)
class RetrievalReport:
    """`rankings` of the split by space, direction and, with " unseen", by captions that training lacks; and `fits`.

    `fits` is empty without a judge; in it "own motion" and "any motion" are no methods but what to compare with.
    """

    split: str
    database: str
    k: int
    rankings: Mapping[str, Mapping[str, RankFigures]]
    fits: Mapping[str, Fit]

    def to_json(self) -> dict[str, Any]:
        """As an object of JSON."""
        return {
            "split": self.split,
            "database": self.database,
            "k": self.k,
            "rankings": {
                space: {name: row.to_json() for name, row in directions.items()}
                for space, directions in self.rankings.items()
            },
            "fits": {name: fit.to_json() for name, fit in self.fits.items()},
        }


def measure(
    dataset: MotionDataset,
    embedder: MomentumEmbedder,
    encoder: TextEncoder,
    judge: Evaluator | None,
    split: str = "test",
    database: str = "train",
    k: int = 2,
    on_stage: OnStage = lambda what, done, total: None,
) -> RetrievalReport:
    """All figures; `encoder` makes Equation 4's sentence features. Raises `RepriseError` for a split that is not there.

    With a judge, the captions of `split` get `k` references each from `database`, and its own space is ranked as well.
    """
    asked = split_texts(dataset, split)
    on_stage("captions", 0, 1)
    sentences = _sentences(encoder, asked.texts)
    on_stage("motions", 0, 1)
    texts, motions = embedder.texts(asked.texts), embedder.motions([dataset.features(row) for row in asked.rows])
    rankings = {embedder.name: _ranked(texts @ motions.T, asked)}
    other, right = by_other_captions(sentences @ sentences.T, asked.right)
    rankings["a clip's other captions"] = _text_to_motion(other, right, asked)
    found: Mapping[str, Fit] = {}
    if judge is not None:
        on_stage("judge", 0, 1)
        judged = judge.texts(asked.texts), judge.motions([dataset.features(row) for row in asked.rows])
        rankings[judge.name] = _ranked(-_distances(*judged), asked)
        found = _fits(dataset, embedder, encoder, judge, asked, sentences, texts, judged, database, k)
    return RetrievalReport(split, database, k, rankings, found)


def _ranked(similarity: NDArray[np.floating], asked: SplitTexts) -> dict[str, RankFigures]:
    motion_to_text = figures(similarity.T, asked.right.T)
    return _text_to_motion(similarity, asked.right, asked) | {"motion_to_text": motion_to_text}


def _text_to_motion(
    similarity: NDArray[np.floating], right: NDArray[np.bool_], asked: SplitTexts
) -> dict[str, RankFigures]:
    """Of all texts that have a right answer, and of those that training lacks."""
    there = right.any(axis=1)
    subsets = {"text_to_motion": there, "text_to_motion unseen": there & asked.unseen}
    return {name: figures(similarity[rows], right[rows]) for name, rows in subsets.items() if rows.any()}


def _fits(
    dataset: MotionDataset,
    embedder: MomentumEmbedder,
    encoder: TextEncoder,
    judge: Evaluator,
    asked: SplitTexts,
    sentences: NDArray[np.floating],
    texts: NDArray[np.floating],
    judged: tuple[NDArray[np.floating], NDArray[np.floating]],
    database: str,
    k: int,
) -> dict[str, Fit]:
    known = split_texts(dataset, database)
    features = [dataset.features(row) for row in known.rows]
    captions = _index(known, _sentences(encoder, known.texts))
    shown = motion_index(captions, embedder.motions(features))
    text_of, motion_of = np.nonzero(asked.right)  # the queries: each caption of each motion
    frames = [asked.segments[motion].frames for motion in motion_of]
    own = [asked.segments[motion].recording for motion in motion_of]
    scores = scores_of_methods(
        semantic_scores(captions, sentences)[text_of],
        semantic_scores(shown, texts)[text_of],
        length_factors(captions, frames, References().length_decay),
    )
    chosen = {name: picked(values, captions.recordings, own, k) for name, values in scores.items()}
    motions = judge.motions(features)
    to_text, to_motion = _distances(judged[0], motions)[text_of], _distances(judged[1], motions)[motion_of]
    # What no method is: the real motion itself, and all motions of the database alike.
    real = np.linalg.norm(judged[0][text_of] - judged[1][motion_of], axis=1)
    everything = np.broadcast_to(np.arange(len(features)), (len(text_of), len(features)))
    columns = np.full((len(text_of), 1), len(features))
    chosen |= {"any motion": everything, "own motion": columns}
    to_text = np.column_stack((to_text, real))
    to_motion = np.column_stack((to_motion, np.zeros(len(to_motion))))
    return fits(chosen, to_text, to_motion, own)


def _index(known: SplitTexts, sentences: NDArray[np.floating]) -> Index:
    motion_of, text_of = np.nonzero(known.right.T)
    return Index(
        ids=tuple(segment.id for segment in known.segments),
        recordings=tuple(segment.recording for segment in known.segments),
        frames=np.array([segment.frames for segment in known.segments], np.int64),
        texts=known.texts,
        features=sentences.astype(np.float32),
        caption_texts=text_of,
        starts=np.searchsorted(motion_of, np.arange(len(known.segments) + 1)),
    )


def _sentences(encoder: TextEncoder, texts: tuple[str, ...]) -> NDArray[np.float64]:
    parts = [encoder.encode(texts[begin : begin + _BATCH]).sentence for begin in range(0, len(texts), _BATCH)]
    return equation4.unit(np.concatenate(parts))


def _distances(rows: NDArray[np.floating], columns: NDArray[np.floating]) -> NDArray[np.floating]:
    from scipy.spatial.distance import cdist

    return cdist(rows, columns)
