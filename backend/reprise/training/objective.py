"""The training objective (Eq. 2): masked mean squared error of the predicted x0."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from reprise.diffusion.schedule import Schedule
from reprise.models.semantics_modulated_transformer import References, SemanticsModulatedTransformer

from .batches import Batch
from .displacement import DisplacementError

_REFERENCE_GROUPS = 4


class DiffusionObjective(nn.Module):
    """Batch in, loss out: all of the network runs inside one `forward`, which is what data parallelism wraps."""

    def __init__(
        self,
        network: SemanticsModulatedTransformer,
        schedule: Schedule,
        displacement: DisplacementError | None = None,
        weight: float = 0.0,
    ) -> None:
        super().__init__()
        self.network, self._schedule = network, schedule
        self._displacement, self._weight = displacement, weight

    def forward(self, batch: Batch) -> Tensor:
        """The squared error summed over the rows' real frames, divided by `batch.frames_a_part`."""
        references = encode_by_length(
            self.network,
            batch.references,
            batch.reference_mask,
            batch.reference_tokens,
            batch.reference_token_mask,
        )
        condition = self.network.encode_condition(batch.tokens, batch.token_mask, references)
        noisy = self._schedule.add_noise(batch.x0, batch.noise, batch.t)
        predicted = self.network(noisy, batch.t, batch.mask, condition, batch.use_text, batch.use_references)
        predicted = predicted.float()
        error = ((predicted - batch.x0).square().mean(dim=-1) * batch.mask).sum()
        if self._displacement is not None:
            error = error + self._weight * (self._displacement(predicted, batch.x0) * batch.mask[:, 1:]).sum()
        return error / batch.frames_a_part


def encode_by_length(
    network: SemanticsModulatedTransformer, motion: Tensor, mask: Tensor, tokens: Tensor, token_mask: Tensor
) -> References:
    """`network.encode_references`, but references of like lengths together, so that little of the work is padding."""
    shape, stride = mask.shape, network.config.reference_stride
    motion, mask, tokens, token_mask = (part.flatten(0, 1)[:, None] for part in (motion, mask, tokens, token_mask))
    order = mask.sum(dim=(1, 2)).argsort()
    longest = -(-mask.shape[2] // stride)
    encoded = []
    for rows in order.chunk(_REFERENCE_GROUPS):
        frames = int(mask[rows].sum(dim=(1, 2)).max())
        part = network.encode_references(
            motion[rows, :, :frames], mask[rows, :, :frames], tokens[rows], token_mask[rows]
        )
        missing = longest - part.mask.shape[1]
        encoded.append(
            References(
                torch.nn.functional.pad(part.motion, (0, 0, 0, missing)),
                torch.nn.functional.pad(part.text, (0, 0, 0, missing)),
                torch.nn.functional.pad(part.mask, (0, missing)),
            )
        )
    back = order.argsort()
    parts = (torch.cat(column)[back] for column in zip(*encoded, strict=True))
    return References(*(part.unflatten(0, shape[:2]).flatten(1, 2) for part in parts))
