"""What training hides of a token map: whole times first, then single cells of the rest (ReMoMask; after MoGenTS)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .schedule import masked_share

Ids = NDArray[np.int64]
_RANDOM, _MASKED = 0.10, 0.88  # of the hidden cells; the rest keep their code


def hidden_cells(times: int, joints: int, random: np.random.Generator) -> NDArray[np.bool_]:
    """(times, joints) cells to predict, at least one: a share of the times, then a share of the cells that are left.

    Both shares are drawn from the cosine schedule.
    """
    hidden = np.zeros((times, joints), np.bool_)
    hidden[random.permutation(times)[: round(masked_share(random.random()) * times)]] = True
    left = random.permutation(np.flatnonzero(~hidden))
    hidden.flat[left[: round(masked_share(random.random()) * len(left))]] = True
    if not hidden.any():
        hidden.flat[random.integers(hidden.size)] = True
    return hidden


def corrupted(codes: Ids, hidden: NDArray[np.bool_], count: int, random: np.random.Generator) -> Ids:
    """The map as the network sees it: hidden cells become [MASK] (the id `count`), a tenth of them any of the codes.

    A few keep their own, so that no cell is to be trusted because it shows a code (BERT, Devlin et al., 2019).
    """
    draw = random.random(codes.shape)
    ids = np.where(hidden & (draw < _MASKED), count, codes)
    anything = random.integers(0, count, codes.shape)
    return np.where(hidden & (draw >= _MASKED) & (draw < _MASKED + _RANDOM), anything, ids)
