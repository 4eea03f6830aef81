"""ReMoMask's masked transformer: what stands at the masked places of a 2-D token map (Li et al., 2025)."""

from __future__ import annotations

from torch import Tensor, nn

from .token_transformer import Condition, TokenTransformer, TokenTransformerConfig


class MaskedTransformer(nn.Module):
    """Ids of the base layer in, logits of every place out. Ids: the codes, then [MASK] and [PAD]."""

    def __init__(self, config: TokenTransformerConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.codes + 2, config.latent)
        nn.init.normal_(self.embedding.weight, std=0.02)
        self.trunk = TokenTransformer(config)
        self.out = nn.Linear(config.latent, config.codes)

    @property
    def mask_id(self) -> int:
        """The id of [MASK]."""
        return self.config.codes

    def forward(
        self, ids: Tensor, mask: Tensor, condition: Condition, use_text: Tensor, use_references: Tensor
    ) -> Tensor:
        """ids (B, T, J) -> logits (B, T, J, codes); `condition` is the trunk's, the rest as there.

        What lies beyond a row's length (mask (B, T) False) is [PAD] whatever its id.
        """
        ids = ids.masked_fill(~mask[..., None], self.config.codes + 1)
        return self.out(self.trunk(self.embedding(ids), mask, condition, use_text, use_references))
