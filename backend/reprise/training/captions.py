"""Text features of a training set's captions, on disk: without the padding, which is most of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reprise.data.shards import Shards, ShardWriter
from reprise.text import TextEncoder

from .cache import fingerprint, kept

_TOKENS, _LENGTHS, _SENTENCES = "tokens", "lengths.npy", "sentences"
_BATCH = 128


@dataclass(frozen=True)
class CaptionFeatures:
    """N encoded captions: `tokens` hold their token states (float16) one after the other, `starts` (N + 1,) say where
    each begins; `sentences` (N, dimension) are unit sentence features. All but `starts` are memory maps.
    """

    tokens: Shards
    starts: NDArray[np.int64]
    sentences: Shards
    max_tokens: int

    def __len__(self) -> int:
        return len(self.starts) - 1

    def sentence(self) -> NDArray[np.float32]:
        """(N, dimension) all sentence features, in memory."""
        return np.concatenate([np.asarray(file) for file in self.sentences.files])

    def padded(self, rows: NDArray[np.integer]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Captions (...,) -> their token states (..., max_tokens, dimension), zero past the end, and the mask."""
        dimension = self.tokens.files[0].shape[1]
        tokens = np.zeros((rows.size, self.max_tokens, dimension), np.float32)
        mask = np.zeros((rows.size, self.max_tokens), np.bool_)
        for place, row in enumerate(rows.flat):
            count = int(self.starts[row + 1] - self.starts[row])
            tokens[place, :count] = self.tokens.read(int(self.starts[row]), count)
            mask[place, :count] = True
        return tokens.reshape(*rows.shape, *tokens.shape[1:]), mask.reshape(*rows.shape, self.max_tokens)


def encode_captions(
    texts: Sequence[str], encoder: TextEncoder, dataset: Path, on_progress: Callable[[int, int], None]
) -> CaptionFeatures:
    """Features of the texts, encoded once for all runs on the data set in the folder `dataset`."""

    def make(folder: Path) -> None:
        lengths: list[NDArray[np.int64]] = []
        with (
            ShardWriter(folder, _TOKENS, np.float16, (encoder.dimension,)) as tokens,
            ShardWriter(folder, _SENTENCES, np.float32, (encoder.dimension,)) as sentences,
        ):
            for start in range(0, len(texts), _BATCH):
                on_progress(start, len(texts))
                encoded = encoder.encode(texts[start : start + _BATCH])
                sentences.append(encoded.sentence)
                lengths.append(encoded.mask.sum(axis=1))
                for states, mask in zip(encoded.tokens, encoded.mask, strict=True):
                    tokens.append(states[mask])
        np.save(folder / _LENGTHS, np.concatenate([np.zeros(0, np.int64), *lengths]))

    folder = kept(dataset, f"captions-{encoder.name}-{fingerprint(texts)}", make)
    starts = np.concatenate(([0], np.cumsum(np.load(folder / _LENGTHS))))
    tokens, sentences = Shards.open(folder, _TOKENS), Shards.open(folder, _SENTENCES)
    return CaptionFeatures(tokens, starts, sentences, encoder.max_tokens)
