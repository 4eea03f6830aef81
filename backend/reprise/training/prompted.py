"""Motions sampled for captions of the training set, many prompts in a batch, with weights that may be learnt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from reprise.data.padding import pad
from reprise.diffusion.ddim import Denoise, ddim_sample, seeded_generator, seeded_noise
from reprise.diffusion.mixture import BRANCHES, Mixture, mixture_weights
from reprise.diffusion.schedule import linear_schedule
from reprise.models.inference import InferenceTransformer
from reprise.models.semantics_modulated_transformer import Condition, SemanticsModulatedTransformer
from reprise.pipelines.mixed_denoiser import mixed_denoiser

from .examples import Examples
from .objective import encode_by_length


@dataclass(frozen=True)
class Prompted:
    """B captions to sample: their `condition` (B rows), mask (B, T) of their motions' lengths, noise (B, T, 263).

    `seeds` decide everything random of a row, so that it does not depend on its batch. `captions` are rows of the
    examples' text, `rows` their motions.
    """

    rows: NDArray[np.intp]
    captions: NDArray[np.intp]
    seeds: tuple[int, ...]
    condition: Condition
    mask: Tensor
    noise: Tensor


@torch.no_grad()
def prompted(network: SemanticsModulatedTransformer, examples: Examples, rows: NDArray[np.intp], seed: int) -> Prompted:
    """One caption of each motion `rows` (B,), with the references that training gives it: never its own recording."""
    device = network.reference_in.weight.device
    seeds = tuple(seed * len(examples.lengths) + int(row) for row in rows)
    randoms = [seeded_generator(each, stream=4) for each in seeds]
    picked = [random.integers(len(examples.captions[row])) for random, row in zip(randoms, rows, strict=True)]
    captions = np.array([examples.captions[row][pick] for row, pick in zip(rows, picked, strict=True)])
    found = np.array([examples.references[row][pick] for row, pick in zip(rows, picked, strict=True)])  # (B, k)
    said = np.array(
        [[random.choice(examples.captions[i]) for i in each] for random, each in zip(randoms, found, strict=True)]
    )
    motion, motion_mask = pad([examples.motions[i] for i in found.flat], network.config.frames)
    words, word_mask = map(torch.from_numpy, examples.text.padded(said))
    references = encode_by_length(
        network,
        torch.from_numpy(motion).unflatten(0, found.shape).to(device),
        torch.from_numpy(motion_mask).unflatten(0, found.shape).to(device),
        words.to(device),
        word_mask.to(device),
    )
    tokens, token_mask = (torch.from_numpy(part).to(device) for part in examples.text.padded(captions))
    lengths = np.minimum(examples.lengths[rows], network.config.frames)
    noise = torch.zeros(len(rows), int(lengths.max()), network.config.features)
    for row, (one, length) in enumerate(zip(seeds, lengths, strict=True)):
        noise[row, :length] = seeded_noise([one], int(length), network.config.features)[0]
    mask = torch.arange(noise.shape[1]) < torch.from_numpy(lengths)[:, None]
    condition = network.encode_condition(tokens, token_mask, references)
    return Prompted(rows, captions, seeds, condition, mask.to(device), noise.to(device))


@torch.no_grad()
def sampled(network: InferenceTransformer, prompts: Prompted, mixture: Mixture, timesteps: Sequence[int]) -> Tensor:
    """Normalised features (B, T, 263), to be read where the mask is True."""
    return ddim_sample(_mixed(network, prompts, mixture, timesteps), prompts.noise, linear_schedule(), timesteps)


@torch.no_grad()
def sampled_until(
    network: InferenceTransformer, prompts: Prompted, mixture: Mixture, timesteps: Sequence[int], last: int
) -> Tensor:
    """x_t (B, T, 263) as the sampler of `sampled` has it before step `timesteps[last]`."""
    mixed, kept = _mixed(network, prompts, mixture, timesteps), prompts.noise

    def denoise(x: Tensor, t: int) -> Tensor:
        nonlocal kept
        if t != timesteps[last]:
            return mixed(x, t)
        kept = x
        return x

    ddim_sample(denoise, prompts.noise, linear_schedule(), timesteps[: last + 1])
    return kept


def sampled_from(
    network: SemanticsModulatedTransformer, prompts: Prompted, x: Tensor, weights: Tensor, timesteps: Sequence[int]
) -> Tensor:
    """From x_t (B, T, 263) at timesteps[0] to x0 under the same `weights` (4,) at every step, differentiable in these.

    The steps' inner values are computed anew for the gradient, so that memory holds one step's.
    """

    def denoise(x: Tensor, t: int) -> Tensor:
        if not weights.requires_grad:
            return _all_branches(network, x, t, prompts, weights)
        given = (network, x, t, prompts, weights)
        return checkpoint(_all_branches, *given, use_reentrant=False)  # type: ignore[return-value]

    return ddim_sample(denoise, x, linear_schedule(), timesteps)


def _all_branches(
    network: SemanticsModulatedTransformer, x: Tensor, t: int, prompts: Prompted, weights: Tensor
) -> Tensor:
    """The mixture's x0, with the branches that have no weight, too: they have a slope."""
    steps, total = torch.full((len(x),), t, device=x.device), torch.zeros_like(x)
    for (text, references), weight in zip(BRANCHES, weights.to(x.dtype), strict=True):
        use_text, use_references = (torch.full((len(x),), use, device=x.device) for use in (text, references))
        total = total + weight * network(x, steps, prompts.mask, prompts.condition, use_text, use_references)
    return total


def _mixed(network: InferenceTransformer, prompts: Prompted, mixture: Mixture, timesteps: Sequence[int]) -> Denoise:
    weights = mixture_weights(mixture, timesteps, prompts.seeds)
    return mixed_denoiser(network, prompts.condition, timesteps, weights, prompts.mask)
