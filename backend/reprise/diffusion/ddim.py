"""DDIM without noise (Song et al., 2021, Eq. 12 with sigma = 0) for a model that predicts x0."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from .schedule import Schedule

Denoise = Callable[[Tensor, int], Tensor]  # x_t, t -> x0


def ddim_sample(
    denoise: Denoise,
    noise: Tensor,
    schedule: Schedule,
    timesteps: Sequence[int],
    on_step: Callable[[int], None] = lambda step: None,
) -> Tensor:
    """From `noise` at timesteps[0] down to x0; `timesteps` fall. `on_step(i)` runs before step i and may raise."""
    x = noise
    for index, t in enumerate(timesteps):
        on_step(index)
        x0 = denoise(x, t)
        alpha = float(schedule.alphas_cumprod[t])
        last = index + 1 == len(timesteps)
        previous = 1.0 if last else float(schedule.alphas_cumprod[timesteps[index + 1]])
        epsilon = (x - alpha**0.5 * x0) / (1.0 - alpha) ** 0.5
        x = previous**0.5 * x0 + (1.0 - previous) ** 0.5 * epsilon
    return x


def seeded_generator(seed: int, stream: int = 0) -> np.random.Generator:
    """A counter-based generator: the same seed gives the same numbers on every machine and device."""
    return np.random.Generator(np.random.Philox(key=np.array([seed, stream], dtype=np.uint64)))


def seeded_noise(seeds: Sequence[int], frames: int, features: int) -> Tensor:
    """(len(seeds), frames, features) standard normal noise, drawn on the CPU, row i from seeds[i] alone."""
    rows = [seeded_generator(seed).standard_normal((frames, features), dtype=np.float32) for seed in seeds]
    return torch.from_numpy(np.stack(rows))
