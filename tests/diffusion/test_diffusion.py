"""The schedule, DDIM and the mixture against their closed forms."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from reprise.diffusion.ddim import ddim_sample, seeded_noise
from reprise.diffusion.mixture import Mixture, apply_strengths, mixture_weights
from reprise.diffusion.schedule import linear_schedule, spaced_timesteps

SCHEDULE = linear_schedule()


def test_linear_schedule():
    betas = np.linspace(1e-4, 0.02, 1000)
    assert SCHEDULE.alphas_cumprod[0] == pytest.approx(1 - 1e-4)
    assert np.log(SCHEDULE.alphas_cumprod[-1]) == pytest.approx(np.log1p(-betas).sum())


def test_the_papers_fifty_steps():
    steps = spaced_timesteps(50)
    assert [sum(low <= t < low + 200 for t in steps) for low in range(0, 1000, 200)] == [15, 15, 8, 6, 6]
    assert (steps[0], steps[-1], sum(t > 100 for t in steps)) == (999, 0, 42)


@given(st.integers(1, 1000))
def test_any_count_of_steps(count):
    steps = spaced_timesteps(count)
    assert len(steps) == count
    assert steps == sorted(set(steps), reverse=True)
    assert steps[0] == 999
    assert steps[-1] >= 0


@pytest.mark.parametrize("count", [2, 10, 50])
def test_ddim_closed_form(count):
    """For Gaussian data N(m, s^2) the best x0 is known, and one deterministic step is an affine map (Eq. 12)."""
    mean, variance = 1.5, 0.36

    def posterior_mean(x, t):
        a = SCHEDULE.alphas_cumprod[t]
        return mean + variance * a**0.5 / (variance * a + 1 - a) * (x - a**0.5 * mean)

    noise = torch.randn(1000, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    steps = spaced_timesteps(count)
    expected = noise.clone()
    for t, previous in zip(steps, [*steps[1:], None], strict=True):
        a = SCHEDULE.alphas_cumprod[t]
        b = 1.0 if previous is None else SCHEDULE.alphas_cumprod[previous]
        slope = variance * a**0.5 / (variance * a + 1 - a)
        deviation = b**0.5 * slope + (1 - b) ** 0.5 * (1 - a**0.5 * slope) / (1 - a) ** 0.5
        expected = b**0.5 * mean + deviation * (expected - a**0.5 * mean)
    torch.testing.assert_close(ddim_sample(posterior_mean, noise, SCHEDULE, steps), expected)


def test_a_perfect_model_gives_its_data_back():
    target = torch.randn(4, 10)
    result = ddim_sample(lambda x, t: target, torch.randn(4, 10), SCHEDULE, spaced_timesteps(50))
    torch.testing.assert_close(result, target)


def test_on_step_can_stop_the_sampler():
    seen = []

    def on_step(step):
        seen.append(step)
        if step == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ddim_sample(lambda x, t: x, torch.zeros(1), SCHEDULE, spaced_timesteps(50), on_step)
    assert seen == [0, 1, 2, 3]


def test_noise_belongs_to_its_seed():
    alone, batch = seeded_noise([7], 30, 5), seeded_noise([5, 7], 40, 5)
    torch.testing.assert_close(batch[1, :30], alone[0])
    assert not torch.allclose(batch[0], batch[1])


def test_guidance_weights():
    mixture = Mixture(scale=6.5)
    np.testing.assert_allclose(mixture.weights(1000, True), [7.5, 0, -6.5, 0])
    np.testing.assert_allclose(mixture.weights(400, False), [0, 3.6, 0, -2.6])
    np.testing.assert_allclose(mixture.weights(100, True), [0.52351, -0.28419, 2.39872, -1.63804])


@given(st.lists(st.floats(-5, 5), min_size=4, max_size=4), st.floats(0, 2), st.floats(0, 2))
def test_strengths(weights, text, references):
    weights = np.array([weights])
    np.testing.assert_allclose(apply_strengths(weights, 1, 1), weights, atol=1e-12)
    np.testing.assert_allclose(apply_strengths(weights, text, references).sum(), weights.sum(), atol=1e-9)
    np.testing.assert_allclose(apply_strengths(weights, 0, references)[0, :2], 0, atol=1e-12)
    np.testing.assert_allclose(apply_strengths(weights, text, 0)[0, [0, 2]], 0, atol=1e-12)


def test_the_random_pair_belongs_to_the_seed():
    steps = spaced_timesteps(50)
    one, many = mixture_weights(Mixture(), steps, [9]), mixture_weights(Mixture(), steps, [3, 9])
    np.testing.assert_array_equal(many[:, 1], one[:, 0])
    assert 10 < np.count_nonzero(one[:42, 0, 0]) < 32
