"""Condition mixture (ReMoDiffuse, section 3.4).

    S = w1 S(both) + w2 S(text) + w3 S(references) + w4 S(),  sum of w = 1

Late steps (t at or below `late_below`) use fixed weights. Early steps use either of two:

- the published code's time-dependent guidance: w = 1 + scale * t / 1000 and, at each step at random,
  `w S(both) + (1 - w) S(references)` or `w S(text) + (1 - w) S()`. It may end early: at little noise it changes nothing
  but the time a step takes (Kynkäänniemi et al., 2024, "Applying Guidance in a Limited Interval");
- the paper's: fixed weights as well, found for the network at hand by `reprise train mixture`.

A checkpoint may hold both; it says which of them counts unless the user chooses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .ddim import seeded_generator
from .schedule import TRAINING_STEPS

BRANCHES = ((True, True), (True, False), (False, True), (False, False))  # (text, references) of w1..w4
GUIDANCE, SEARCHED = MIXTURES = ("guidance", "searched")
Weights = tuple[float, float, float]  # w1, w2, w3 of both, text, references; w4 is what is missing to 1


@dataclass(frozen=True)
class Searched:
    """Fixed weights, `early` above t = `late_below` and `late` at or below it."""

    early: Weights
    late: Weights
    late_below: int

    def weights(self, t: int) -> NDArray[np.float64]:
        """(4,) weights of the four branches at step t."""
        three = self.late if t <= self.late_below else self.early
        return np.array((*three, 1.0 - sum(three)))


@dataclass(frozen=True)
class Mixture:
    """Guidance: its `scale`, and `late` weights at or below t = `late_below`; and what was `searched`, if anything was.

    `chosen`, one of `MIXTURES`, says which counts; guidance where nothing was searched. The defaults are the published
    coefficients for HumanML3D, which fit the authors' weights.
    """

    scale: float = 6.5
    late_below: int = 100
    late: Weights = (0.52351, -0.28419, 2.39872)
    searched: Searched | None = None
    chosen: str = SEARCHED

    @property
    def used(self) -> str:
        """Which of `MIXTURES` decides the weights."""
        return self.chosen if self.searched else GUIDANCE

    @staticmethod
    def from_json(values: Mapping[str, Any]) -> Mixture:
        """What a checkpoint's header holds (`dataclasses.asdict`, lists for tuples); older ones lack the last two."""
        known = {**values, "late": tuple(values["late"])} if "late" in values else dict(values)
        if found := values.get("searched"):
            known["searched"] = Searched(tuple(found["early"]), tuple(found["late"]), found["late_below"])
        return Mixture(**known)

    def weights(self, t: int, with_references: bool) -> NDArray[np.float64]:
        """(4,) weights of the four branches at step t; `with_references` says which early pair was drawn."""
        if self.searched and self.chosen == SEARCHED:
            return self.searched.weights(t)
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
