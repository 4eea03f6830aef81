"""The sampler that computes only what it must, against the plain one: four branches of the trained network, summed."""

import shutil
from dataclasses import replace
from functools import cache, partial

import numpy as np
import pytest
import torch

from reprise.diffusion.ddim import ddim_sample
from reprise.diffusion.mixture import Mixture, mixture_weights
from reprise.diffusion.schedule import linear_schedule, spaced_timesteps
from reprise.evaluation.plain_sampler import RawCondition, plain_denoiser
from reprise.models import inference
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
    return made_up(SIZES)


def made_up(sizes):
    torch.manual_seed(0)
    network = SemanticsModulatedTransformer(sizes).eval()
    for weight in network.parameters():  # zero-initialised outputs and norms that do nothing would hide mistakes
        weight.data += 0.05 * torch.randn_like(weight)
    return network


def raw_conditions(rows, seed=0):
    """Of `rows` different prompts with two references each."""
    random = torch.Generator().manual_seed(seed)
    for row in range(rows):
        yield RawCondition(
            torch.randn(1, WORDS, 24, generator=random),
            torch.arange(WORDS)[None] < (WORDS, 4, 7)[row],
            torch.randn(1, 2, 24, 263, generator=random),
            torch.arange(24).expand(1, 2, 24) < torch.tensor([[24], [13]]),
            torch.randn(1, 2, WORDS, 24, generator=random),
            torch.ones(1, 2, WORDS, dtype=torch.bool),
        )


def encoded(network, raw):
    with torch.no_grad():
        return network.encode_condition(raw.tokens, raw.mask, network.encode_references(*raw[2:]))


def conditions(network, rows):
    return joined([encoded(network, raw) for raw in raw_conditions(rows)])


@pytest.mark.parametrize("late", [(0.52351, -0.28419, 2.39872), (1.0, 0.0, 0.0)])
@pytest.mark.parametrize("every_step", [False, True])
def test_it_is_the_plain_sampler_to_1e4(network, late, every_step):
    """The published coefficients of the mixture; different prompts and lengths in one batch; a whole sampling."""
    rows, lengths, timesteps = 3, (FRAMES, 23, 31), spaced_timesteps(12)
    weights = mixture_weights(Mixture(late=late), timesteps, range(rows))
    assert {np.count_nonzero(row) for step in weights for row in step} == ({2, 4} if late[1] else {1, 2})
    noise = torch.randn(rows, FRAMES, 263, generator=torch.Generator().manual_seed(1))
    mask = torch.arange(FRAMES) < torch.tensor(lengths)[:, None]
    denoise = mixed_denoiser(InferenceTransformer(network), conditions(network, rows), timesteps, weights, mask)
    ours = ddim_sample(denoise, noise, linear_schedule(), timesteps)
    for row, raw in enumerate(raw_conditions(rows)):
        with torch.no_grad():
            plain = plain_denoiser(network, raw, timesteps, weights[:, row : row + 1], every_step)
            expected = ddim_sample(plain, noise[row : row + 1, : lengths[row]], linear_schedule(), timesteps)[0]
        assert expected.std() > 0.3  # of the order of normalised features
        torch.testing.assert_close(ours[row, : lengths[row]], expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(
    "weights", [*np.eye(4), (0.52351, -0.28419, 2.39872, -1.63804), (0.0, 7.5, 0.0, -6.5), (7.5, 0.0, -6.5, 0.0)]
)
@pytest.mark.parametrize("present", [2, 1, 0])
def test_any_branches_are_those_of_the_plain_sampler(network, weights, present):
    """Each branch alone, the pairs of guidance, all four; with references that are not there."""
    raw = next(raw_conditions(1))
    there = torch.arange(2)[:, None] < present
    raw = raw._replace(motion_mask=raw.motion_mask & there, word_mask=raw.word_mask & there)
    weights = np.array(weights)[None, None]
    x = torch.randn(1, FRAMES, 263, generator=torch.Generator().manual_seed(2))
    denoise = mixed_denoiser(InferenceTransformer(network), encoded(network, raw), [700], weights)
    with torch.no_grad():
        expected = plain_denoiser(network, raw, [700], weights)(x, 700)
    torch.testing.assert_close(denoise(x, 700), expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("fault", [AttributeError("no such operator"), RuntimeError("refused"), None])
def test_a_torch_whose_packing_fails_or_is_another_function_is_done_without(network, monkeypatch, fault):
    """The operators that pack weights are not public: another torch may lack them or mean something else by them."""

    def changed(x, *_):
        if fault is not None:
            raise fault
        return torch.zeros_like(x)

    monkeypatch.setattr(torch.ops.mkldnn, "_linear_pointwise", changed)
    monkeypatch.setattr(inference, "_can_pack", cache(inference._can_pack.__wrapped__))
    timesteps = spaced_timesteps(3)
    weights = mixture_weights(Mixture(), timesteps, range(1))
    x, mask = torch.randn(1, FRAMES, 263), torch.ones(1, FRAMES, dtype=torch.bool)
    denoise = mixed_denoiser(InferenceTransformer(network), conditions(network, 1), timesteps, weights, mask)
    plain = plain_denoiser(network, next(raw_conditions(1)), timesteps, weights, False)
    with torch.no_grad():
        torch.testing.assert_close(denoise(x, timesteps[0]), plain(x, timesteps[0]), atol=1e-4, rtol=1e-4)


@pytest.mark.timeout(900)  # half a minute of a processor that nobody else wants
def test_a_compiled_prediction_is_the_same_function(monkeypatch):
    """With generated code where there is a C++ compiler, else traced only; another length needs no other code."""
    if not any(map(shutil.which, ("g++", "clang++", "cl"))):
        monkeypatch.setattr(torch, "compile", partial(torch.compile, backend="eager"))
    network = made_up(replace(SIZES, layers=1))
    transformers, weights = (
        [InferenceTransformer(network, compiled=each) for each in (False, True)],
        np.eye(4)[None, :1],
    )
    torch._dynamo.reset()
    torch._dynamo.utils.counters.clear()
    for frames in (FRAMES, 25):
        x = torch.randn(1, frames, 263, generator=torch.Generator().manual_seed(frames))
        plain, compiled = (
            mixed_denoiser(each, conditions(network, 1), [700], weights)(x, 700) for each in transformers
        )
        torch.testing.assert_close(compiled, plain, atol=1e-5, rtol=1e-5)
    assert torch._dynamo.utils.counters["stats"]["unique_graphs"] == 1


def test_without_a_mask_all_frames_count(network):
    condition, timesteps = conditions(network, 1), [500]
    weights = mixture_weights(Mixture(), timesteps, [4])
    x, everything = torch.randn(1, FRAMES, 263), torch.ones(1, FRAMES, dtype=torch.bool)
    transformer = InferenceTransformer(network)
    one, other = (
        mixed_denoiser(transformer, condition, timesteps, weights, mask)(x, 500) for mask in (None, everything)
    )
    torch.testing.assert_close(one, other)


def test_rows_with_the_same_condition_may_share_it(network):
    condition, timesteps = conditions(network, 1), [500, 40]
    weights = mixture_weights(Mixture(), timesteps, [4, 5, 6])
    x, transformer = torch.randn(3, FRAMES, 263), InferenceTransformer(network)
    for t in timesteps:
        shared, repeated = (
            mixed_denoiser(transformer, given, timesteps, weights)(x, t)
            for given in (condition, joined([condition] * 3))
        )
        torch.testing.assert_close(shared, repeated)


def test_branches_without_weight_are_not_computed(network, monkeypatch):
    computed = []
    transformer = InferenceTransformer(network)
    monkeypatch.setattr(
        transformer,
        "predict",
        lambda x, norms, sums, rows, picked, mask: computed.append(len(rows)) or torch.zeros(len(rows), *x.shape[1:]),
    )
    timesteps = spaced_timesteps(50)
    weights = mixture_weights(Mixture(), timesteps, [0])
    denoise = mixed_denoiser(transformer, conditions(network, 1), timesteps, weights)
    for t in timesteps:
        denoise(torch.zeros(1, FRAMES, 263), t)
    assert (sum(computed[:42]), sum(computed[42:])) == (84, 32)  # of 200
