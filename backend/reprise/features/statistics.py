"""Mean and deviation that features are normalised by, as the published data sets compute them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .representation import HUMANML3D, Representation


class Moments:
    """Mean and variance of features that come in parts, in float64 (Chan, Golub, LeVeque, 1979)."""

    def __init__(self, representation: Representation = HUMANML3D) -> None:
        self._representation = representation
        self.count = 0
        self._mean = self._squares = np.zeros(representation.features)

    def add(self, features: ArrayLike) -> None:
        """Counts rows (N, F) in, N > 0."""
        rows = np.asarray(features, dtype=np.float64)
        mean = rows.mean(axis=0)
        apart, count = mean - self._mean, self.count + len(rows)
        self._squares = self._squares + ((rows - mean) ** 2).sum(axis=0) + apart**2 * self.count * len(rows) / count
        self._mean, self.count = self._mean + apart * len(rows) / count, count

    def statistics(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """As `statistics` of all rows at once."""
        std = np.sqrt(self._squares / self.count)
        for group in self._representation.groups:
            std[group] = std[group].mean()
        return self._mean.astype(np.float32), std.astype(np.float32)


def statistics(
    features: ArrayLike, representation: Representation = HUMANML3D
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean and standard deviation (F,) of features (N, F), the deviation averaged in each group, as published."""
    moments = Moments(representation)
    moments.add(features)
    return moments.statistics()
