"""The best take of every prompt, or why there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reprise.evaluation.physics import measure
from reprise.features import humanml3d
from reprise_core.motion import Motion

from .criteria import FIRST_TAKES, TAKES, faults, pool_of, rank
from .takes import Prompt

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Choice:
    """What became of a prompt: the number of its `take` that ships, or None and a reason for each that does not."""

    prompt: Prompt
    take: int | None
    motion: Motion | None
    reasons: tuple[str, ...]


def choose(
    prompts: Sequence[Prompt],
    sentences: NDArray[np.floating],
    texts: Array,
    embed: Callable[[NDArray[np.floating]], Array],
    made: Callable[[Prompt, int], Motion],
    takes: int = TAKES,
) -> Iterator[Choice]:
    """A choice a prompt, in order: the nearest to its prompt of the takes that are sound and rank it first.

    Each prompt gets `FIRST_TAKES`; one none of whose takes may ship gets another, up to `takes`.

    `sentences` (N, D) are the prompts' unit sentence features, `texts` (N, E) their embeddings beside those that
    `embed` gives of a motion's features (T, 263). `made(prompt, take)` gives a take.
    """
    for row, prompt in enumerate(prompts):
        pool, best, reasons = pool_of(row, sentences), (np.inf, -1), []
        motions: list[Motion] = []
        for take in range(takes):
            if take >= FIRST_TAKES and best[1] >= 0:
                break
            motion = made(prompt, take)
            motions.append(motion)
            if broken := faults(measure(motion)):
                reasons.append("; ".join(broken))
                continue
            embedded = embed(humanml3d.encode_normalized(humanml3d.normalize(motion.positions)))
            if place := rank(embedded, texts, pool):
                reasons.append(f"{place} of {len(pool) - 1} other prompts lie nearer")
                continue
            best = min(best, (float(np.linalg.norm(embedded - texts[row])), take))
        found = best[1] if best[1] >= 0 else None
        yield Choice(prompt, found, None if found is None else motions[found], tuple(reasons))
