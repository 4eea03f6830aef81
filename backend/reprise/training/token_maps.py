"""Token maps of a training set, made once by a trained RVQ and kept beside the data set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from reprise.data.padding import pad
from reprise.diffusion.ddim import seeded_generator
from reprise.models.rvq_checkpoint import RVQCheckpoint
from reprise.models.token_checkpoint import content_of_codes

from .batches import cropped
from .cache import fingerprint, kept
from .examples import Examples

_CODES, _LENGTHS = "codes.npy", "lengths.npy"
_BATCH = 16


@dataclass(frozen=True)
class TokenMaps:
    """Maps of N motions in V versions: `codes` (cells, J, Q) of all, one after the other, `starts` (N V + 1,).

    Version 0 is the whole motion, the others are stretches of it, or windows shifted within one activity.
    """

    codes: NDArray[np.int16]
    starts: NDArray[np.int64]
    versions: int

    def of(self, motion: int, version: int = 0) -> NDArray[np.int64]:
        """(T', J, Q) codes."""
        row = motion * self.versions + version
        return self.codes[self.starts[row] : self.starts[row + 1]].astype(np.int64)


def token_maps(
    examples: Examples,
    rvq: RVQCheckpoint,
    *,
    versions: int,
    crop: float,
    seed: int,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> TokenMaps:
    """The codes that `rvq` gives all motions of the examples; versions but the first are drawn from `seed`.

    A version is cropped with the probability `crop`. The RVQ's mean and deviation replace the data set's.
    """
    dataset, count = examples.motions.dataset, len(examples.motions)
    frames = rvq.network.config.frames
    mean, std = rvq.mean.cpu().numpy(), rvq.std.cpu().numpy()

    def features(motion: int, version: int) -> NDArray[np.float32]:
        random = seeded_generator(seed, stream=motion * versions + version)
        found = cropped(examples.motions.drawn(motion, random), crop, random) if version else examples.motions[motion]
        return ((found * dataset.std + dataset.mean - mean) / std)[:frames].astype(np.float32)

    def make(folder: Path) -> None:
        maps: dict[int, NDArray[np.int16]] = {}
        order = np.argsort(examples.lengths, kind="stable")
        rows = [(int(motion), version) for motion in order for version in range(versions)]
        for begin in range(0, len(rows), _BATCH):
            on_progress(begin, len(rows))
            some = rows[begin : begin + _BATCH]
            motion, mask = pad([features(*row) for row in some], frames)
            with torch.inference_mode():
                given = (torch.from_numpy(part).to(rvq.mean.device) for part in (motion, mask))
                codes = rvq.network.encode(*given).cpu().numpy().astype(np.int16)  # (B, T', J, Q)
            for (number, version), code in zip(some, codes, strict=True):
                maps[number * versions + version] = code[code[:, 0, 0] >= 0]
        ordered = [maps[row] for row in range(count * versions)]
        np.save(folder / _LENGTHS, np.array([len(each) for each in ordered], np.int64))
        np.save(folder / _CODES, np.concatenate(ordered))

    clips = (f"{segment.id} {segment.frames}" for segment in dataset.segments)
    twins = int(examples.motions.mirrored.sum())
    name = fingerprint((content_of_codes(rvq.network), str((versions, crop, seed, count, twins)), *clips))
    folder = kept(dataset.folder, f"tokens-{name}", make)
    starts = np.concatenate(([0], np.cumsum(np.load(folder / _LENGTHS))))
    return TokenMaps(np.load(folder / _CODES), starts, versions)
