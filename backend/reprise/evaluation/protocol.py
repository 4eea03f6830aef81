"""The field's protocol (Guo et al., CVPR 2022, section 5.1; ReMoDiffuse, section 4) on a built data set's split.

A repeat draws one caption a clip and asks a system for a motion of the clip's length; repeat r follows from the seed
and r alone, is the same for every system, and so can be measured on another day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from reprise import text
from reprise.data.dataset import MotionDataset
from reprise.diffusion.ddim import seeded_generator
from reprise.features.fusion import decode_generated
from reprise_core.cleanup import to_motion
from reprise_core.contract import MAX_REFERENCES, MAX_SEED, MODEL_FPS
from reprise_core.errors import RepriseError

from . import metrics, physics, physics_report
from .copying import TrainingClips, training_clips
from .embedding import Evaluator
from .systems import Asked, Features, Maker, System

FIFTHS = tuple(f"mm_dist_fifth_{place}" for place in range(1, 6))
DELIVERED = "delivered_"
_TEXTS = 128  # that are encoded at a time
_ASKED, _MEASURED, _FLOOR, _SEVERAL = range(10, 14)  # streams of random numbers

OnStage = Callable[[str, int, int], None]
Figures = dict[str, float]


@dataclass(frozen=True)
class Protocol:
    """`limit` clips of the split (None: all); `texts` times `generations` motions for MultiModality (0: without).

    With `unseen`, only clips of recordings that training has no part of, asked for by captions that it does not have.
    """

    split: str = "test"
    unseen: bool = False
    seed: int = 0
    limit: int | None = None
    texts: int = 100
    generations: int = 30


@dataclass(frozen=True)
class Ground:
    """All that is the same for every system: the split's recorded motion and where the training clips lie."""

    protocol: Protocol
    dataset: MotionDataset
    rows: tuple[int, ...]  # segments of the split
    captions: tuple[tuple[str, ...], ...]  # of each of them
    evaluator: Evaluator
    real: metrics.Array  # (n, D) embeddings of the split's motions
    training_rows: tuple[int, ...]
    training: metrics.Array  # (N, D) embeddings of the training split's motions
    rare: Mapping[str, float]  # rareness of each caption of the split
    copying: TrainingClips

    @property
    def n(self) -> int:
        """How many motions a FID is of."""
        return len(self.rows)


def prepare(dataset: MotionDataset, evaluator: Evaluator, protocol: Protocol, on_stage: OnStage) -> Ground:
    """Embeds recorded motion and captions. Raises `RepriseError` for a split that is missing or too small."""
    rows, training_rows = _rows(dataset, protocol.split), _rows(dataset, "train")
    captions = _captions(dataset, rows)
    if protocol.unseen:
        captions = _unseen(dataset, captions, training_rows)
    rows = tuple(captions)
    if protocol.limit is not None:
        picked = seeded_generator(protocol.seed).permutation(len(rows))[: protocol.limit]
        rows = tuple(rows[place] for place in sorted(picked.tolist()))
    if len(rows) < metrics.POOL:
        raise RepriseError(
            "too_few",
            f"There are {len(rows)} clips to evaluate, and R-precision needs pools of {metrics.POOL}.",
            "Use a larger split, or a higher --limit.",
        )
    on_stage("embedding", 0, 3)
    real = evaluator.motions([dataset.features(row) for row in rows])
    on_stage("embedding", 1, 3)
    training = evaluator.motions([dataset.features(row) for row in training_rows])
    on_stage("embedding", 2, 3)
    twins = [dataset.features(row, mirrored) for row in training_rows for mirrored in (False, True)]
    said = tuple(captions[row] for row in rows)
    rare = _rareness(said, _captions(dataset, training_rows).values())
    near = training_clips(twins)
    return Ground(protocol, dataset, rows, said, evaluator, real, training_rows, training, rare, near)


def repeat(ground: Ground, system: System, make: Maker | None, number: int, on_stage: OnStage) -> Figures:
    """The figures of one repeat; recorded motion needs no maker, and has no FID: it is what others are compared with.

    Embedding distances are the evaluator's; see `metrics`, `physics` and `copying` for each figure. `delivered_...` are
    the physics of the cleaned-up motion that a user gets, the others those of what the network made.
    """
    asked = ask(ground, number)
    captions = [one.caption for one in asked]
    figures: Figures = {}
    if make is None:
        motions, embedded = [ground.dataset.features(row) for row in ground.rows], ground.real
    else:
        made = make(asked, lambda done, total: on_stage("generating", done, total))
        motions = list(made.motions)
        embedded = ground.evaluator.motions(motions)
        figures |= {"fid": metrics.frechet_distance(ground.real, embedded), "seconds_per_clip": made.seconds_per_clip}
    random = seeded_generator(ground.protocol.seed + number, _MEASURED)
    texts = ground.evaluator.texts(captions)
    distances = metrics.matching_distances(texts, embedded)
    rare = np.array([ground.rare[caption] for caption in captions])
    places = metrics.r_precision(texts, embedded, random)
    figures |= {f"r_precision_{place}": float(share) for place, share in enumerate(places, start=1)}
    figures |= {
        "mm_dist": float(distances.mean()),
        "diversity": metrics.diversity(embedded, random),
        "tail_mm": metrics.tail_matching(distances, rare),
        "balanced_mm": metrics.balanced_matching(distances, rare),
        "nearest_training_mm": float(ground.copying.nearest(motions).mean()),
    }
    fifths = np.array_split(distances[np.argsort(rare, kind="stable")], len(FIFTHS))
    figures |= {name: float(part.mean()) for name, part in zip(FIFTHS, fifths, strict=True)}
    figures |= _physics(motions, ground.dataset.std, generated=system.source == "engine")
    if make is not None and ground.protocol.texts > 0:
        figures["multimodality"] = _multimodality(ground, system, make, number, on_stage)
    return figures


def ask(ground: Ground, number: int) -> list[Asked]:
    """What repeat `number` asks for: a random caption of each clip, at its length."""
    random = seeded_generator(ground.protocol.seed + number, _ASKED)
    segments = [ground.dataset.segments[row] for row in ground.rows]
    return [
        Asked(str(random.choice(captions)), segment.frames, int(random.integers(MAX_SEED)), segment.recording)
        for segment, captions in zip(segments, ground.captions, strict=True)
    ]


def floor(ground: Ground, number: int) -> Figures:
    """Recorded motion against recorded motion at the same n, for repeat `number`, and how many clips a side has.

    `clips`: n random training clips against n others, as the field takes its floor: what the small sample alone does.
    `recordings`: the same, but no recording lies on both sides. `training`: the split against n random training clips.
    A system is asked for what the split shows, so that it can come below the last two.
    """
    random = seeded_generator(ground.protocol.seed + number, _FLOOR)
    recording_of = np.array([ground.dataset.segments[row].recording for row in ground.training_rows])
    first = np.isin(recording_of, (order := random.permutation(np.unique(recording_of)))[: len(order) // 2])
    count = min(ground.n, int(first.sum()), int((~first).sum()))
    if count < 2:
        raise RepriseError("too_few", "The training split has too few recordings for the floor of the FID.")
    one, other = (ground.training[random.permutation(np.flatnonzero(side))[:count]] for side in (first, ~first))
    sample = ground.training[random.permutation(len(ground.training))[: ground.n]]
    drawn = random.permutation(len(ground.training))[: 2 * min(ground.n, len(ground.training) // 2)]
    return {
        "clips": metrics.frechet_distance(*(ground.training[half] for half in np.split(drawn, 2))),
        "clips_n": float(len(drawn) // 2),
        "recordings": metrics.frechet_distance(one, other),
        "recordings_n": float(count),
        "training": metrics.frechet_distance(ground.real, sample),
        "training_n": float(len(sample)),
    }


def intervals(repeats: Sequence[Figures]) -> dict[str, metrics.Interval]:
    """Name to mean and 95% interval over the repeats that have the figure."""
    names = dict.fromkeys(name for figures in repeats for name in figures)
    return {name: metrics.interval([figures[name] for figures in repeats if name in figures]) for name in names}


def _multimodality(ground: Ground, system: System, make: Maker, number: int, on_stage: OnStage) -> float:
    random = seeded_generator(ground.protocol.seed + number, _SEVERAL)
    most = MAX_REFERENCES if system.source == "retrieval" else ground.protocol.generations
    generations = min(ground.protocol.generations, most)
    all_asked = ask(ground, number)
    picked = random.permutation(len(all_asked))[: ground.protocol.texts]
    asked = [
        replace(one, seed=int(random.integers(MAX_SEED)), take=take)
        for one in (all_asked[place] for place in picked)
        for take in range(generations)
    ]
    made = make(asked, lambda done, total: on_stage("several takes", done, total))
    embedded = ground.evaluator.motions(made.motions).reshape(len(picked), generations, -1)
    return metrics.multimodality(embedded, random)


def _physics(motions: Sequence[Features], std: NDArray[np.float32], *, generated: bool) -> Figures:
    joints = [decode_generated(motion, std) for motion in motions]
    delivered = [to_motion(positions, MODEL_FPS, {}, generated=generated) for positions in joints]
    raw = physics_report.mean([physics.measure(positions, MODEL_FPS) for positions in joints])
    clean = physics_report.mean([physics.measure(motion) for motion in delivered])
    return raw | {DELIVERED + name: value for name, value in clean.items()}


def _rows(dataset: MotionDataset, split: str) -> tuple[int, ...]:
    rows = tuple(row for row, segment in enumerate(dataset.segments) if segment.split == split)
    if not rows:
        known = ", ".join(sorted({segment.split for segment in dataset.segments}))
        raise RepriseError("bad_split", f"The data set {dataset.folder} has no split '{split}'.", f"It has: {known}.")
    return rows


def _captions(dataset: MotionDataset, rows: Sequence[int]) -> dict[int, tuple[str, ...]]:
    return {row: dataset.segments[row].captions for row in rows}


def _unseen(
    dataset: MotionDataset, captions: Mapping[int, tuple[str, ...]], training_rows: Sequence[int]
) -> dict[int, tuple[str, ...]]:
    """The clips, with the captions, that training knows neither the recording nor the words of."""
    recordings = {dataset.segments[row].recording for row in training_rows}
    words = {caption for row in training_rows for caption in dataset.segments[row].captions}
    left = {
        row: tuple(caption for caption in said if caption not in words)
        for row, said in captions.items()
        if dataset.segments[row].recording not in recordings
    }
    return {row: said for row, said in left.items() if said}


def _rareness(captions: Iterable[Sequence[str]], training: Iterable[Sequence[str]]) -> dict[str, float]:
    """Rareness of each caption by the default text encoder's sentence features, whichever encoder a system uses."""
    encoder = text.load()

    def sentences(texts: Sequence[str]) -> NDArray[np.float64]:
        parts = [encoder.encode(texts[begin : begin + _TEXTS]).sentence for begin in range(0, len(texts), _TEXTS)]
        return np.concatenate(parts).astype(np.float64)

    asked, known = (list(dict.fromkeys(text for said in given for text in said)) for given in (captions, training))
    return dict(zip(asked, metrics.rareness(sentences(asked), sentences(known)).tolist(), strict=True))
