"""The windows of step i, drawn at random from whole recordings: a function of the seed and the step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from reprise.data.dataset import MotionDataset
from reprise.data.padding import pad
from reprise.diffusion.ddim import seeded_generator

from .config import RVQTraining


@dataclass(frozen=True)
class Windows:
    """N segments of a data set, each with its twin where `mirror` says so; `chances` (N,) are by their frames."""

    dataset: MotionDataset
    rows: NDArray[np.intp]
    chances: NDArray[np.float64]
    mirror: bool


@dataclass(frozen=True)
class WindowBatch:
    """B windows (B, T, F), normalised, with mask (B, T).

    `layers` (B,): how many quantisers a window uses; `candidates` (Q, K) in [0, 1): which of the batch's cells would
    take the place of a dead code.
    """

    features: Tensor
    mask: Tensor
    layers: Tensor
    candidates: Tensor

    def to(self, device: torch.device) -> WindowBatch:
        """The batch on another device."""
        return WindowBatch(**{name: value.to(device) for name, value in vars(self).items()})


def windows_of_split(dataset: MotionDataset, split: str, mirror: bool) -> Windows:
    """What `make_windows` draws from: every frame of the split is as likely as any other."""
    rows = np.array([row for row, segment in enumerate(dataset.segments) if segment.split == split], dtype=np.intp)
    frames = np.array([dataset.segments[row].frames for row in rows], dtype=np.float64)
    return Windows(dataset, rows, frames / frames.sum(), mirror)


def make_windows(windows: Windows, settings: RVQTraining, step: int) -> WindowBatch:
    """The batch of a step, drawn from (settings.seed, step) alone; clips shorter than a window are taken whole."""
    random = seeded_generator(settings.seed, stream=step)
    dataset, network = windows.dataset, settings.network
    motions = []
    for row in random.choice(windows.rows, settings.batch, p=windows.chances):
        motion = dataset.features(int(row), windows.mirror and random.random() < 0.5)
        start = int(random.integers(max(0, len(motion) - settings.window) + 1))
        motions.append((motion[start : start + settings.window] - dataset.mean) / dataset.std)
    features, mask = pad(motions, settings.window)
    fewer = random.random(settings.batch) < settings.quantiser_dropout
    layers = np.where(fewer, random.integers(1, network.quantisers + 1, settings.batch), network.quantisers)
    return WindowBatch(
        features=torch.from_numpy(features),
        mask=torch.from_numpy(mask),
        layers=torch.from_numpy(layers),
        candidates=torch.from_numpy(random.random((network.quantisers, network.codes))),
    )
