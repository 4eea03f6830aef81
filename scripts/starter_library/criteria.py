"""What a generated motion must be to ship in the starter library: the one place that says so.

It must be as physical as recorded motion is, and the contrastive model must find its own prompt among others.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from reprise.diffusion.ddim import seeded_generator
from reprise.evaluation.metrics import POOL, own_ranks
from reprise.evaluation.physics import Physics

FIRST_TAKES, TAKES = 2, 8  # seeds that every prompt gets, and that one gets before it is given up
# Near the 99 % quantiles of recorded motion (every sixth segment of the pack, 182: 33, 109, 55, 1.1, 51 and 3.5).
LIMITS = {
    "skate": 30.0, "lower_foot_slide": 80.0, "floating": 50.0, "penetration": 1.5, "deepest": 50.0, "jitter": 3.0,
}  # fmt: skip
SYNONYM = 0.8  # prompts whose sentence features have a larger cosine mean the same, and are no wrong answer


def faults(physics: Physics) -> list[str]:
    """What breaks a limit, in words; empty for a motion that may ship."""
    values = physics.to_json()
    return [f"{name} {values[name]:.1f} > {limit:g}" for name, limit in LIMITS.items() if values[name] > limit]


def pool_of(row: int, sentences: NDArray[np.floating]) -> NDArray[np.intp]:
    """The prompt `row` and 31 others that do not mean the same, drawn from the row alone; its own stands first.

    `sentences` (N, D) are unit sentence features of all prompts. Fewer than 31 others: all of them.
    """
    others = np.flatnonzero(sentences @ sentences[row] <= SYNONYM)
    picked = seeded_generator(row, stream=1).permutation(others)[: POOL - 1]
    return np.concatenate(([row], picked)).astype(np.intp)


def rank(motion: NDArray[np.floating], texts: NDArray[np.floating], pool: Sequence[int] | NDArray[np.intp]) -> int:
    """How many prompts of the pool (its own first) lie nearer to the motion's embedding (D,) than its own does."""
    candidates = np.asarray(texts, dtype=np.float64)[pool]
    queries = np.repeat(np.asarray(motion, dtype=np.float64)[None], len(pool), axis=0)
    return int(own_ranks(queries, candidates)[0])
