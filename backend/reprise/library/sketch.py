"""A cheap bound on the cosine of a query with every caption, never below the cosine itself.

With an orthonormal basis B of d of the D dimensions, f = B h + t with t orthogonal to B, so that by Cauchy-Schwarz
q.f <= h_q.h + |t_q| |t|. A basis of principal components keeps the tails t short; a third of the dimensions then
decides for nearly every caption that it is too far away to be looked at.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_SHARE = 3  # the basis spans one in so many dimensions
_WORTHWHILE = 8192  # captions: below that, the whole product is as quick
_SAMPLE = 4096  # captions that the principal components are taken from
_ROUNDING = 1e-5  # above the rounding of any float32 dot product or squared norm of unit vectors here


@dataclass(frozen=True)
class Sketch:
    """U captions in short: `basis` (D, d) orthonormal, `heads` (U, d) what of them lies in it, `tails` (U,) the rest's
    lengths, none below the true one.
    """

    basis: NDArray[np.float32]
    heads: NDArray[np.float32]
    tails: NDArray[np.float32]

    def bounds(self, queries: NDArray[np.float64]) -> NDArray[np.float32]:
        """(B, D) unit queries -> (B, U) numbers that no cosine of theirs exceeds."""
        heads = queries @ self.basis.astype(np.float64)
        tails = np.sqrt(np.maximum(np.sum(queries**2, axis=1) - np.sum(heads**2, axis=1), 0.0) + _ROUNDING)
        within = heads.astype(np.float32) @ self.heads.T
        return within + tails.astype(np.float32)[:, None] * self.tails + np.float32(2 * _ROUNDING)


def sketch(features: NDArray[np.float32]) -> Sketch:
    """A sketch of the unit features (U, D); of few captions it is the features themselves, and all tails are zero."""
    count, dimension = features.shape
    if count < _WORTHWHILE:
        return Sketch(np.eye(dimension, dtype=np.float32), features, np.zeros(count, np.float32))
    sample = features[:: -(-count // _SAMPLE)].astype(np.float64)
    _, vectors = np.linalg.eigh(sample.T @ sample)  # eigenvalues ascend
    basis = np.ascontiguousarray(vectors[:, dimension - dimension // _SHARE :], dtype=np.float32)
    heads = features @ basis
    rest = np.einsum("ud,ud->u", features, features) - np.einsum("ud,ud->u", heads, heads)
    return Sketch(basis, heads, np.sqrt(np.maximum(rest, 0.0) + np.float32(_ROUNDING)))
