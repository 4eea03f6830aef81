"""`reprise train masked`: hidden cells of the base layer's token map told from the rest, text and references."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from torch import Tensor, nn
from torch.nn import functional

from reprise.models.masked_transformer import MaskedTransformer

from .config import MaskedTraining, load_config
from .loop import CONFIG, check_out
from .token_batches import MaskedBatch, masked_batch
from .tokens import train_on_tokens


class MaskedObjective(nn.Module):
    """Batch in, loss out: mean cross-entropy of the hidden cells (MaskGIT, Chang et al., CVPR 2022, Eq. 1)."""

    def __init__(self, network: MaskedTransformer) -> None:
        super().__init__()
        self.network = network

    def forward(self, batch: MaskedBatch) -> Tensor:
        given = batch.conditions
        condition = self.network.trunk.encode_condition(given.tokens, given.token_mask, given.references)
        logits = self.network(batch.ids, batch.mask, condition, given.use_text, given.use_references)
        loss = functional.cross_entropy(logits[batch.hidden].float(), batch.codes[batch.hidden], reduction="sum")
        return loss / batch.total


def train(
    data: Path, out: Path, config: Path | None = None, overrides: Sequence[str] = (), resume: bool = False
) -> Path:
    """Trains on the train split of a built data set; returns the checkpoint, whose weights are the EMA's.

    `out` and `resume` are those of `reprise train diffusion`. Raises `RepriseError` for bad input.
    """
    out = Path(out)
    check_out(out, resume)
    settings = load_config(out / CONFIG if resume and config is None else config, overrides, MaskedTraining())
    decoding = {"guidance": asdict(settings.guidance), "sampling": asdict(settings.sampling)}
    network = lambda: MaskedTransformer(settings.network)  # noqa: E731
    return train_on_tokens(data, out, settings, resume, network, MaskedObjective, masked_batch, decoding)
