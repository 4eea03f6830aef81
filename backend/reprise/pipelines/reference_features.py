"""What the network sees in a reference: from the library where it keeps that, computed otherwise; the same either way.

R^m of section 3.3 (Zhang et al., ICCV 2023) depends on the clip and the weights alone, R^t on its caption.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from reprise.features import humanml3d
from reprise.library import reference_features as kept
from reprise.library.store import Library
from reprise.models.checkpoint import Checkpoint
from reprise.models.semantics_modulated_transformer import References
from reprise.text import TextEncoder
from reprise_core.contract import Reference
from reprise_core.errors import RepriseError

Array = NDArray[np.float32]
OnDone = Callable[[int, int], None]
_BATCH = 32


def encode_references(
    checkpoint: Checkpoint, content: str, encoder: TextEncoder, library: Library, references: Sequence[Reference]
) -> References:
    """The references one after the other as one row, on the network's device; with none, one token that is masked.

    `content` is the checkpoint's (`content_of`), under which the library may keep their features.
    """
    weights = checkpoint.network.reference_in.weight
    if not references:
        empty = torch.zeros(1, 1, checkpoint.network.config.latent, device=weights.device)
        return References(empty, empty, torch.zeros(1, 1, dtype=torch.bool, device=weights.device))
    ids, captions = ([getattr(each, name) for each in references] for name in ("id", "caption"))
    with library.snapshot():
        motions = kept.of_motions(library, content, ids)
        texts = kept.of_texts(library, content, captions)
        new_ids = [clip for clip in dict.fromkeys(ids) if clip not in motions]
        joints = [library.motion(clip) for clip in new_ids]
    motions |= dict(zip(new_ids, _motion_features(checkpoint, joints), strict=True))
    new_texts = [text for text in dict.fromkeys(captions) if text not in texts]
    texts |= dict(zip(new_texts, _text_features(checkpoint, encoder, new_texts), strict=True))
    motion = np.concatenate([motions[clip] for clip in ids])
    lengths = [len(motions[clip]) for clip in ids]
    text = np.repeat(np.stack([texts[caption] for caption in captions]), lengths, axis=0)
    motion, text = (torch.from_numpy(part).to(weights.device)[None] for part in (motion, text))  # (1, N, D)
    return References(motion, text, torch.ones(motion.shape[:2], dtype=torch.bool, device=weights.device))


def encode_library(
    path: Path | str, checkpoint: Checkpoint, encoder: TextEncoder, on_done: OnDone = lambda done, total: None
) -> None:
    """Keeps the features of all clips and captions that lack them for these weights, a few at a time.

    `on_done` counts clips. Raises `RepriseError('wrong_encoder')` unless `encoder` is the checkpoint's.
    """
    if checkpoint.encoder != encoder.name:
        message = f"The checkpoint was trained with the text encoder {checkpoint.encoder}, not {encoder.name}."
        raise RepriseError("wrong_encoder", message, f"Use {checkpoint.encoder}.")
    content = content_of(checkpoint)
    with Library.open(path) as library:
        clips, texts = kept.lacking(library, content)
        for begin in range(0, max(len(clips), len(texts)), _BATCH):
            some, said = clips[begin : begin + _BATCH], texts[begin : begin + _BATCH]
            with torch.inference_mode():
                motions = _motion_features(checkpoint, [library.motion(clip) for clip in some])
                vectors = _text_features(checkpoint, encoder, said)
            pairs = dict(zip(some, motions, strict=True)), dict(zip(said, vectors, strict=True))
            kept.keep(path, content, f"{checkpoint.name}@{checkpoint.step}", *pairs)
            on_done(min(begin + _BATCH, len(clips)), len(clips))


def content_of(checkpoint: Checkpoint) -> str:
    """SHA-256 of all that the features depend on: the network's sizes, the weights they pass, the normalisation."""
    network = checkpoint.network
    digest = hashlib.sha256(repr((network.config, checkpoint.encoder)).encode())
    weights = {name: value for name, value in network.state_dict().items() if name.startswith("reference_")}
    for name, value in sorted({**weights, "mean": checkpoint.mean, "std": checkpoint.std}.items()):
        digest.update(name.encode() + value.detach().cpu().float().contiguous().numpy().tobytes())
    return digest.hexdigest()


def _motion_features(checkpoint: Checkpoint, joints: Sequence[Array]) -> list[Array]:
    """R^m (tokens, D) of each of the normalised clips (frames + 1, 22, 3)."""
    if not joints:
        return []
    network, longest = checkpoint.network, checkpoint.network.config.frames
    mean, std = checkpoint.mean.cpu().numpy(), checkpoint.std.cpu().numpy()
    rows = [(humanml3d.encode_normalized(clip)[:longest] - mean) / std for clip in joints]
    motion = np.zeros((len(rows), max(map(len, rows)), humanml3d.FEATURES), np.float32)
    mask = np.zeros(motion.shape[:2], np.bool_)
    for i, row in enumerate(rows):
        motion[i, : len(row)], mask[i, : len(row)] = row, True
    device = checkpoint.network.reference_in.weight.device
    features, seen = network.encode_reference_motions(*(torch.from_numpy(a).to(device) for a in (motion, mask)))
    return [row[keep].cpu().numpy() for row, keep in zip(features.float(), seen, strict=True)]


def _text_features(checkpoint: Checkpoint, encoder: TextEncoder, texts: Sequence[str]) -> list[Array]:
    """R^t (D,) of each of the captions."""
    if not texts:
        return []
    encoded, device = encoder.encode(texts), checkpoint.network.reference_in.weight.device
    tokens, mask = (torch.from_numpy(array).to(device) for array in (encoded.tokens, encoded.mask))
    return list(checkpoint.network.encode_reference_texts(tokens, mask).float().cpu().numpy())
