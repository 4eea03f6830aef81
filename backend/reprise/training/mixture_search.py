"""Which early weights are best: the paper's grid (section 3.4), and two ways to measure less of it.

Successive halving (Jamieson and Talwalkar, 2016): all candidates on few clips, the better half on twice as many, and so
on. Refinement: around the best, at half the distance. Both are off in the paper's setting.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

Candidate = tuple[float, float]  # w1 of both, w2 of the text; w3 = 1 - w1 - w2, w4 = 0
Measure = Callable[[Candidate, int], float]  # a candidate on so many of the clips' batches -> FID, less is better


def grid(low: float, high: float, step: float) -> list[Candidate]:
    """All (w1, w2) from `low` to `high`, `step` apart."""
    values = [round(float(value), 6) for value in np.arange(low, high + step / 2, step)]
    return [(both, text) for both in values for text in values]


def rungs(batches: int, halvings: int) -> list[int]:
    """On how many batches each round measures; the last on all, the one before on half (rounded up)."""
    return [-(-batches // 2 ** (halvings - i)) for i in range(halvings + 1)]


def successive_halving(candidates: Sequence[Candidate], batches: Sequence[int], measure: Measure) -> Candidate:
    """The best in the last of the rounds; from round to round the better half, rounded up, goes on."""
    left = list(candidates)
    for count in batches:
        left.sort(key=lambda candidate: (measure(candidate, count), candidate))
        if count != batches[-1]:
            left = left[: -(-len(left) // 2)]
    return left[0]


def refined(best: Candidate, step: float, refinements: int, batches: int, measure: Measure) -> Candidate:
    """The best after looking at its eight neighbours at half the step, then at a quarter, ..."""
    for halving in range(1, refinements + 1):
        distance = step / 2**halving
        around = [
            (round(best[0] + i * distance, 6), round(best[1] + j * distance, 6)) for i in (-1, 0, 1) for j in (-1, 0, 1)
        ]
        best = successive_halving(around, [batches], measure)
    return best


def work(candidates: int, batches: Iterable[int], refinements: int) -> int:
    """How many batches a search samples, at most; those of an earlier round are not sampled again."""
    total, before = 0, 0
    for count in batches:
        total += candidates * (count - before)
        candidates, before = -(-candidates // 2), count
    return total + 8 * refinements * before
