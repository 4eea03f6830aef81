"""Residual vector quantisation, and how its codebooks learn: by moving averages, not by gradients.

Sources: van den Oord et al., "Neural Discrete Representation Learning" (2017), appendix A.1, for codebooks that are
moving averages; Zeghidour et al., "SoundStream" (2021), section III-C, for residual layers; Williams et al.,
"Hierarchical Quantized Autoencoders" (2020), for codes that nobody uses put back among the data.
Shapes: N rows, D dimensions, K codes a layer, Q layers.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

NO_CODE = -1  # where a layer was left out, or a cell lies outside of the clip


@dataclass(frozen=True)
class CodebookLearning:
    """`decay` of the moving averages; a code used less than `dead` times its even share is put back among the data."""

    decay: float = 0.99
    dead: float = 0.05


def nearest_codes(rows: Tensor, codebook: Tensor) -> Tensor:
    """(N,) the code (K, D) with the least Euclidean distance to each row (N, D); the first among equals."""
    return (codebook.square().sum(dim=1) - 2.0 * rows @ codebook.T).argmin(dim=1)


def residual_codes(rows: Tensor, codebooks: Tensor) -> Tensor:
    """Rows (N, D) -> codes (N, Q): each layer (K, D) of the codebooks (Q, K, D) codes what those before it left."""
    codes = []
    for codebook in codebooks:
        codes.append(nearest_codes(rows, codebook))
        rows = rows - codebook[codes[-1]]
    return torch.stack(codes, dim=1)


def sum_of_codes(codes: Tensor, codebooks: Tensor) -> Tensor:
    """Codes (..., q) of the first q <= Q layers -> the sum of their vectors (..., D); `NO_CODE` adds nothing."""
    total = codebooks.new_zeros(*codes.shape[:-1], codebooks.shape[-1])
    for layer, codebook in enumerate(codebooks[: codes.shape[-1]]):
        chosen = codes[..., layer]
        total = total + codebook[chosen.clamp_min(0)] * (chosen != NO_CODE)[..., None]
    return total


def revived(codebook: Tensor, uses: Tensor, rows: Tensor, candidates: Tensor, share: float) -> tuple[Tensor, Tensor]:
    """Codebook (K, D) and `uses` (K,) with every dead code set on a row: `rows[candidates]`, (K,) row numbers.

    Dead is a code whose moving average of uses is below `share` of an even one, so at the start, when none was used,
    all are. It counts as evenly used from then on, so that it has the time to gather rows.
    """
    even = len(rows) / len(codebook)
    dead = uses < share * even
    return torch.where(dead[:, None], rows[candidates], codebook), torch.where(dead, even, uses)


def averaged(codebook: Tensor, uses: Tensor, rows: Tensor, codes: Tensor, decay: float) -> tuple[Tensor, Tensor]:
    """Codebook (K, D) and `uses` (K,) after one step of the moving averages over rows (N, D) coded as `codes` (N,).

    n <- decay n + (1 - decay) count, m <- decay m + (1 - decay) sum of the rows, e = m / n (van den Oord et al., Eq.
    6-8). As m = e n throughout, n alone is kept beside the codebook.
    """
    counts = torch.zeros_like(uses).index_add_(0, codes, torch.ones_like(rows[:, 0]))
    sums = torch.zeros_like(codebook).index_add_(0, codes, rows)
    now = decay * uses + (1.0 - decay) * counts
    moved = (decay * uses[:, None] * codebook + (1.0 - decay) * sums) / now.clamp_min(1e-8)[:, None]
    return torch.where(now[:, None] > 0.0, moved, codebook), now
