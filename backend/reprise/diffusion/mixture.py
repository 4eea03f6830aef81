"""Condition mixture (ReMoDiffuse, section 3.4).

    S = w1 S(both) + w2 S(text) + w3 S(references) + w4 S(),  sum of w = 1

Early steps (t above `late_below`) use time-dependent guidance: w = 1 + scale * t / 1000 and, at each step at random,
`w S(both) + (1 - w) S(references)` or `w S(text) + (1 - w) S()`. Late steps use fixed weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .ddim import seeded_generator
from .schedule import TRAINING_STEPS

BRANCHES = ((True, True), (True, False), (False, True), (False, False))  # (text, references) of w1..w4


@dataclass(frozen=True)
class Mixture:
    """`scale` of the early guidance and `late` weights (both, text, references) below or at t = `late_below`.

    The defaults are the published coefficients for HumanML3D, which fit the authors' weights.
    """

    scale: float = 6.5
    late_below: int = 100
    late: tuple[float, float, float] = (0.52351, -0.28419, 2.39872)

    def weights(self, t: int, with_references: bool) -> NDArray[np.float64]:
        """(4,) weights of the four branches at step t; `with_references` says which early pair was drawn."""
        if t <= self.late_below:
            return np.array((*self.late, 1.0 - sum(self.late)))
        w = 1.0 + self.scale * t / TRAINING_STEPS
        return np.array((w, 0.0, 1.0 - w, 0.0) if with_references else (0.0, w, 0.0, 1.0 - w))


def apply_strengths(weights: NDArray[np.float64], text: float, references: float) -> NDArray[np.float64]:
    """Turns the two conditions up or down: weights (..., 4) -> (..., 4), each row's sum kept.

    Strength 1 leaves the weights, 0 removes the condition exactly (its branches become those without it), between and
    beyond is linear.
    """
    both, only_text, only_references, none = np.moveaxis(weights, -1, 0)
    zero = np.zeros_like(both)
    without_text = np.stack((zero, zero, both + only_references, only_text + none), axis=-1)
    weights = text * weights + (1.0 - text) * without_text
    both, only_text, only_references, none = np.moveaxis(weights, -1, 0)
    without_references = np.stack((zero, both + only_text, zero, only_references + none), axis=-1)
    return references * weights + (1.0 - references) * without_references


def mixture_weights(
    mixture: Mixture, timesteps: Sequence[int], seeds: Sequence[int], text: float = 1.0, references: float = 1.0
) -> NDArray[np.float64]:
    """(steps, rows, 4) weights of a whole sampling; row i draws its pairs from seeds[i] alone."""
    draws = [seeded_generator(seed, stream=1).random(len(timesteps)) < 0.5 for seed in seeds]
    rows = [[mixture.weights(t, bool(draw[i])) for draw in draws] for i, t in enumerate(timesteps)]
    return apply_strengths(np.array(rows), text, references)
