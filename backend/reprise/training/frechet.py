"""The Frechet distance (FID) as an objective: differentiable in the generated motions' embeddings.

With S1 = R R of the real motions and the centred, scaled rows X of the generated ones (S2 = X^T X), the trace of
(S1^(1/2) S2 S1^(1/2))^(1/2) is the sum of the singular values of X R. Taken so, no eigenvalue's root is ever
differentiated: its slope is infinite at 0, where every covariance of fewer motions than dimensions has eigenvalues,
while the sum of singular values has slopes of at most 1 (Heusel et al., 2017, Eq. 6, for the distance).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


@dataclass(frozen=True)
class Gaussian:
    """`mean` (D,) and the symmetric `root` (D, D) of the covariance, float64."""

    mean: Tensor
    root: Tensor


def fitted(rows: NDArray[np.floating], device: torch.device) -> Gaussian:
    """The Gaussian of embeddings (N, D), N >= 2."""
    values, vectors = np.linalg.eigh(np.atleast_2d(np.cov(rows, rowvar=False)))
    root = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    return Gaussian(torch.from_numpy(rows.mean(axis=0)).to(device).double(), torch.from_numpy(root).to(device).double())


def frechet_distance(rows: Tensor, real: Gaussian) -> Tensor:
    """The distance (a scalar, float64) of embeddings (N, D), N >= 2, from the real motions' Gaussian."""
    rows = rows.double()
    mean = rows.mean(dim=0)
    scaled = (rows - mean) / (len(rows) - 1) ** 0.5  # (N, D)
    shared = torch.linalg.svdvals(scaled @ real.root).sum()
    return (mean - real.mean).square().sum() + real.root.square().sum() + scaled.square().sum() - 2.0 * shared
