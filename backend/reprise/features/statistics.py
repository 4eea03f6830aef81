"""Mean and deviation that features are normalised by, as the published data sets compute them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .representation import HUMANML3D, Representation


def statistics(
    features: ArrayLike, representation: Representation = HUMANML3D
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean and standard deviation (F,) of features (N, F), the deviation averaged in each group, as published."""
    features = np.asarray(features)
    mean, std = features.mean(axis=0, dtype=np.float64), features.std(axis=0, dtype=np.float64)
    for group in representation.groups:
        std[group] = std[group].mean()
    return mean.astype(np.float32), std.astype(np.float32)
