"""What products of less precision cost in quality and save in time, beside float32 on the same prompts and noise.

python -m reprise.evaluation.precision --data DATA --library LIBRARY [--clips N] [--threads N] [--seed N]

Captions of the test split, each made alone, as a user asks for one take; the precisions take turns, so that whatever
else the machine does meets them alike. `body` is measured relative to the pelvis over the ground, `world` where the
figure is. `batch` is how far a take is at most from the same take made in a batch of others.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from reprise import assets
from reprise.data import dataset as datasets
from reprise.data.dataset import MotionDataset
from reprise.diffusion.ddim import seeded_generator
from reprise.features.fusion import decode_generated
from reprise.models.inference import PRECISIONS
from reprise_core.errors import RepriseError

from . import leaks, metrics
from .embedding import ContrastiveEvaluator, Evaluator
from .protocol import Protocol, ask, prepare
from .solvers import apart, in_place
from .systems import SYSTEMS, Asked, Features, Files, Maker, load

_BATCH = 8


@dataclass(frozen=True)
class PrecisionFigures:
    """Over `n` clips: processor seconds for one, millimetres from float32 (means) and from the take in a batch (most),
    and what the evaluator says of the motions.
    """

    precision: str
    n: int
    seconds: float
    body: float
    world: float
    batch: float
    r_precision_3: float
    fid: float
    mm_dist: float


def compare(
    makers: Mapping[str, Maker],
    asked: Sequence[Asked],
    dataset: MotionDataset,
    evaluator: Evaluator,
    real: metrics.Array,
) -> list[PrecisionFigures]:
    """The precisions of `makers`, the exact one first; `real` (n, D) are the embeddings of recorded motion."""
    seconds: dict[str, list[float]] = {name: [] for name in makers}
    made: dict[str, list[Features]] = {name: [] for name in makers}
    for make in makers.values():
        make(asked[:1], _quiet)  # the first call sets things up
    for one in asked:
        for name, make in makers.items():
            started = time.process_time()
            made[name] += make([one], _quiet).motions
            seconds[name].append(time.process_time() - started)
    exact = _joints(next(iter(made.values())), dataset)
    texts = evaluator.texts([one.caption for one in asked])
    figures = []
    for name, make in makers.items():
        joints, embedded = _joints(made[name], dataset), evaluator.motions(made[name])
        together = _joints(
            [row for i in range(0, len(asked), _BATCH) for row in make(asked[i : i + _BATCH], _quiet).motions], dataset
        )
        pairs = list(zip(joints, exact, strict=True))
        figures.append(
            PrecisionFigures(
                name,
                len(asked),
                float(np.mean(seconds[name])),
                float(np.mean([apart(in_place(own), in_place(other)) for own, other in pairs])),
                float(np.mean([apart(own, other) for own, other in pairs])),
                1000.0 * max(float(_distances(*pair).max()) for pair in zip(joints, together, strict=True)),
                float(metrics.r_precision(texts, embedded, seeded_generator(0))[2]),
                metrics.frechet_distance(real, embedded),
                float(metrics.matching_distances(texts, embedded).mean()),
            )
        )
    return figures


def markdown(figures: Sequence[PrecisionFigures]) -> str:
    """The figures as a table."""
    lines = [
        "| | times faster | body, mm | world, mm | alone or in a batch, mm | R@3 | FID | MM Dist |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in figures:
        faster = f"{figures[0].seconds / row.seconds:.2f} ({row.seconds:.3f} s)"
        moved = f"{row.body:.1f} | {row.world:.1f} | {row.batch:.3f}"
        lines.append(
            f"| {row.precision} | {faster} | {moved} | {row.r_precision_3:.3f} | {row.fid:.3f} | {row.mm_dist:.3f} |"
        )
    return "\n".join(lines)


def _joints(motions: Sequence[Features], dataset: MotionDataset) -> list[NDArray[np.float32]]:
    return [decode_generated(motion, dataset.std) for motion in motions]


def _distances(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.linalg.norm(one - other, axis=-1)


def _quiet(done: int, total: int) -> None:
    """Nobody watches."""


def main() -> int:
    """Prints a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--library", type=Path, required=True)
    parser.add_argument("--checkpoint", type=Path, default=assets.CHECKPOINT)
    parser.add_argument("--contrastive", type=Path, default=assets.CONTRASTIVE)
    parser.add_argument("--clips", type=int)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    try:
        dataset, evaluator = datasets.load(given.data), ContrastiveEvaluator.load(given.contrastive)
        leaks.check(dataset, "test", given.library)
        ground = prepare(dataset, evaluator, Protocol(seed=given.seed, limit=given.clips), lambda *_: None)
        files = Files({"remodiffuse": given.checkpoint}, given.library, "cpu")
        makers = {name: load(SYSTEMS["full"].varied(precision=name), files) for name in PRECISIONS}
        print(markdown(compare(makers, ask(ground, 0), dataset, evaluator, ground.real)))  # noqa: T201
    except RepriseError as error:
        print(f"precision: {error}", file=sys.stderr)  # noqa: T201
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
