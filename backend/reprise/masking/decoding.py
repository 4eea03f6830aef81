"""Iterative decoding by confidence (MaskGIT, Chang et al., CVPR 2022, section 3.2; MoMask, Guo et al., CVPR 2024)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from .schedule import masked_counts

Predict = Callable[[Tensor], Tensor]  # ids (B, T, J) -> logits (B, T, J, codes)


@dataclass(frozen=True)
class Sampling:
    """Codes are drawn at `temperature` from the `top_k` likeliest (the paper: the best tenth of 256)."""

    temperature: float = 1.0
    top_k: int = 26


def decode(
    predict: Predict,
    ids: Tensor,
    mask_id: int,
    draws: Sequence[np.random.Generator],
    iterations: int,
    sampling: Sampling,
    on_step: Callable[[int], None] = lambda step: None,
) -> Tensor:
    """Codes for every cell of `ids` (B, T, J) that is `mask_id`; all others stay as they are, so a part can be given.

    In every iteration all open cells are drawn; those drawn with the least probability are opened again, as many as
    the cosine schedule says. Row i draws from draws[i] alone. `on_step(i)` runs before iteration i and may raise.
    """
    open_cells = ids == mask_id
    counts = [masked_counts(int(row.sum()), iterations) for row in open_cells]
    for step in range(iterations):
        on_step(step)
        logits = predict(ids).float()  # (B, T, J, K)
        drawn = draw(logits, _gumbel(draws, logits), sampling)
        confidence = torch.softmax(logits, dim=-1).gather(-1, drawn[..., None])[..., 0]
        ids = torch.where(open_cells, drawn, ids)
        left = torch.tensor([count[step] for count in counts], device=ids.device)
        rank = confidence.where(open_cells, 2.0).flatten(1).argsort(stable=True).argsort().view_as(ids)
        open_cells = rank < left[:, None, None]
        ids = ids.masked_fill(open_cells, mask_id)
    return ids


def draw(logits: Tensor, gumbel: Tensor, sampling: Sampling) -> Tensor:
    """One code a cell (...) from logits (..., K), given standard Gumbel noise: argmax(logits / temperature + gumbel).

    That is a draw from the softmax (Gumbel, 1954).
    """
    lowest = logits.topk(min(sampling.top_k, logits.shape[-1]), dim=-1).values[..., -1:]
    return (logits / sampling.temperature + gumbel).masked_fill(logits < lowest, -torch.inf).argmax(dim=-1)


def _gumbel(draws: Sequence[np.random.Generator], like: Tensor) -> Tensor:
    noise = np.stack([random.gumbel(size=like.shape[1:]).astype(np.float32) for random in draws])
    return torch.from_numpy(noise).to(like.device)
