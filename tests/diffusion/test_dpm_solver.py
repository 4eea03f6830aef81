"""DPM-Solver++(2M) against the closed form: for Gaussian data the sampler's ODE can be solved by hand."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from reprise.diffusion.ddim import ddim_sample
from reprise.diffusion.dpm_solver import dpm_sample, even_timesteps, log_snrs
from reprise.diffusion.schedule import linear_schedule

SCHEDULE = linear_schedule()
VARIANCE = 0.3


def posterior_mean(x, t):
    """E[x0 | x_t] where x0 ~ N(0, VARIANCE)."""
    alpha = SCHEDULE.alphas_cumprod[t]
    return x * alpha**0.5 * VARIANCE / (alpha * VARIANCE + 1 - alpha)


def solution(x, first, last):
    """x at step `last` of the probability flow that is at x in step `first`: it keeps the quantile."""
    a, b = SCHEDULE.alphas_cumprod[[first, last]]
    return x * ((b * VARIANCE + 1 - b) / (a * VARIANCE + 1 - a)) ** 0.5


def errors(sample, counts):
    x = torch.linspace(-2, 2, 9, dtype=torch.float64)
    for count in counts:
        steps = even_timesteps(SCHEDULE, count)
        expected = posterior_mean(solution(x, steps[0], steps[-1]), steps[-1])
        yield float((sample(posterior_mean, x, SCHEDULE, steps) - expected).abs().max())


def test_it_converges_with_second_order_where_ddim_has_first():
    second, first = ([*errors(sample, (20, 40, 80))] for sample in (dpm_sample, ddim_sample))
    for coarse, fine in pairwise(second):
        assert 3.4 < coarse / fine < 4.6
    for coarse, fine in pairwise(first):
        assert 1.7 < coarse / fine < 2.3
    assert second[0] < first[2]  # 20 steps are better than 80 of DDIM


def test_a_constant_prediction_is_reached_exactly():
    target = torch.randn(4, 10, dtype=torch.float64)
    sampled = dpm_sample(lambda x, t: target, torch.randn(4, 10).double(), SCHEDULE, even_timesteps(SCHEDULE, 10))
    torch.testing.assert_close(sampled, target)


@pytest.mark.parametrize("count", [1, 2, 10, 15, 20, 50, 999, 1000])
def test_the_steps_fall_from_the_noisiest_each_once(count):
    steps = even_timesteps(SCHEDULE, count)
    assert len(steps) == count
    assert steps[0] == 999
    assert steps[-1] == (0 if count > 1 else 999)
    assert all(before > after for before, after in pairwise(steps))
    if 2 < count < 12:
        gaps = -np.diff(log_snrs(SCHEDULE)[steps][::-1])
        assert gaps.max() < 1.5 * gaps.min()


def test_each_step_is_announced_and_may_stop_it():
    seen = []

    def on_step(step):
        seen.append(step)
        if step == 3:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        dpm_sample(posterior_mean, torch.zeros(1), SCHEDULE, even_timesteps(SCHEDULE, 10), on_step)
    assert seen == [0, 1, 2, 3]
    seen.clear()
    dpm_sample(posterior_mean, torch.zeros(1), SCHEDULE, even_timesteps(SCHEDULE, 3), on_step=seen.append)
    assert seen == [0, 1, 2]
