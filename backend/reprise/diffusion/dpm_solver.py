"""DPM-Solver++(2M) for a model that predicts x0 (Lu et al., 2022, arXiv:2211.01095, Algorithm 2).

With lambda = log(sqrt(a) / sqrt(1 - a)) as time, the ODE of DDIM is linear but for x0, which is taken to change
linearly over a step: its slope comes from the step before. DDIM is the same with x0 constant.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from .ddim import Denoise
from .schedule import Schedule


def dpm_sample(
    denoise: Denoise,
    noise: Tensor,
    schedule: Schedule,
    timesteps: Sequence[int],
    on_step: Callable[[int], None] = lambda step: None,
) -> Tensor:
    """As `ddim_sample`: from `noise` at timesteps[0] down to x0; `on_step(i)` runs before step i and may raise."""
    x, log_snr = noise, log_snrs(schedule)
    alphas = schedule.alphas_cumprod
    before: tuple[Tensor, float] | None = None  # x0 of the step before, and that step's length
    for index, t in enumerate(timesteps[:-1]):
        on_step(index)
        x0, following = denoise(x, t), timesteps[index + 1]
        length = float(log_snr[following] - log_snr[t])
        middle = x0 if before is None else x0 + (x0 - before[0]) * (0.5 * length / before[1])
        scale = float(np.sqrt((1.0 - alphas[following]) / (1.0 - alphas[t])))
        x = scale * x - float(np.sqrt(alphas[following]) * np.expm1(-length)) * middle
        before = x0, length
    on_step(len(timesteps) - 1)
    return denoise(x, timesteps[-1])  # all that is left of the noise is removed at once, as in DDIM


def log_snrs(schedule: Schedule) -> NDArray[np.float64]:
    """(T,) lambda of every step, falling."""
    return 0.5 * np.log(schedule.alphas_cumprod / (1.0 - schedule.alphas_cumprod))


def even_timesteps(schedule: Schedule, count: int) -> list[int]:
    """`count` steps to visit, evenly spaced in lambda, from the noisiest to the cleanest."""
    log_snr = log_snrs(schedule)
    wanted = np.linspace(log_snr[-1], log_snr[0], count)
    steps = np.round(np.interp(-wanted, -log_snr, np.arange(len(log_snr)))).astype(int)
    # Near the clean end a step of the schedule is longer than what is wanted: every step is visited once.
    for index in range(count - 2, -1, -1):
        steps[index] = max(steps[index], steps[index + 1] + 1)
    return [int(step) for step in np.minimum(steps, len(log_snr) - 1 - np.arange(count))]
