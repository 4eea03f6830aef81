"""What ReMoMask's transformers see of references: their base-layer codes and their captions' sentence features."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch.nn.utils.rnn import pad_sequence

from reprise.features import humanml3d
from reprise.library.store import Library
from reprise.models.remomask_checkpoint import ReMoMaskCheckpoint
from reprise.models.rvq import COLUMNS
from reprise.models.token_transformer import References
from reprise.text import TextEncoder
from reprise_core.contract import Reference


def token_references(
    checkpoint: ReMoMaskCheckpoint, encoder: TextEncoder, library: Library, references: Sequence[Reference]
) -> References:
    """The references as one row on the networks' device; with none, one that is masked."""
    device = checkpoint.mean.device
    if not references:
        return References(
            torch.zeros(1, 1, 1, COLUMNS, dtype=torch.long, device=device),
            torch.zeros(1, 1, 1, dtype=torch.bool, device=device),
            torch.zeros(1, 1, encoder.dimension, device=device),
        )
    with library.snapshot():
        joints = [library.motion(reference.id) for reference in references]
    mean, std, longest = checkpoint.mean.cpu().numpy(), checkpoint.std.cpu().numpy(), checkpoint.rvq.config.frames
    rows = [torch.from_numpy((humanml3d.encode_normalized(clip)[:longest] - mean) / std).float() for clip in joints]
    motion = pad_sequence(rows, batch_first=True).to(device)  # (k, T, 263)
    mask = torch.arange(motion.shape[1]) < torch.tensor([[len(row)] for row in rows])
    codes = checkpoint.rvq.encode(motion, mask.to(device))[None, ..., 0]  # (1, k, F, J)
    sentences = torch.from_numpy(encoder.encode([reference.caption for reference in references]).sentence)
    return References(codes.clamp_min(0), codes[..., 0] >= 0, sentences.to(device)[None])
