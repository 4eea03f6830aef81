"""Captions as the published evaluator reads them: tagged words as 300-d vectors and one-hot parts of speech.

Words and tags are those of HumanML3D's text files (`caption#word/TAG word/TAG ...#start#end`); the vectors are GloVe's
(Pennington et al., 2014), as the evaluator's authors publish them: `our_vab_data.npy`, `our_vab_words.pkl` and
`our_vab_idx.pkl`. Some words have a part of speech of their own kind, which was part of the evaluator's training.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reprise_core.errors import RepriseError

WORDS = 20  # of a caption that are read, between a mark for its start and one for its end
TAGS = ("VERB", "NOUN", "DET", "ADP", "NUM", "AUX", "PRON", "ADJ", "ADV",
        "place", "body", "object", "action", "manner", "other")  # fmt: skip
_KINDS = {
    "place": "left right clockwise counterclockwise anticlockwise forward back backward up down straight curve",
    "body": "arm chin foot feet face hand mouth leg waist eye knee shoulder thigh",
    "object": "stair dumbbell chair window floor car ball handrail baseball basketball",
    "action": "walk run swing pick bring kick put squat throw hop dance jump turn stumble stop sit lift lower raise"
    " wash stand kneel stroll rub bend balance flap jog shuffle lean rotate spin spread climb",
    "manner": "slowly carefully fast careful slow quickly happy angry sad happily angrily sadly",
}
_KIND_OF = {word: kind for kind, words in _KINDS.items() for word in words.split()}
_UNKNOWN, _START, _END = "unk", "sos", "eos"
_FILES = ("our_vab_data.npy", "our_vab_words.pkl", "our_vab_idx.pkl")

Array = NDArray[np.float32]


@dataclass(frozen=True)
class TaggedWords:
    """Word vectors (V, D), each word's row, and the tagged words (`word/TAG`) of each caption that has some."""

    vectors: Array
    rows: Mapping[str, int]
    tagged: Mapping[str, tuple[str, ...]]

    def read(self, caption: str) -> tuple[Array, Array]:
        """(L, D) vectors and (L, 15) one-hot tags of a caption; one without tagged words raises `RepriseError`."""
        if caption not in self.tagged:
            message = f"The published evaluator cannot read the caption '{caption}', which has no tagged words."
            raise RepriseError("no_tags", message, "Name HumanML3D's folder of texts, or use --contrastive.")
        tokens = [f"{_START}/other", *self.tagged[caption][:WORDS], f"{_END}/other"]
        words, tags = zip(*(token.rpartition("/")[::2] for token in tokens), strict=True)
        vectors = np.stack([self.vectors[self.rows.get(word, self.rows[_UNKNOWN])] for word in words])
        hot = np.zeros((len(words), len(TAGS)), np.float32)
        hot[np.arange(len(words)), [self._tag(*pair) for pair in zip(words, tags, strict=True)]] = 1.0
        return vectors.astype(np.float32), hot

    def _tag(self, word: str, tag: str) -> int:
        known = _KIND_OF.get(word, tag) if word in self.rows else "other"
        return TAGS.index(known if known in TAGS else "other")


def load_words(vocabulary: Path, texts: Path | None) -> TaggedWords:
    """Reads the vocabulary's folder and HumanML3D's folder of text files (None: no caption has tagged words).

    Raises `RepriseError` for files that are missing, damaged or hold anything but numbers and words.
    """
    try:
        vectors = np.load(vocabulary / _FILES[0], allow_pickle=False)
        words, rows = (_plain((vocabulary / name).read_bytes()) for name in _FILES[1:])
        places = {str(word): int(rows[word]) for word in words}
        if vectors.ndim != 2 or max(places.values()) >= len(vectors) or not {_UNKNOWN, _START, _END} <= set(places):
            raise ValueError("words and vectors do not fit together")
    except OSError as error:
        raise RepriseError(
            "no_words",
            f"The word vectors cannot be read ({error.filename}: {error.strerror}).",
            f"Put {', '.join(_FILES)} there.",
        ) from error
    except (ValueError, KeyError, TypeError, IndexError, EOFError, pickle.UnpicklingError) as error:
        raise RepriseError("bad_words", f"'{vocabulary}' holds no readable word vectors ({error}).") from error
    return TaggedWords(vectors.astype(np.float32), places, _tagged(texts) if texts else {})


def _tagged(texts: Path) -> dict[str, tuple[str, ...]]:
    files = sorted(texts.glob("*.txt"))
    if not files:
        raise RepriseError("no_texts", f"There are no text files in '{texts}'.", "Name HumanML3D's folder 'texts'.")
    found: dict[str, tuple[str, ...]] = {}
    for file in files:
        for line in file.read_text(encoding="utf-8").splitlines():
            caption, _, rest = line.partition("#")
            tokens: Sequence[str] = rest.partition("#")[0].split()
            if caption.strip() and tokens:
                found[caption.strip()] = tuple(tokens)
    return found


class _PlainOnly(pickle.Unpickler):
    """Words and numbers need no class: a pickle that names one is refused instead of run."""

    def find_class(self, module: str, name: str) -> Any:
        raise pickle.UnpicklingError(f"it asks for {module}.{name}")


def _plain(data: bytes) -> Any:
    return _PlainOnly(io.BytesIO(data)).load()
