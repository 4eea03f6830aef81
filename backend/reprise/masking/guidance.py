"""RAG classifier-free guidance (ReMoMask, Li et al., 2025) as weights of the branches of `diffusion.mixture`.

    logits = (1 + s) l(text, references) - s l()                                                one scale s
    logits = l() + (1 + s_t) [l(text) - l()] + (1 + s_r) [l(text, references) - l(text)]        a scale each

The second form is Brooks et al. (CVPR 2023, Eq. 3) with scales counted from the conditional model; with s_t = s_r it is
the first. s = 0 is the conditional model. The paper states s = 4; what its code computes is s = 3 in this form.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from reprise.diffusion.mixture import BRANCHES

LogitsOf = Callable[[Tensor, Tensor], Tensor]  # use_text (n,), use_references (n,) -> logits (n, ...)


@dataclass(frozen=True)
class Guidance:
    """`text` is s_t and `references` s_r; equal, they are the single scale s."""

    text: float = 4.0
    references: float = 4.0

    def weights(self) -> NDArray[np.float64]:
        """(4,) weights of the branches (both, text, references, none), their sum 1."""
        return np.array((1.0 + self.references, self.text - self.references, 0.0, -self.text))


def guided(weights: NDArray[np.float64], logits_of: LogitsOf, device: torch.device) -> Tensor:
    """The sum of the branches' logits by their weights (4,) -> (1, ...); only branches with a weight are computed."""
    picked = np.flatnonzero(weights)
    use_text, use_references = torch.tensor([BRANCHES[branch] for branch in picked], device=device).T
    logits = logits_of(use_text, use_references)
    return torch.einsum("n...,n->...", logits, torch.from_numpy(weights[picked]).to(logits))[None]
