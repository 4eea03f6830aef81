"""Where texts and motions are compared: an evaluator embeds both in one space; `metrics` measures there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from reprise import text
from reprise.data.padding import pad
from reprise.features.humanml3d import FEATURES
from reprise.models.contrastive_checkpoint import ContrastiveCheckpoint, load_contrastive
from reprise.text import TextEncoder
from reprise_core.errors import RepriseError

Array = NDArray[np.float64]
Features = NDArray[np.floating]
_BATCH = 64


class Evaluator(Protocol):
    """Embeds motions and texts so that those that belong together lie close (Euclidean)."""

    @property
    def name(self) -> str:
        """What figures are reported under: figures of different evaluators never compare."""
        ...

    def motions(self, features: Sequence[Features]) -> Array:
        """N motions (T_i, 263) in metres and radians, not normalised -> (N, D)."""
        ...

    def texts(self, captions: Sequence[str]) -> Array:
        """N captions -> (N, D)."""
        ...


class ContrastiveEvaluator:
    """Our contrastive model (ReMoDiffuse, section 3.4) as an `Evaluator`; float32 inside, dropout off."""

    def __init__(self, checkpoint: ContrastiveCheckpoint, encoder: TextEncoder) -> None:
        """`encoder` must be the one that the checkpoint names, else `RepriseError('wrong_encoder')`."""
        if checkpoint.encoder != encoder.name:
            message = (
                f"The contrastive model was trained with the text encoder {checkpoint.encoder}, not {encoder.name}."
            )
            raise RepriseError("wrong_encoder", message, f"Use {checkpoint.encoder}.")
        self.name = f"contrastive@{checkpoint.step}"
        self._network, self._encoder = checkpoint.network.eval(), encoder
        self._device = checkpoint.mean.device
        self._mean, self._std = checkpoint.mean.cpu().numpy(), checkpoint.std.cpu().numpy()

    @staticmethod
    def load(path: Path, device: str = "cpu") -> ContrastiveEvaluator:
        """From a checkpoint of `reprise train contrastive`; raises `RepriseError` for any other file."""
        checkpoint = load_contrastive(path, device)
        return ContrastiveEvaluator(checkpoint, text.load(checkpoint.encoder))

    def motions(self, features: Sequence[Features]) -> Array:
        """See `Evaluator.motions`."""
        check_features(features)

        def embed(rows: list[int]) -> Array:
            normalized = [((features[row] - self._mean) / self._std).astype(np.float32) for row in rows]
            motion, mask = pad(normalized, max(map(len, normalized)))
            return self._numbers(self._network.motion(*self._put(motion, mask)))

        return in_batches(embed, [len(motion) for motion in features])

    def texts(self, captions: Sequence[str]) -> Array:
        """See `Evaluator.texts`; equal captions are encoded once."""
        different = list(dict.fromkeys(captions))

        def embed(rows: list[int]) -> Array:
            encoded = self._encoder.encode([different[row] for row in rows])
            return self._numbers(self._network.text(*self._put(encoded.tokens, encoded.mask)))

        embedded = in_batches(embed, [len(caption) for caption in different])
        place = {caption: row for row, caption in enumerate(different)}
        return embedded[[place[caption] for caption in captions]]

    def _put(self, *arrays: NDArray[np.generic]) -> list[torch.Tensor]:
        return [torch.from_numpy(array).to(self._device) for array in arrays]

    @staticmethod
    def _numbers(embedded: torch.Tensor) -> Array:
        return embedded.double().cpu().numpy()


def check_features(features: Sequence[Features]) -> None:
    """Raises `RepriseError` for a motion of another shape than (T >= 1, 263), or with values that are not finite."""
    for row, motion in enumerate(features):
        if motion.ndim != 2 or len(motion) < 1 or motion.shape[1] != FEATURES:
            raise RepriseError("bad_features", f"Motion {row} has shape {motion.shape}, not (frames, {FEATURES}).")
        if not np.isfinite(motion).all():
            raise RepriseError("bad_features", f"Motion {row} has values that are not finite.")


def in_batches(embed: Callable[[list[int]], Array], lengths: Sequence[int]) -> Array:
    """Rows 0 .. N-1 embedded in batches of like `lengths` (little is padding), returned in order; N >= 1."""
    if not lengths:
        raise RepriseError("too_few", "There is nothing to embed.")
    order = np.argsort(lengths, kind="stable")
    with torch.inference_mode():
        parts = [embed(order[begin : begin + _BATCH].tolist()) for begin in range(0, len(order), _BATCH)]
    return np.concatenate(parts)[np.argsort(order)]
