"""The cosine schedule (MaskGIT, Chang et al., CVPR 2022, section 3.3)."""

from __future__ import annotations

import math


def masked_share(time: float) -> float:
    """gamma(t) = cos(pi t / 2): the share that is masked at t of [0, 1], from all to none."""
    return math.cos(0.5 * math.pi * time)


def masked_counts(tokens: int, iterations: int) -> list[int]:
    """How many of the tokens are left to decode after each iteration: falls every time until it is 0, the last is 0."""
    left, counts = tokens, []
    for step in range(1, iterations + 1):
        last = step == iterations
        left = 0 if last else max(0, min(left - 1, int(masked_share(step / iterations) * tokens)))
        counts.append(left)
    return counts
