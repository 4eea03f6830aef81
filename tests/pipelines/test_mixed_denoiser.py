"""The sampler that computes only what it must, against the plain one: four branches of the trained network, summed."""

import numpy as np
import pytest
import torch

from reprise.diffusion.ddim import ddim_sample
from reprise.diffusion.mixture import BRANCHES, Mixture, mixture_weights
from reprise.diffusion.schedule import linear_schedule, spaced_timesteps
from reprise.models.inference import InferenceTransformer
from reprise.models.semantics_modulated_transformer import (
    SemanticsModulatedTransformer,
    TransformerConfig,
    joined,
)
from reprise.pipelines.mixed_denoiser import mixed_denoiser

SIZES = TransformerConfig(
    latent=64, heads=4, layers=3, feed_forward=96, time_embedding=48, text_dimension=24, text_latent=32,
    text_heads=2, text_feed_forward=32,
)  # fmt: skip
FRAMES, WORDS = 40, 9


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    network = SemanticsModulatedTransformer(SIZES).eval()
    for weight in network.parameters():  # zero-initialised outputs and norms that do nothing would hide mistakes
        weight.data += 0.05 * torch.randn_like(weight)
    return network


def conditions(network, rows, seed=0):
    """Of `rows` different prompts with two references each."""
    random = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        references = network.encode_references(
            torch.randn(rows, 2, 24, 263, generator=random),
            torch.ones(rows, 2, 24, dtype=torch.bool),
            torch.randn(rows, 2, WORDS, 24, generator=random),
            torch.ones(rows, 2, WORDS, dtype=torch.bool),
        )
        words = torch.arange(WORDS) < torch.tensor([[WORDS], [4], [7]])[:rows]
        return network.encode_condition(torch.randn(rows, WORDS, 24, generator=random), words, references)


def plain(network, condition, timesteps, weights, mask):
    """All four branches of all rows at every step, and their weighted sum."""
    weights_of = dict(zip(timesteps, weights, strict=True))

    def denoise(x, t):
        whole = torch.zeros_like(x)
        for branch, (text, references) in enumerate(BRANCHES):
            use_text, use_references = (torch.full((len(x),), use) for use in (text, references))
            predicted = network(x, torch.full((len(x),), t), mask, condition, use_text, use_references)
            whole += predicted * torch.from_numpy(weights_of[t][:, branch, None, None]).float()
        return whole

    return denoise


@pytest.mark.parametrize("late", [(0.52351, -0.28419, 2.39872), (1.0, 0.0, 0.0)])
@pytest.mark.parametrize("rows", [1, 3])
def test_it_is_the_plain_sampler_to_1e4(network, late, rows):
    """The published coefficients of the mixture, different prompts and lengths in a batch, a whole sampling."""
    condition, timesteps = conditions(network, rows), spaced_timesteps(12)
    weights = mixture_weights(Mixture(late=late), timesteps, range(rows))
    assert {np.count_nonzero(row) for step in weights for row in step} == ({2, 4} if late[1] else {1, 2})
    mask = torch.arange(FRAMES) < torch.tensor([[FRAMES], [23], [31]])[:rows]
    noise = torch.randn(rows, FRAMES, 263, generator=torch.Generator().manual_seed(1)) * mask[..., None]
    with torch.no_grad():
        denoisers = (
            mixed_denoiser(InferenceTransformer(network), condition, timesteps, weights, mask),
            plain(network, condition, timesteps, weights, mask),
        )
        ours, theirs = (
            ddim_sample(denoise, noise, linear_schedule(), timesteps) * mask[..., None] for denoise in denoisers
        )
    assert theirs.std() > 0.3  # of the order of normalised features
    torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-4)


def test_without_a_mask_all_frames_count(network):
    condition, timesteps = conditions(network, 1), [500]
    weights = mixture_weights(Mixture(), timesteps, [4])
    x, everything = torch.randn(1, FRAMES, 263), torch.ones(1, FRAMES, dtype=torch.bool)
    inference = InferenceTransformer(network)
    one, other = (mixed_denoiser(inference, condition, timesteps, weights, mask)(x, 500) for mask in (None, everything))
    torch.testing.assert_close(one, other)


def test_rows_with_the_same_condition_may_share_it(network):
    condition, timesteps = conditions(network, 1), [500, 40]
    weights = mixture_weights(Mixture(), timesteps, [4, 5, 6])
    x, inference = torch.randn(3, FRAMES, 263), InferenceTransformer(network)
    for t in timesteps:
        shared, repeated = (
            mixed_denoiser(inference, given, timesteps, weights)(x, t) for given in (condition, joined([condition] * 3))
        )
        torch.testing.assert_close(shared, repeated)


def test_branches_without_weight_are_not_computed(network, monkeypatch):
    computed = []
    inference = InferenceTransformer(network)
    monkeypatch.setattr(
        InferenceTransformer,
        "__call__",
        lambda self, x, norms, sums, rows, picked, mask: (
            computed.append(len(rows)) or torch.zeros(len(rows), *x.shape[1:])
        ),
    )
    timesteps = spaced_timesteps(50)
    weights = mixture_weights(Mixture(), timesteps, [0])
    denoise = mixed_denoiser(inference, conditions(network, 1), timesteps, weights)
    for t in timesteps:
        denoise(torch.zeros(1, FRAMES, 263), t)
    assert (sum(computed[:42]), sum(computed[42:])) == (84, 32)  # of 200
