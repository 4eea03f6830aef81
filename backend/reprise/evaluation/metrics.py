"""The protocol's figures from embeddings of texts and motions (Guo et al., CVPR 2022, section 5.1).

Embeddings are (N, D) float arrays; rows of texts and motions pair up. Random choices come from the generator given.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reprise_core.errors import RepriseError

Array = NDArray[np.float64]

POOL = 32  # a query's own motion among this many
TAIL = 0.05
BINS = 100


@dataclass(frozen=True)
class Interval:
    """The mean of repeated measurements and the half width of its 95% interval, 1.96 s / sqrt(repeats)."""

    mean: float
    half_width: float


def interval(values: Sequence[float]) -> Interval:
    """Mean and 95% interval; one value has no interval (0)."""
    if len(values) < 2:
        return Interval(float(np.mean(values)), 0.0)
    return Interval(float(np.mean(values)), 1.96 * float(np.std(values, ddof=1)) / math.sqrt(len(values)))


def frechet_distance(first: Array, second: Array) -> float:
    """FID: |m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2)) of Gaussians fitted to both (Heusel et al., 2017, Eq. 6).

    The trace of the root is taken from the eigenvalues of S1^(1/2) S2 S1^(1/2), which is symmetric: exact where a
    covariance is singular, and never complex. Raises `RepriseError` for fewer than two rows.
    """
    for rows in (first, second):
        if len(rows) < 2:
            raise RepriseError("too_few", f"A Frechet distance needs two motions or more, not {len(rows)}.")
    difference = first.mean(axis=0) - second.mean(axis=0)
    one, other = np.atleast_2d(np.cov(first, rowvar=False)), np.atleast_2d(np.cov(second, rowvar=False))
    values, vectors = np.linalg.eigh(one)
    root = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    product = root @ other @ root
    shared = np.sqrt(np.maximum(np.linalg.eigvalsh((product + product.T) / 2.0), 0.0)).sum()
    return float(difference @ difference + np.trace(one) + np.trace(other) - 2.0 * shared)


def r_precision(texts: Array, motions: Array, random: np.random.Generator, top: int = 3, pool: int = POOL) -> Array:
    """(top,) share of texts whose own motion is among the 1, 2, ... nearest of a pool.

    Pools of `pool` random pairs; the last incomplete one is dropped, as the protocol does. Raises `RepriseError` when
    there are fewer pairs than one pool.
    """
    if len(texts) < pool:
        raise RepriseError("too_few", f"R-precision needs at least {pool} motions, not {len(texts)}.")
    order = random.permutation(len(texts))[: len(texts) // pool * pool].reshape(-1, pool)
    ranks = [own_ranks(texts[rows], motions[rows]) for rows in order]
    return np.array([(np.concatenate(ranks) < place + 1).mean() for place in range(top)])


def own_ranks(queries: Array, candidates: Array) -> NDArray[np.intp]:
    """(N,) how many candidates lie nearer to query i than candidate i does (0 = its own is the nearest)."""
    distances = pairwise_distances(queries, candidates)
    return (distances < np.diagonal(distances)[:, None]).sum(axis=1)


def pairwise_distances(first: Array, second: Array) -> Array:
    """Euclidean distances (N, M)."""
    return np.linalg.norm(first[:, None] - second[None], axis=-1)


def matching_distances(texts: Array, motions: Array) -> Array:
    """(N,) distance of each text to its own motion; their mean is MM Dist."""
    return np.linalg.norm(texts - motions, axis=-1)


def diversity(motions: Array, random: np.random.Generator, pairs: int = 300) -> float:
    """Mean distance of `pairs` pairs from two random subsets (as many as there are motions, when these are fewer)."""
    count = min(pairs, len(motions))
    first, second = (random.choice(len(motions), count, replace=False) for _ in range(2))
    return float(np.linalg.norm(motions[first] - motions[second], axis=-1).mean())


def multimodality(motions: Array, random: np.random.Generator, pairs: int = 10) -> float:
    """Mean distance between generations of one text: (texts, generations >= 2, D), `pairs` random pairs a text.

    A pair is of two different generations. The published code draws both sides by themselves, so that one pair in
    `generations` is of one motion with itself, and its figure that much lower (by 3% with the protocol's 30).
    """
    generations = motions.shape[1]
    first = random.choice(generations, min(pairs, generations), replace=False)
    second = (first + random.integers(1, generations, len(first))) % generations
    return float(np.linalg.norm(motions[:, first] - motions[:, second], axis=-1).mean())


def rareness(prompts: Array, training: Array) -> Array:
    """(N,) 1 - the largest cosine with any training caption (ReMoDiffuse, section 4.3); sentence features (., D)."""

    def unit(rows: Array) -> Array:
        return rows / np.linalg.norm(rows, axis=-1, keepdims=True)

    return 1.0 - (unit(prompts) @ unit(training).T).max(axis=1)


def tail_matching(distances: Array, rare: Array, share: float = TAIL) -> float:
    """Tail-5% MM: mean matching distance of the rarest share of the prompts, at least one."""
    count = max(1, round(share * len(rare)))
    return float(distances[np.argsort(rare, kind="stable")[-count:]].mean())


def balanced_matching(distances: Array, rare: Array, bins: int = BINS) -> float:
    """Balanced MM (ReMoDiffuse, section 4.3): the mean over rareness bins of each bin's mean matching distance.

    The range of rareness found is cut into equal bins; empty ones do not count.
    """
    low, high = float(rare.min()), float(rare.max())
    place = np.zeros(len(rare), dtype=np.intp)
    if high > low:
        place = np.minimum(((rare - low) / (high - low) * bins).astype(np.intp), bins - 1)
    counts = np.bincount(place, minlength=bins)
    sums = np.bincount(place, weights=distances, minlength=bins)
    return float((sums[counts > 0] / counts[counts > 0]).mean())
