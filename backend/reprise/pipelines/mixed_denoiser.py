"""The mixture of conditions as one denoiser, with only the branches that have a weight computed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from reprise.diffusion.ddim import Denoise
from reprise.diffusion.mixture import BRANCHES
from reprise.models.inference import InferenceTransformer
from reprise.models.semantics_modulated_transformer import Condition


def mixed_denoiser(
    network: InferenceTransformer,
    condition: Condition,
    timesteps: Sequence[int],
    weights: NDArray[np.float64],
    mask: Tensor | None = None,
) -> Denoise:
    """x_t (B, T, C) and one of the `timesteps` in, the mixture's x0 out (ReMoDiffuse, section 3.4).

    `condition` has one row, which serves all, or B; `weights` (steps, B, 4) are those of `BRANCHES`. A branch is
    computed only for the rows that give it a weight. mask (B, T) is True on the frames of a row, None where all are.
    """
    norms, sums = network.norms(timesteps), network.branch_sums(condition, BRANCHES)
    norms_of = dict(zip(timesteps, norms, strict=True))
    weights_of = dict(zip(timesteps, weights, strict=True))
    shared = condition.text[0].peak.shape[0] == 1

    @torch.inference_mode()
    def denoise(x: Tensor, t: int) -> Tensor:
        rows, branches = np.nonzero(weights_of[t])
        picked = branches if shared else rows * len(BRANCHES) + branches
        takes = torch.from_numpy(rows).to(x.device)
        predicted = network.predict(x, norms_of[t], sums, takes, torch.from_numpy(picked).to(x.device), mask)
        scale = torch.from_numpy(weights_of[t][rows, branches]).to(predicted)
        return torch.zeros_like(x).index_add_(0, takes, predicted * scale[:, None, None])

    return denoise
