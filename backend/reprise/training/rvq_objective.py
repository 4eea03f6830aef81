"""The objective of the residual vector-quantised autoencoder, and the step of its codebooks."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from reprise.features.codec import decode
from reprise.features.representation import of_feature_count
from reprise.models.rvq import COLUMNS, ResidualVQ2D
from reprise.models.rvq_codebooks import averaged, nearest_codes, revived

from .config import RVQTraining
from .rvq_windows import WindowBatch


class RVQObjective(nn.Module):
    """Batch in, loss out; each call also takes one step of the codebooks' moving averages.

    The loss: smooth L1 of features; of the positions' change from frame to frame, times `velocity`; the distance in
    metres between decoded joints, times `joints`; what each layer's codes leave, times `commitment`.
    """

    def __init__(self, network: ResidualVQ2D, settings: RVQTraining, mean: Tensor, std: Tensor) -> None:
        """`mean` and `std` (F,) are those of the batches' features."""
        super().__init__()
        self.network, self._settings, self._mean, self._std = network, settings, mean, std
        self._representation = of_feature_count(network.config.features)

    def forward(self, batch: WindowBatch) -> Tensor:
        latent, inside = self.network.latent(batch.features, batch.mask)
        cells = latent[inside].flatten(0, 1)  # (N, D): what lies outside of a clip teaches nothing
        layers = batch.layers[:, None].expand_as(inside)[inside].repeat_interleave(COLUMNS)
        quantised, commitment = self._quantised(cells, layers, batch.candidates)
        passed = cells + (quantised - cells).detach()  # the gradient goes past the codes
        coded = torch.zeros_like(latent)
        coded[inside] = passed.unflatten(0, (-1, COLUMNS))
        made = self.network.from_latent(coded, inside)[:, : batch.features.shape[1]]
        return self._reconstruction(made, batch) + self._settings.commitment * commitment

    def _quantised(self, cells: Tensor, layers: Tensor, candidates: Tensor) -> tuple[Tensor, Tensor]:
        """Cells (N, D), each coded by its first `layers` (N,) layers -> their codes' sum, and the commitment loss."""
        network, learning = self.network, self._settings.codebooks
        total, residual, commitment = torch.zeros_like(cells), cells, cells.new_zeros(())
        for layer in range(network.config.quantisers):
            used = layers > layer
            if not used.any():
                break
            rows = residual[used]
            with torch.no_grad():
                book, uses = network.codebooks[layer], network.uses[layer]
                picked = (candidates[layer] * len(rows)).long()
                if self.training:
                    book, uses = revived(book, uses, rows, picked, learning.dead)
                codes = nearest_codes(rows, book)
                vectors = book[codes]
                if self.training:
                    network.codebooks[layer], network.uses[layer] = averaged(book, uses, rows, codes, learning.decay)
            commitment = commitment + functional.mse_loss(rows, vectors)
            chosen = torch.zeros_like(cells).index_put((used,), vectors)
            total, residual = total + chosen, residual - chosen
        return total, commitment

    def _reconstruction(self, made: Tensor, batch: WindowBatch) -> Tensor:
        mask, settings = batch.mask, self._settings
        pairs = mask[:, 1:] & mask[:, :-1]
        block = self._representation.positions
        moved, moves = (x[..., block].diff(dim=1)[pairs] for x in (made, batch.features))
        loss = functional.smooth_l1_loss(made[mask], batch.features[mask])
        loss = loss + settings.velocity * functional.smooth_l1_loss(moved, moves)
        if settings.joints:
            posed, given = (decode(x * self._std + self._mean, self._representation) for x in (made, batch.features))
            loss = loss + settings.joints * (posed - given)[mask].norm(dim=-1).mean()
        return loss
