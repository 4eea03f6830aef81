"""Motions of several lengths as one array."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def pad(motions: list[NDArray[np.float32]], longest: int) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Motions (T_i, C) -> (N, T, C) with zeros behind the ends, and the mask (N, T) of real frames; T <= `longest`."""
    frames = min(longest, max(len(motion) for motion in motions))
    padded = np.zeros((len(motions), frames, motions[0].shape[1]), dtype=np.float32)
    mask = np.zeros((len(motions), frames), dtype=np.bool_)
    for row, motion in enumerate(motions):
        padded[row, : len(motion)] = motion[:frames]
        mask[row, : len(motion)] = True
    return padded, mask
