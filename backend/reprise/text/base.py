"""What every text encoder offers: sentences in, token states and one sentence feature each out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class TextFeatures:
    """N encoded texts.

    `tokens` (N, max_tokens, dimension) float32, zero past the end of a text; `mask` (N, max_tokens) True on its tokens
    (the special ones included); `sentence` (N, dimension) float32 of unit length, whose dot products are the cosines
    of Equation 4. A text longer than `max_tokens` is cut.
    """

    tokens: NDArray[np.float32]
    mask: NDArray[np.bool_]
    sentence: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.sentence)

    def __getitem__(self, rows: slice | NDArray[np.integer]) -> TextFeatures:
        """The features of some rows, in the order asked for."""
        return TextFeatures(self.tokens[rows], self.mask[rows], self.sentence[rows])


class TextEncoder(Protocol):
    """A frozen text encoder. Checkpoints and libraries record its `name` and refuse features of another."""

    @property
    def name(self) -> str:
        """The name that checkpoints and libraries record, such as `all-MiniLM-L6-v2`."""
        ...

    @property
    def dimension(self) -> int:
        """Channels of a token state and of the sentence feature."""
        ...

    @property
    def max_tokens(self) -> int:
        """Length of the token axis."""
        ...

    def encode(self, texts: Sequence[str]) -> TextFeatures:
        """The features of the texts, row by row. The same text always gives the same row, up to float rounding."""
        ...


def concatenate(parts: Sequence[TextFeatures], max_tokens: int, dimension: int) -> TextFeatures:
    """Several `TextFeatures` as one; with no parts, none of zero rows."""
    if not parts:
        return TextFeatures(
            np.zeros((0, max_tokens, dimension), np.float32),
            np.zeros((0, max_tokens), np.bool_),
            np.zeros((0, dimension), np.float32),
        )
    return TextFeatures(
        np.concatenate([part.tokens for part in parts]),
        np.concatenate([part.mask for part in parts]),
        np.concatenate([part.sentence for part in parts]),
    )
