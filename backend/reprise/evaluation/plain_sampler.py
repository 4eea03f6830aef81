"""The sampler as it is published: what ours must equal, and what its speed is compared with.

All four branches of the mixture are four rows of a batch at every step, whatever their weight, and every decoder layer
computes the keys and values of text and references again and attends over all tokens in one softmax. The published code
encodes text and references once a sampling; called with raw conditions, as a model is that has no such arrangement, it
would encode them at every step.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from reprise.diffusion.ddim import Denoise
from reprise.diffusion.mixture import BRANCHES
from reprise.models.linear_attention import MASKED, split_heads
from reprise.models.semantics_modulated_transformer import (
    DecoderLayer,
    References,
    SemanticsModulatedAttention,
    SemanticsModulatedTransformer,
    time_features,
)


class RawCondition(NamedTuple):
    """One request's tokens (1, L, E), mask (1, L), and k references: motion (1, k, F, 263), motion_mask (1, k, F),
    their words (1, k, L, E) and word_mask (1, k, L).
    """

    tokens: Tensor
    mask: Tensor
    motion: Tensor
    motion_mask: Tensor
    words: Tensor
    word_mask: Tensor


def plain_denoiser(
    network: SemanticsModulatedTransformer,
    raw: RawCondition,
    timesteps: Sequence[int],
    weights: NDArray[np.float64],
    encode_every_step: bool = False,
) -> Denoise:
    """x_t (1, T, C) and one of the `timesteps` in, the mixture's x0 out; `weights` (steps, 1, 4) as of `BRANCHES`."""
    weights_of = dict(zip(timesteps, weights, strict=True))
    use = torch.tensor(BRANCHES, device=raw.tokens.device)  # (4, 2)

    def encode() -> tuple[Tensor, References]:
        references = network.encode_references(raw.motion, raw.motion_mask, raw.words, raw.word_mask)
        return network.text_head(raw.tokens, raw.mask), references

    encoded = encode()

    def denoise(x: Tensor, t: int) -> Tensor:
        text, references = encode() if encode_every_step else encoded
        four = _predict(network, x.expand(4, -1, -1), t, text, raw.mask, references, use)
        return (four * torch.from_numpy(weights_of[t][0]).to(four)[:, None, None]).sum(dim=0, keepdim=True)

    return denoise


def _predict(
    network: SemanticsModulatedTransformer,
    x: Tensor,
    t: int,
    text: Tensor,
    text_mask: Tensor,
    references: References,
    use: Tensor,
) -> Tensor:
    rows, frames = x.shape[:2]
    time = network.time(time_features(torch.full((rows,), t, device=x.device), network.config.latent))
    seen = torch.cat(
        (
            use[:, :1] & text_mask,
            use[:, 1:] & references.mask,
            torch.ones(rows, frames, dtype=torch.bool, device=x.device),
        ),
        dim=1,
    )  # (4, L + N + T)
    text = text.expand(rows, -1, -1)
    references = References(*(part.expand(rows, *part.shape[1:]) for part in references))
    h = network.motion_in(x) + network.positions[:frames]
    for layer in network.layers:
        if isinstance(layer, DecoderLayer):
            y = _attention(layer.attention, h, text, references, seen)
            h = h + layer.attention.stylization(y, time)
            h = layer.feed_forward(h, time)
    return network.out(h)


def _attention(
    attention: SemanticsModulatedAttention, h: Tensor, text: Tensor, references: References, seen: Tensor
) -> Tensor:
    """Section 3.3 as it is written: keys and values of all sources along the sequence, one softmax over it."""
    normed, words = attention.norm(h), attention.text_norm(text)
    both = attention.reference_key_norm(torch.cat((references.motion, references.text), dim=-1))
    values_of = attention.reference_value_norm(references.motion)
    keys = _along(attention, attention.text_key(words), attention.reference_key(both), attention.key(normed))
    values = _along(
        attention, attention.text_value(words), attention.reference_value(values_of), attention.value(normed)
    )
    mask = seen[:, :, None, None]
    keys = nn.functional.softmax(keys + (~mask) * MASKED, dim=1)
    queries = nn.functional.softmax(split_heads(attention.query(normed), attention.heads), dim=-1)
    context = torch.einsum("bnhd,bnhe->bhde", keys, values * mask)
    return torch.einsum("bnhd,bhde->bnhe", queries, context).flatten(2)


def _along(attention: SemanticsModulatedAttention, *sources: Tensor) -> Tensor:
    return split_heads(torch.cat(sources, dim=1), attention.heads)
