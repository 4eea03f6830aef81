"""`reprise train residual`: the codes of a finer layer told from those of all coarser ones, text and references."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from torch import Tensor, nn
from torch.nn import functional

from reprise.models.residual_transformer import ResidualTransformer

from .config import ResidualTraining, load_config
from .loop import CONFIG, check_out
from .token_batches import ResidualBatch, residual_batch
from .tokens import train_on_tokens


class ResidualObjective(nn.Module):
    """Batch in, loss out: mean cross-entropy of one random layer a row (MoMask, Guo et al., CVPR 2024, Eq. 5)."""

    def __init__(self, network: ResidualTransformer) -> None:
        super().__init__()
        self.network = network

    def forward(self, batch: ResidualBatch) -> Tensor:
        given = batch.conditions
        condition = self.network.trunk.encode_condition(given.tokens, given.token_mask, given.references)
        use = given.use_text, given.use_references
        logits = self.network(batch.codes, batch.layer, batch.mask, condition, *use)
        layer = batch.layer[:, None, None, None].expand(*batch.codes.shape[:3], 1)
        codes = batch.codes.gather(-1, layer)[..., 0]  # (B, T, J)
        return (
            functional.cross_entropy(
                logits[batch.mask].float().flatten(0, 1), codes[batch.mask].flatten(), reduction="sum"
            )
            / batch.total
        )


def train(
    data: Path, out: Path, config: Path | None = None, overrides: Sequence[str] = (), resume: bool = False
) -> Path:
    """Trains on the train split of a built data set; returns the checkpoint, whose weights are the EMA's.

    `out` and `resume` are those of `reprise train diffusion`. Raises `RepriseError` for bad input.
    """
    out = Path(out)
    check_out(out, resume)
    settings = load_config(out / CONFIG if resume and config is None else config, overrides, ResidualTraining())
    network = lambda: ResidualTransformer(settings.network)  # noqa: E731
    return train_on_tokens(data, out, settings, resume, network, ResidualObjective, residual_batch, {})
