"""Learnt layers over a frozen text encoder's token states."""

from __future__ import annotations

from torch import Tensor, nn


class TextHead(nn.Module):
    """`layers` transformer layers over the frozen encoder's token states (ReMoDiffuse: two)."""

    def __init__(
        self, dimension: int, latent: int, *, layers: int, heads: int, feed_forward: int, dropout: float
    ) -> None:
        super().__init__()
        self.project = nn.Linear(dimension, latent)
        layer = nn.TransformerEncoderLayer(latent, heads, feed_forward, dropout, activation="gelu", batch_first=True)
        self.layers = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(latent)

    def forward(self, tokens: Tensor, mask: Tensor) -> Tensor:  # (B, L, dimension), (B, L) -> (B, L, latent)
        return self.norm(self.layers(self.project(tokens), src_key_padding_mask=~mask))
