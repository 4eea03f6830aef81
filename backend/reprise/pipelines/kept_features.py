"""What a library keeps for a network of any kind: a generator's view of its clips, or a retriever's embeddings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from reprise import text
from reprise.models import momentum_checkpoint
from reprise.models.checkpoint import load_checkpoint
from reprise.models.weights_file import form_of

from . import momentum_embedding, reference_features
from .momentum_embedding import MomentumEmbedder


def encode_library(library: Path, checkpoint: Path, on_done: Callable[[int, int], None]) -> None:
    """Keeps what the network in a file sees in all clips that lack it; `RepriseError` for a file that is none."""
    if form_of(checkpoint) == momentum_checkpoint.FORMAT:
        momentum_embedding.encode_library(library, MomentumEmbedder.load(checkpoint), on_done)
    else:
        loaded = load_checkpoint(checkpoint)
        reference_features.encode_library(library, loaded, text.load(loaded.encoder), on_done)


def content_of(checkpoint: Path) -> str:
    """Under which content a library keeps the features for the network in a file."""
    if form_of(checkpoint) == momentum_checkpoint.FORMAT:
        return momentum_checkpoint.load_retriever(checkpoint).content
    return reference_features.content_of(load_checkpoint(checkpoint))
