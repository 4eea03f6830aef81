"""Linear (efficient) attention (Shen et al., 2021) over several sources, as sums that can be kept and merged.

    y = softmax_channels(Q) (softmax_sequence(K)^T V)

The sequence softmax runs jointly over all sources. A source enters only through two sums over its tokens,
sum_n exp(k_n) v_n^T and sum_n exp(k_n), kept relative to its maximum for stability. So the sums of a source that does
not change (the text, the references) are taken once, and merging them is exact to rounding.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

MASKED = -1e6  # key logit of a token that must not be seen


class AttentionSums(NamedTuple):
    """What attention needs of a source: `peak` (B, H, D), `weight` (B, H, D) and `value` (B, H, D, E), float32.

    `peak` is the largest key logit of each channel; the sums are relative to exp(peak).
    """

    peak: Tensor
    weight: Tensor
    value: Tensor


def split_heads(tokens: Tensor, heads: int) -> Tensor:
    """(B, N, H * D) -> (B, N, H, D)."""
    return tokens.unflatten(-1, (heads, -1))


def attention_sums(keys: Tensor, values: Tensor, mask: Tensor) -> AttentionSums:
    """Sums over the tokens of one source: keys (B, N, H, D), values (B, N, H, E), mask (B, N) of tokens that count."""
    seen = mask[:, :, None, None]
    keys = torch.where(seen, keys.float(), MASKED)
    peak = keys.amax(dim=1)  # (B, H, D)
    weights = torch.exp(keys - peak[:, None]) * seen
    value = torch.einsum("bnhd,bnhe->bhde", weights, values.float())
    return AttentionSums(peak, weights.sum(dim=1), value)


def drop(sums: AttentionSums, keep: Tensor) -> AttentionSums:
    """Takes a source out of the rows where `keep` (B,) is False."""
    return sums._replace(peak=torch.where(keep[:, None, None], sums.peak, MASKED))


def merged(sources: list[AttentionSums]) -> AttentionSums:
    """The sums over all tokens of several sources."""
    peak = torch.stack([source.peak for source in sources]).amax(dim=0)
    scales = [torch.exp(source.peak - peak) for source in sources]
    weight = sum((source.weight * scale for source, scale in zip(sources, scales, strict=True)), torch.zeros_like(peak))
    value = torch.stack([source.value * scale[..., None] for source, scale in zip(sources, scales, strict=True)])
    return AttentionSums(peak, weight, value.sum(dim=0))


def attend(queries: Tensor, sources: list[AttentionSums]) -> Tensor:
    """Queries (B, N, H, D) over all sources -> (B, N, H * E). At least one source must have a token that counts."""
    sums = merged(sources)
    context = sums.value / sums.weight.clamp_min(1e-12)[..., None]  # (B, H, D, E)
    return torch.einsum("bnhd,bhde->bnhe", torch.softmax(queries.float(), dim=-1), context).flatten(2)
