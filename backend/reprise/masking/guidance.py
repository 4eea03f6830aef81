"""RAG classifier-free guidance (ReMoMask, Li et al., 2025) as weights of the branches of `diffusion.mixture`.

    logits = (1 + s) l(text, references) - s l()                                                one scale s
    logits = l() + (1 + s_t) [l(text) - l()] + (1 + s_r) [l(text, references) - l(text)]        a scale each

The second form is Brooks et al. (CVPR 2023, Eq. 3) with scales counted from the conditional model; with s_t = s_r it is
the first. s = 0 is the conditional model. The paper states s = 4; what its code computes is s = 3 in this form.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Guidance:
    """`text` is s_t and `references` s_r; equal, they are the single scale s."""

    text: float = 4.0
    references: float = 4.0

    def weights(self) -> NDArray[np.float64]:
        """(4,) weights of the branches (both, text, references, none), their sum 1."""
        return np.array((1.0 + self.references, self.text - self.references, 0.0, -self.text))
