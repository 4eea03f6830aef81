"""Contrast against more than a batch: momentum encoders and queues of what they have embedded.

He et al., "Momentum Contrast for Unsupervised Visual Representation Learning", CVPR 2020, in both directions between
text and motion as in ReMoMask (Li et al., 2025). Shapes: B pairs of a batch, Q places of a queue, D embedding.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_EMPTY = -1  # the recording of a place that holds nothing yet


@torch.no_grad()
def update_momentum(copy: nn.Module, network: nn.Module, momentum: float) -> None:
    """copy <- momentum copy + (1 - momentum) network, in place (He et al., Eq. 2)."""
    for slow, fast in zip(copy.parameters(), network.parameters(), strict=True):
        slow.lerp_(fast, 1.0 - momentum)


class PairQueue:
    """The last Q pairs that the momentum encoders embedded, and whose they are; a new pair replaces the oldest.

    All tensors are changed in place: `motions` and `texts` (Q, D), `captions` and `recordings` (Q,), `place` (1,).
    """

    def __init__(self, size: int, dimension: int, device: torch.device | None = None) -> None:
        self.motions, self.texts = (torch.zeros(size, dimension, device=device) for _ in range(2))
        self.captions, self.recordings = (torch.full((size,), _EMPTY, device=device) for _ in range(2))
        self.place = torch.zeros(1, dtype=torch.long, device=device)

    def tensors(self) -> dict[str, Tensor]:
        """What a training must keep to go on."""
        return dict(vars(self))

    @torch.no_grad()
    def push(self, motions: Tensor, texts: Tensor, captions: Tensor, recordings: Tensor) -> None:
        """Puts B <= Q pairs in: embeddings (B, D), the numbers of their captions and recordings (B,)."""
        size = len(self.recordings)
        places = (self.place + torch.arange(len(motions), device=self.place.device)) % size
        new = (motions, texts, captions, recordings)
        for kept, values in zip((self.motions, self.texts, self.captions, self.recordings), new, strict=True):
            kept[places] = values
        self.place.copy_((self.place + len(motions)) % size)

    def no_negatives(self, captions: Tensor, recordings: Tensor) -> Tensor:
        """(B, B + Q): which of a batch's and the queue's pairs must not be held against each pair of the batch.

        Those with the same caption, those of the same recording (its other windows, its mirrored twin), empty places.
        """
        all_captions = torch.cat((captions, self.captions))
        all_recordings = torch.cat((recordings, self.recordings))
        same = (captions[:, None] == all_captions) | (recordings[:, None] == all_recordings)
        return same | (all_recordings == _EMPTY)


def symmetric_info_nce(
    motions: Tensor, texts: Tensor, key_motions: Tensor, key_texts: Tensor, no_negatives: Tensor, temperature: float
) -> Tensor:
    """InfoNCE (van den Oord et al., 2018) from motions to texts and from texts to motions, their mean.

    `motions`, `texts` (B, D) and `key_motions`, `key_texts` (B + Q, D) have length 1; row i's own key is key i, the
    others are its negatives but where `no_negatives` (B, B + Q) says otherwise. Computed in single precision.
    """
    own = torch.arange(len(motions), device=motions.device)
    hidden = no_negatives.clone()
    hidden[own, own] = False

    def direction(queries: Tensor, keys: Tensor) -> Tensor:
        return F.cross_entropy((queries @ keys.T / temperature).masked_fill(hidden, -torch.inf), own)

    with torch.autocast(motions.device.type, enabled=False):
        return 0.5 * (direction(motions, key_texts) + direction(texts, key_motions))
