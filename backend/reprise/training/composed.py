"""Composed pairs of a training set, on disk with their features."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reprise.data.compose import compose, find_pairs, recordings_of
from reprise.data.dataset import MotionDataset
from reprise.data.shards import Shards, ShardWriter
from reprise.features.humanml3d import FEATURES, encode_normalized

from .cache import fingerprint, kept

_FEATURES, _PAIRS = "features", "pairs.json"
_MADE_BY = "1"  # changes whenever `reprise.data.compose` makes other pairs of the same clips


@dataclass(frozen=True)
class ComposedPairs:
    """N pairs: `frames`, `captions` and `recordings` of each; `features(i)` reads its (frames, 263) raw features."""

    frames: tuple[int, ...]
    captions: tuple[str, ...]
    recordings: tuple[frozenset[str], ...]
    starts: tuple[int, ...]
    encoded: Shards

    def __len__(self) -> int:
        return len(self.frames)

    def features(self, index: int) -> NDArray[np.float32]:
        """A view, to be read only."""
        return self.encoded.read(self.starts[index], self.frames[index])


def composed_pairs(
    dataset: MotionDataset, rows: Sequence[int], count: int, seed: int, on_progress: Callable[[int], None]
) -> ComposedPairs:
    """Up to `count` pairs of the segments `rows`, drawn from `seed`; made once for all runs on the data set."""

    def make(folder: Path) -> None:
        pairs = []
        with ShardWriter(folder, _FEATURES, np.float32, (FEATURES,)) as writer:
            for pair in find_pairs(dataset, rows, count, seed, on_progress):
                features = encode_normalized(compose(dataset, pair))
                recordings = sorted(recordings_of(dataset, pair))
                pairs.append([writer.append(features), len(features), pair.caption, recordings])
        (folder / _PAIRS).write_text(json.dumps(pairs, ensure_ascii=False), encoding="utf-8")

    clips = fingerprint(dataset.segments[row].id for row in rows)
    folder = kept(dataset.folder, f"composed-{_MADE_BY}-{count}-{seed}-{clips}", make)
    pairs = json.loads((folder / _PAIRS).read_text(encoding="utf-8"))
    starts, frames, captions, recordings = zip(*pairs, strict=True) if pairs else ((), (), (), ())
    return ComposedPairs(frames, captions, tuple(map(frozenset, recordings)), starts, Shards.open(folder, _FEATURES))
