"""The noise schedule (Ho et al., 2020) and the steps that a sampler visits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

TRAINING_STEPS = 1000
SECTION_SHARES = (15, 15, 8, 6, 6)  # of 50 steps, from low t to high t: denser near the clean end


@dataclass(frozen=True)
class Schedule:
    """`alphas_cumprod` (T,) float64: how much of x0's variance is left at each step, t = 0 the cleanest."""

    alphas_cumprod: NDArray[np.float64]

    def add_noise(self, x0: Tensor, noise: Tensor, t: Tensor) -> Tensor:
        """q(x_t | x_0), Eq. 1: sqrt(a_t) x0 + sqrt(1 - a_t) noise; x0 (B, ...), t (B,)."""
        alpha = torch.as_tensor(self.alphas_cumprod, device=x0.device)[t].to(x0.dtype)
        alpha = alpha.reshape(-1, *(1,) * (x0.ndim - 1))
        return alpha.sqrt() * x0 + (1 - alpha).sqrt() * noise


def linear_schedule(steps: int = TRAINING_STEPS, first: float = 1e-4, last: float = 0.02) -> Schedule:
    """Linear betas from `first` to `last`."""
    return Schedule(np.cumprod(1.0 - np.linspace(first, last, steps, dtype=np.float64)).astype(np.float64))


def spaced_timesteps(count: int, total: int = TRAINING_STEPS) -> list[int]:
    """The steps to visit, from high t to low t: `count` of `total`, spread over five equal sections as the paper does.

    Other counts than 50 keep the proportions 15:15:8:6:6; every list starts at the noisiest step.
    """
    if not 1 <= count <= total:
        raise ValueError(f"{count} sampler steps are not between 1 and {total}.")
    if count == total:
        return list(range(total - 1, -1, -1))
    exact = np.array(SECTION_SHARES) * count / sum(SECTION_SHARES)
    counts = np.floor(exact).astype(int)
    for section in np.argsort(counts - exact, kind="stable")[: count - counts.sum()]:
        counts[section] += 1
    size = total // len(SECTION_SHARES)
    overflow = np.maximum(counts - size, 0).sum()  # a full section hands its steps on to the next ones
    counts = np.minimum(counts, size)
    for section in range(len(counts)):
        take = min(overflow, size - counts[section])
        counts[section] += take
        overflow -= take
    steps: set[int] = set()
    for section, number in enumerate(counts):
        if number == 1:
            steps.add((section + 1) * size - 1)
        elif number > 1:
            steps.update(section * size + round(i * (size - 1) / (number - 1)) for i in range(number))
    if counts[-1] == 0:
        steps.remove(max(steps))
        steps.add(total - 1)
    return sorted(steps, reverse=True)
