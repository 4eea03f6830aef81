"""Texts and motions in the momentum retriever's space; a library's motions are kept there once they are computed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from reprise import text
from reprise.features import humanml3d
from reprise.library import reference_features as kept
from reprise.library.store import Library
from reprise.models.momentum_checkpoint import RetrieverCheckpoint, load_retriever
from reprise.text import TextEncoder, TextFeatures
from reprise_core.errors import RepriseError

Array = NDArray[np.float32]
OnDone = Callable[[int, int], None]
MOST_AT_ONCE = 5000  # clips that are embedded when a request comes; a minute's work
_BATCH = 32


class MomentumEmbedder:
    """A loaded retriever and its text encoder; embeddings (N, D) have length 1, so that products are cosines."""

    def __init__(self, checkpoint: RetrieverCheckpoint, encoder: TextEncoder) -> None:
        """`encoder` must be the one that the checkpoint names, else `RepriseError('wrong_encoder')`."""
        if checkpoint.encoder != encoder.name:
            message = f"The retriever was trained with the text encoder {checkpoint.encoder}, not {encoder.name}."
            raise RepriseError("wrong_encoder", message, f"Use {checkpoint.encoder}.")
        self.name = f"{checkpoint.name}@{checkpoint.step}"
        self.content, self.whole_content = checkpoint.content, checkpoint.whole_content
        self._network, self.encoder = checkpoint.network.eval(), encoder
        self._device = checkpoint.mean.device
        self._mean, self._std = checkpoint.mean.cpu().numpy(), checkpoint.std.cpu().numpy()

    @staticmethod
    def load(path: Path, device: str = "cpu", encoder: TextEncoder | None = None) -> MomentumEmbedder:
        """From a checkpoint of `reprise train retriever`, with `encoder` if that is its text encoder.

        Raises `RepriseError('no_retriever')` when there is none, another one for a foreign file.
        """
        if not Path(path).is_file():
            raise RepriseError(
                "no_retriever",
                f"There is no momentum retriever at {path}.",
                "Train one with 'reprise train retriever', or use the retrieval method 'hybrid'.",
            )
        checkpoint = load_retriever(path, device)
        fits = encoder is not None and encoder.name == checkpoint.encoder
        return MomentumEmbedder(checkpoint, encoder if encoder and fits else text.load(checkpoint.encoder))

    def motions(self, features: Sequence[NDArray[np.floating]]) -> Array:
        """N >= 1 motions (T_i, 263) in metres and radians, not normalised -> (N, D)."""
        order = np.argsort([len(rows) for rows in features], kind="stable")  # like lengths together: little is padding
        parts = []
        for begin in range(0, len(order), _BATCH):
            rows = [(features[row] - self._mean) / self._std for row in order[begin : begin + _BATCH]]
            motion = np.zeros((len(rows), max(map(len, rows)), rows[0].shape[1]), np.float32)
            mask = np.zeros(motion.shape[:2], np.bool_)
            for i, row in enumerate(rows):
                motion[i, : len(row)], mask[i, : len(row)] = row, True
            with torch.inference_mode():
                parts.append(self._network.embed_motions(*self._put(motion, mask)).cpu().numpy())
        return np.concatenate(parts)[np.argsort(order)]

    def texts(self, captions: Sequence[str]) -> Array:
        """N >= 1 captions -> (N, D)."""
        batches = (captions[begin : begin + _BATCH] for begin in range(0, len(captions), _BATCH))
        return np.concatenate([self.encoded(self.encoder.encode(batch)) for batch in batches])

    def encoded(self, texts: TextFeatures) -> Array:
        """N texts that `encoder` has encoded -> (N, D)."""
        with torch.inference_mode():
            return self._network.embed_texts(*self._put(texts.tokens, texts.mask)).cpu().numpy()

    def _put(self, *arrays: NDArray[np.generic]) -> list[torch.Tensor]:
        return [torch.from_numpy(array).to(self._device) for array in arrays]


def library_embeddings(embedder: MomentumEmbedder, library: Library, clips: Sequence[str]) -> Array:
    """(N, D) embeddings of the library's clips: those that it keeps, the rest computed.

    Raises `RepriseError('no_embeddings')` when so many are lacking that it would take minutes.
    """
    found = kept.of_motions(library, embedder.content, clips) if kept.any_kept(library) else {}
    new = [clip for clip in clips if clip not in found]
    if len(new) > MOST_AT_ONCE:
        from reprise.library import connections

        command = connections.command("reprise", "library", "encode", library.path, "--checkpoint", "FILE")
        message = f"The library {library.path} has no embeddings by the retriever for {len(new)} of its clips."
        raise RepriseError("no_embeddings", message, f"Run once, with the retriever's file: {command}")
    found |= dict(zip(new, _embedded(embedder, library, new), strict=True))
    return np.stack([found[clip].reshape(-1) for clip in clips])


def encode_library(path: Path | str, embedder: MomentumEmbedder, on_done: OnDone = lambda done, total: None) -> None:
    """Keeps the embeddings of all clips that lack them, a few at a time; `on_done` counts clips."""
    with Library.open(path) as library:
        clips, _ = kept.lacking(library, embedder.content)
        for begin in range(0, len(clips), _BATCH):
            some = clips[begin : begin + _BATCH]
            embedded = {clip: row[None] for clip, row in zip(some, _embedded(embedder, library, some), strict=True)}
            kept.keep(path, embedder.content, embedder.name, embedded, {})
            on_done(min(begin + _BATCH, len(clips)), len(clips))


def _embedded(embedder: MomentumEmbedder, library: Library, clips: Sequence[str]) -> list[Array]:
    if not clips:
        return []
    return list(embedder.motions([humanml3d.encode_normalized(library.motion(clip)) for clip in clips]))
