"""The contrastive text-motion model that searches and evaluates (ReMoDiffuse, section 3.4): two encoders, one space.

Motion: a 4-layer ACTOR encoder (Petrovich et al., ICCV 2021): a learnt token before the frames, whose state is the
motion's. Text: the frozen encoder's token states through the same head as the generator's, then one sentence feature.
Shapes: B rows, T frames, L words, D latent, E the text encoder's dimension.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

MOTION_FEATURES = 259  # HumanML3D's 263 without the contact labels, as Guo et al. do


@dataclass(frozen=True)
class ContrastiveConfig:
    """Sizes of both encoders; `embedding` is the shared space's dimension."""

    features: int = MOTION_FEATURES
    latent: int = 512
    heads: int = 4
    layers: int = 4
    feed_forward: int = 1024
    embedding: int = 512
    text_dimension: int = 512
    text_layers: int = 2
    dropout: float = 0.1


class MotionEncoder(nn.Module):
    """Normalised features (B, T, >= 259) of which the first 259 count, mask (B, T) -> embeddings (B, embedding)."""

    def __init__(self, config: ContrastiveConfig) -> None:
        super().__init__()
        self.features = config.features
        self.project = nn.Linear(config.features, config.latent)
        self.token = nn.Parameter(torch.randn(config.latent) * 0.02)
        self.layers = transformer_layers(config, config.layers)
        self.out = nn.Linear(config.latent, config.embedding)

    def forward(self, motion: Tensor, mask: Tensor) -> Tensor:
        x = self.project(motion[..., : self.features])  # (B, T, D)
        x = torch.cat((self.token.expand(len(x), 1, -1), x), dim=1)  # (B, 1 + T, D)
        x = x + positions(x.shape[1], x.shape[2], x.device)
        hidden = torch.cat((torch.zeros_like(mask[:, :1]), ~mask), dim=1)
        return self.out(self.layers(x, src_key_padding_mask=hidden)[:, 0])


class TextEncoder(nn.Module):
    """Token states (B, L, E), mask (B, L) -> embeddings (B, embedding) of the mean over words."""

    def __init__(self, config: ContrastiveConfig) -> None:
        super().__init__()
        self.project = nn.Linear(config.text_dimension, config.latent)
        self.layers = transformer_layers(config, config.text_layers)
        self.out = nn.Linear(config.latent, config.embedding)

    def forward(self, tokens: Tensor, mask: Tensor) -> Tensor:
        x = self.layers(self.project(tokens), src_key_padding_mask=~mask)  # (B, L, D)
        count = mask.sum(dim=1, keepdim=True).clamp_min(1)
        return self.out((x * mask[..., None]).sum(dim=1) / count)


class ContrastiveModel(nn.Module):
    def __init__(self, config: ContrastiveConfig) -> None:
        super().__init__()
        self.config = config
        self.motion, self.text = MotionEncoder(config), TextEncoder(config)

    def forward(self, motion: Tensor, mask: Tensor, tokens: Tensor, token_mask: Tensor) -> tuple[Tensor, Tensor]:
        """Embeddings of motions and of texts, (B, embedding) each."""
        return self.motion(motion, mask), self.text(tokens, token_mask)


def contrastive_loss(motions: Tensor, texts: Tensor, same: Tensor, margin: float) -> Tensor:
    """The loss of Guo et al. (CVPR 2022, Eq. 10) over all pairs of a batch instead of one mismatch a row.

    Matched pairs are pulled together, d^2; mismatched ones pushed to `margin`, max(0, margin - d)^2. `same` (B, B)
    marks pairs that are no mismatch although they do not belong together (equal captions, one recording).
    """
    distances = torch.cdist(motions.float(), texts.float())  # (B, B)
    own = torch.eye(len(distances), dtype=torch.bool, device=distances.device)
    apart = (margin - distances).clamp_min(0.0).square()
    mismatched = ~(same | own)
    pushed = (apart * mismatched).sum() / mismatched.sum().clamp_min(1)
    return distances.diagonal().square().mean() + pushed


def positions(frames: int, dimension: int, device: torch.device) -> Tensor:
    """Sinusoidal positions (frames, dimension) of Vaswani et al., 2017."""
    rates = torch.exp(-math.log(10000.0) * torch.arange(0, dimension, 2, device=device) / dimension)
    angles = torch.arange(frames, device=device)[:, None] * rates
    return torch.stack((torch.sin(angles), torch.cos(angles)), dim=-1).flatten(1)


def transformer_layers(config: ContrastiveConfig, layers: int) -> nn.TransformerEncoder:
    """So many of the transformer layers that all encoders here are made of."""
    layer = nn.TransformerEncoderLayer(
        config.latent, config.heads, config.feed_forward, config.dropout, activation="gelu", batch_first=True
    )
    return nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
