"""A text encoder that remembers what it encoded last."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from .base import TextEncoder, TextFeatures, concatenate


class CachedEncoder:
    """Wraps an encoder; keeps the features of the `capacity` texts used last (50 kB each with MiniLM)."""

    def __init__(self, encoder: TextEncoder, capacity: int = 1024) -> None:
        self.name = encoder.name
        self.dimension = encoder.dimension
        self.max_tokens = encoder.max_tokens
        self._encoder = encoder
        self._capacity = capacity
        self._rows: OrderedDict[str, TextFeatures] = OrderedDict()

    def encode(self, texts: Sequence[str]) -> TextFeatures:
        """As the wrapped encoder's; only texts that are not remembered are encoded, each once."""
        missing = [text for text in dict.fromkeys(texts) if text not in self._rows]
        rows = {text: self._rows[text] for text in texts if text in self._rows}
        if missing:
            encoded = self._encoder.encode(missing)
            # Copies, so that remembering one row does not keep its whole batch alive.
            rows |= {text: _row(encoded, index) for index, text in enumerate(missing)}
        for text, row in rows.items():
            self._rows[text] = row
            self._rows.move_to_end(text)
        while len(self._rows) > self._capacity:
            self._rows.popitem(last=False)
        return concatenate([rows[text] for text in texts], self.max_tokens, self.dimension)


def _row(features: TextFeatures, index: int) -> TextFeatures:
    row = features[index : index + 1]
    return TextFeatures(row.tokens.copy(), row.mask.copy(), row.sentence.copy())
