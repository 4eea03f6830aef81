"""Where references help the network: the error of its x0 on held-out motions with and without them.

python -m reprise.evaluation.reference_value --data DATA --library LIBRARY [--split test] [--seed N]

Each caption of the split retrieves as a user's prompt would, but never its own recording. The network is given its
motion with noise at several t and asked for x0, with the text alone, with the references as well, and with references
that another caption found. Rows are bins of the cosine between the caption and that of its best reference. Errors are
mean squares of normalised features over the frames of the clip, so 1 is what the mean of all motion would get; the
interval of the change is that of a bootstrap over clips, 95 %.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from reprise import assets, pipelines
from reprise.data import dataset as datasets
from reprise.data.dataset import MotionDataset
from reprise.data.padding import pad
from reprise.diffusion.ddim import seeded_noise
from reprise.diffusion.schedule import Schedule, linear_schedule
from reprise.models.checkpoint import Checkpoint, load_checkpoint
from reprise.models.linear_attention import AttentionSums
from reprise.models.semantics_modulated_transformer import Condition
from reprise.pipelines.remodiffuse import ReMoDiffuse
from reprise_core.errors import RepriseError

from . import leaks
from .systems import SYSTEMS, Asked, clips_by_recording, request_of

Array = NDArray[np.float64]
TIMESTEPS = (200, 500, 800)
EDGES = (-1.0, 0.6, 0.7, 0.8, 0.9, 0.999, 1.001)  # of the cosine; the last bin: the same words
_BATCH, _DRAWS = 16, 2000


@dataclass(frozen=True)
class Errors:
    """Of each caption: which `clip` it is of, the `cosine` of its best reference, and three errors of x0."""

    clip: NDArray[np.intp]
    cosine: Array
    without: Array
    own: Array
    others: Array


@dataclass(frozen=True)
class Row:
    """Means over the captions from `low` to below `high`; `change` of the error by their references, and its interval,
    as shares.
    """

    low: float
    high: float
    captions: int
    clips: int
    without: float
    own: float
    others: float
    change: float
    interval: tuple[float, float]


def measure(engine: ReMoDiffuse, checkpoint: Checkpoint, dataset: MotionDataset, split: str, seed: int) -> Errors:
    """The errors of every caption of the split, averaged over `TIMESTEPS`, one noise a caption and step."""
    rows = [row for row, segment in enumerate(dataset.segments) if segment.split == split]
    rows.sort(key=lambda row: dataset.segments[row].frames)  # little is padding
    asked = [(row, caption) for row in rows for caption in dict.fromkeys(dataset.segments[row].captions)]
    own = clips_by_recording(Path(engine.describe()["library"]))
    parts: list[tuple[Array, ...]] = []
    for begin in range(0, len(asked), _BATCH):
        batch = asked[begin : begin + _BATCH]
        wanted = [
            Asked(caption, dataset.segments[row].frames, seed, dataset.segments[row].recording)
            for row, caption in batch
        ]
        requests = [request_of(SYSTEMS["full"], one, own) for one in wanted]
        condition, references = engine.conditions(requests)
        motions = [(dataset.features(row) - _numbers(checkpoint.mean)) / _numbers(checkpoint.std) for row, _ in batch]
        x0, mask = map(torch.from_numpy, pad([m.astype(np.float32) for m in motions], checkpoint.network.config.frames))
        errors = _errors(checkpoint, linear_schedule(), condition, x0, mask, seed * len(asked) + begin)
        cosines = np.array([max((reference.semantic for reference in found), default=0.0) for found in references])
        parts.append((np.array([row for row, _ in batch]), cosines, *errors))
    clip, cosine, *errors = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Errors(clip.astype(np.intp), cosine, *errors)


@torch.inference_mode()
def _errors(
    checkpoint: Checkpoint, schedule: Schedule, condition: Condition, x0: Tensor, mask: Tensor, seed: int
) -> tuple[Array, Array, Array]:
    """(B,) errors without references, with its own, and with those of a caption half a batch away."""
    rows = len(x0)
    moved = [AttentionSums(*(part.roll(rows // 2, dims=0) for part in sums)) for sums in condition.references]
    rolled = Condition(condition.text, moved)
    true, false = torch.ones(rows, dtype=torch.bool), torch.zeros(rows, dtype=torch.bool)
    cases = ((condition, false), (condition, true), (rolled, true))
    totals = np.zeros((len(cases), rows))
    for place, t in enumerate(TIMESTEPS):
        noise = seeded_noise([(seed + row) * len(TIMESTEPS) + place for row in range(rows)], *x0.shape[1:])
        steps = torch.full((rows,), t)
        x_t = schedule.add_noise(x0, noise, steps)
        for case, (seen, use) in enumerate(cases):
            squares = (checkpoint.network(x_t, steps, mask, seen, true, use) - x0).square().mean(dim=-1) * mask
            totals[case] += (squares.sum(dim=1) / mask.sum(dim=1)).double().numpy() / len(TIMESTEPS)
    without, own, others = totals
    return without, own, others


def binned(errors: Errors, edges: Sequence[float] = EDGES, seed: int = 0) -> list[Row]:
    """A row for each bin that has captions, and one for all."""
    found = []
    for low, high in [*itertools.pairwise(edges), (edges[0], edges[-1])]:
        inside = np.flatnonzero((errors.cosine >= low) & (errors.cosine < high))
        if not len(inside):
            continue
        clips = [inside[errors.clip[inside] == clip] for clip in np.unique(errors.clip[inside])]
        random = np.random.default_rng(seed)
        draws = [
            np.concatenate([clips[i] for i in random.integers(len(clips), size=len(clips))]) for _ in range(_DRAWS)
        ]
        low_change, high_change = np.percentile([_change(errors, draw) for draw in draws], (2.5, 97.5))
        without, own, others = (float(each[inside].mean()) for each in (errors.without, errors.own, errors.others))
        interval = (float(low_change), float(high_change))
        sizes, change = (len(inside), len(clips)), _change(errors, inside)
        found.append(Row(low, high, *sizes, without, own, others, change, interval))
    return found


def markdown(rows: Sequence[Row]) -> str:
    """The rows as a table."""
    lines = [
        "| cosine with the best reference | captions (clips) | error without | with | with another's | change |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        name = "all" if row is rows[-1] else _named(row)
        change = f"{100 * row.change:+.1f} % ({100 * row.interval[0]:+.1f} to {100 * row.interval[1]:+.1f})"
        figures = f"{row.without:.3f} | {row.own:.3f} | {row.others:.3f} | {change}"
        lines.append(f"| {name} | {row.captions} ({row.clips}) | {figures} |")
    return "\n".join(lines)


def _named(row: Row) -> str:
    if row.low == EDGES[0]:
        return f"below {row.high:g}"
    return "the same words" if row.high == EDGES[-1] else f"{row.low:g} to {row.high:g}"


def _change(errors: Errors, rows: NDArray[np.intp]) -> float:
    return float(errors.own[rows].mean() / errors.without[rows].mean() - 1.0)


def _numbers(tensor: Tensor) -> NDArray[np.float32]:
    return tensor.cpu().numpy()


def main() -> int:
    """Prints a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--library", type=Path, required=True)
    parser.add_argument("--checkpoint", type=Path, default=assets.CHECKPOINT)
    parser.add_argument("--split", default="test")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    try:
        dataset, checkpoint = datasets.load(given.data), load_checkpoint(given.checkpoint)
        leaks.check(dataset, given.split, given.library)
        engine = pipelines.load(checkpoint=given.checkpoint, library=given.library, device="cpu")
        if not isinstance(engine, ReMoDiffuse):
            raise RepriseError("bad_engine", "Only remodiffuse is measured here.")
        print(markdown(binned(measure(engine, checkpoint, dataset, given.split, given.seed))))  # noqa: T201
    except RepriseError as error:
        print(f"reference_value: {error}", file=sys.stderr)  # noqa: T201
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
