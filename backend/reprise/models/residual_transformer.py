"""The residual transformer: the codes of one quantiser from those of all coarser ones (MoMask, Guo et al., 2024)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .token_transformer import Condition, TokenTransformer, TokenTransformerConfig


@dataclass(frozen=True)
class ResidualConfig(TokenTransformerConfig):
    """Sizes as of the masked transformer; `quantisers` layers of codes, the base layer counted."""

    quantisers: int = 6


class ResidualTransformer(nn.Module):
    """Codes of all layers and the number of the wanted one in, its logits out: layers from there on are not seen."""

    def __init__(self, config: ResidualConfig) -> None:
        super().__init__()
        self.config = config
        finer = config.quantisers - 1
        self.embeddings = nn.Parameter(torch.randn(finer, config.codes, config.latent) * 0.02)
        self.layer_embedding = nn.Embedding(finer, config.latent)
        self.trunk = TokenTransformer(config)
        self.out = nn.Parameter(torch.randn(finer, config.latent, config.codes) * config.latent**-0.5)

    def forward(
        self,
        codes: Tensor,
        layer: Tensor,
        mask: Tensor,
        condition: Condition,
        use_text: Tensor,
        use_references: Tensor,
    ) -> Tensor:
        """codes (B, T, J, Q), layer (B,) from 1 to Q - 1 -> logits (B, T, J, codes) of that layer."""
        finer = torch.arange(self.config.quantisers - 1, device=codes.device)
        embedded = self.embeddings[finer, codes[..., :-1]]  # (B, T, J, Q - 1, D)
        known = (finer < layer[:, None])[:, None, None, :, None]  # quantiser i is known where i < layer
        z = (embedded * known).sum(dim=-2) + self.layer_embedding(layer - 1)[:, None, None]
        h = self.trunk(z, mask, condition, use_text, use_references)
        return torch.einsum("btjd,bdk->btjk", h, self.out[layer - 1])
