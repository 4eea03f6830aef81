"""Motions made from those of a data set, on disk with their features: pairs, and gaits that go on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reprise.data.compose import compose, find_pairs, recordings_of
from reprise.data.dataset import MotionDataset
from reprise.data.gaits import gaits
from reprise.data.shards import Shards, ShardWriter
from reprise.features.humanml3d import FEATURES, encode_normalized

from .cache import fingerprint, kept

_FEATURES, _MOTIONS = "features", "motions.json"
_MADE_BY = "3"  # changes whenever `reprise.data` makes other motions of the same clips

_Made = tuple[NDArray[np.floating], Sequence[str], frozenset[str]]  # joints (T + 1, 22, 3), captions, recordings


@dataclass(frozen=True)
class MadeMotions:
    """N motions: `frames`, `captions` and `recordings` of each; `features(i)` reads its (frames, 263) raw features."""

    frames: tuple[int, ...]
    captions: tuple[tuple[str, ...], ...]
    recordings: tuple[frozenset[str], ...]
    starts: tuple[int, ...]
    encoded: Shards

    def __len__(self) -> int:
        return len(self.frames)

    def features(self, index: int) -> NDArray[np.float32]:
        """A view, to be read only."""
        return self.encoded.read(self.starts[index], self.frames[index])


def made_motions(
    dataset: MotionDataset,
    rows: Sequence[int],
    composed: int,
    prolonged: bool,
    seed: int,
    on_progress: Callable[[int], None],
) -> MadeMotions:
    """Up to `composed` pairs of the segments `rows`, drawn from `seed`, and if `prolonged` their gaits that go on.

    Made once for all runs on the data set.
    """

    def made() -> Iterator[_Made]:
        for pair in find_pairs(dataset, rows, composed, seed, on_progress):
            yield compose(dataset, pair), (pair.caption,), recordings_of(dataset, pair)
        for gait in gaits(dataset, rows) if prolonged else ():
            yield gait.joints, gait.captions, frozenset((dataset.segments[gait.row].recording,))

    def make(folder: Path) -> None:
        motions = []
        with ShardWriter(folder, _FEATURES, np.float32, (FEATURES,)) as writer:
            for joints, captions, recordings in made():
                features = encode_normalized(joints)
                motions.append([writer.append(features), len(features), list(captions), sorted(recordings)])
        (folder / _MOTIONS).write_text(json.dumps(motions, ensure_ascii=False), encoding="utf-8")

    clips = fingerprint(dataset.segments[row].id for row in rows)
    folder = kept(dataset.folder, f"made-{_MADE_BY}-{composed}-{prolonged:d}-{seed}-{clips}", make)
    motions = json.loads((folder / _MOTIONS).read_text(encoding="utf-8"))
    starts, frames, captions, recordings = zip(*motions, strict=True) if motions else ((), (), (), ())
    return MadeMotions(
        frames, tuple(map(tuple, captions)), tuple(map(frozenset, recordings)), starts, Shards.open(folder, _FEATURES)
    )
