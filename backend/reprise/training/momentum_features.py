"""A data set in a momentum retriever's space, made once and kept beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reprise.data.dataset import MotionDataset
from reprise.pipelines.momentum_embedding import MomentumEmbedder
from reprise.text import TextEncoder

from .cache import fingerprint, kept

Array = NDArray[np.float32]
_MOTIONS, _TEXTS = "motions.npy", "texts.npy"
_BATCH = 256


def momentum_features(
    retriever: Path,
    encoder: TextEncoder,
    dataset: MotionDataset,
    motions: Sequence[tuple[int, bool]],
    texts: Sequence[str],
) -> tuple[Array, Array]:
    """Embeddings (N, D) of segments or, where the second part says so, of their mirrored twins; and of texts (U, D).

    Raises `RepriseError` when the checkpoint is none.
    """
    embedder = MomentumEmbedder.load(retriever, encoder=encoder)

    def make(folder: Path) -> None:
        parts = [
            embedder.motions([dataset.features(*motion) for motion in motions[begin : begin + _BATCH]])
            for begin in range(0, len(motions), _BATCH)
        ]
        np.save(folder / _MOTIONS, np.concatenate(parts))
        np.save(folder / _TEXTS, embedder.texts(texts))

    name = fingerprint([embedder.whole_content, *map(repr, motions), *texts])
    folder = kept(dataset.folder, f"momentum-{name}", make)
    return np.load(folder / _MOTIONS), np.load(folder / _TEXTS)
