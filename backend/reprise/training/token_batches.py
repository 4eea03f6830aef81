"""The token maps and conditions of step i: a function of the seed and the step, so that resuming is exact."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from reprise.diffusion.ddim import seeded_generator
from reprise.masking.corruption import corrupted, hidden_cells
from reprise.models.token_transformer import References

from .batches import rows_of_step
from .config import TokenTraining
from .examples import Examples
from .token_maps import TokenMaps

Codes = NDArray[np.int64]


class Conditions(NamedTuple):
    """Prompts as tokens (B, L, E) with token_mask (B, L), k references, and which of them each row sees (B,)."""

    tokens: Tensor
    token_mask: Tensor
    use_text: Tensor
    use_references: Tensor
    references: References


class MaskedBatch(NamedTuple):
    """B maps: `ids` (B, T, J) as the network sees them, `hidden` (B, T, J) the cells whose `codes` (B, T, J) it must
    tell, `mask` (B, T); `total` hidden cells of the whole batch, divided by the number of parts it was cut into.
    """

    ids: Tensor
    codes: Tensor
    hidden: Tensor
    mask: Tensor
    total: float
    conditions: Conditions


class ResidualBatch(NamedTuple):
    """B maps `codes` (B, T, J, Q) with `mask` (B, T), and the layer (B,) that the network must tell; `total` cells."""

    codes: Tensor
    layer: Tensor
    mask: Tensor
    total: float
    conditions: Conditions


Batch = TypeVar("Batch", MaskedBatch, ResidualBatch)


def part(batch: Batch, index: int, count: int, device: torch.device) -> Batch:
    """Every `count`-th row from `index` on; the mean of the parts' losses is the whole batch's loss."""
    return _each(batch, lambda rows: rows[index::count].to(device), lambda total: total / count)


def masked_batch(examples: Examples, maps: TokenMaps, settings: TokenTraining, step: int) -> MaskedBatch:
    """The maps of a step with cells hidden, drawn from (settings.seed, step) alone."""
    random = seeded_generator(settings.seed, stream=2 * step + 3)
    drawn, conditions = _drawn(examples, maps, settings, step, random)
    codes, mask = _padded([each[..., 0] for each in drawn])
    ids, hidden = codes.copy(), np.zeros(codes.shape, np.bool_)
    for row, each in enumerate(drawn):
        hidden[row, : len(each)] = hidden_cells(each.shape[0], each.shape[1], random)
        base = each[..., 0]
        ids[row, : len(each)] = corrupted(base, hidden[row, : len(each)], settings.network.codes, random)
    return MaskedBatch(
        ids=torch.from_numpy(ids),
        codes=torch.from_numpy(codes),
        hidden=torch.from_numpy(hidden),
        mask=torch.from_numpy(mask),
        total=float(hidden.sum()),
        conditions=conditions,
    )


def residual_batch(examples: Examples, maps: TokenMaps, settings: TokenTraining, step: int) -> ResidualBatch:
    """The maps of a step and a finer layer each, drawn from (settings.seed, step) alone."""
    random = seeded_generator(settings.seed, stream=2 * step + 3)
    drawn, conditions = _drawn(examples, maps, settings, step, random)
    codes, mask = _padded(drawn)
    layer = random.integers(1, codes.shape[-1], len(drawn))
    total = float(mask.sum() * codes.shape[2])
    tensors = torch.from_numpy(codes), torch.from_numpy(layer), torch.from_numpy(mask)
    return ResidualBatch(*tensors, total, conditions)


def _drawn(
    examples: Examples, maps: TokenMaps, settings: TokenTraining, step: int, random: np.random.Generator
) -> tuple[list[Codes], Conditions]:
    rows = rows_of_step(examples.lengths, settings.batch, settings.seed, step)
    picked = [random.integers(len(examples.captions[row])) for row in rows]
    captions = np.array([examples.captions[row][pick] for row, pick in zip(rows, picked, strict=True)])
    drawn = [maps.of(int(row), int(random.integers(maps.versions))) for row in rows]
    found = np.array([examples.references[row][pick] for row, pick in zip(rows, picked, strict=True)])  # (B, k)
    references, reference_mask = _padded([maps.of(int(i))[..., 0] for i in found.flat])
    words = np.array([random.choice(examples.captions[i]) for i in found.flat])
    sentences = np.stack([examples.text.sentences.read(int(word), 1)[0] for word in words])
    tokens, token_mask = examples.text.padded(captions)
    longest = int(token_mask.sum(axis=1).max())
    chance = random.random(len(rows))
    drop_all, drop_text, drop_references = np.cumsum(
        (settings.drop_condition, settings.drop_text, settings.drop_references)
    )
    use_text = chance >= drop_text
    use_references = (chance >= drop_references) | ((chance >= drop_all) & (chance < drop_text))
    return drawn, Conditions(
        torch.from_numpy(tokens[:, :longest]),
        torch.from_numpy(token_mask[:, :longest]),
        torch.from_numpy(use_text),
        torch.from_numpy(use_references),
        References(
            torch.from_numpy(references).unflatten(0, found.shape),
            torch.from_numpy(reference_mask).unflatten(0, found.shape),
            torch.from_numpy(sentences).unflatten(0, found.shape),
        ),
    )


def _padded(maps: list[Codes]) -> tuple[Codes, NDArray[np.bool_]]:
    """Maps (T_i, ...) -> (B, T, ...) with zeros behind the ends, and the mask (B, T) of what is real."""
    times = max(map(len, maps))
    padded, mask = np.zeros((len(maps), times, *maps[0].shape[1:]), np.int64), np.zeros((len(maps), times), np.bool_)
    for row, each in enumerate(maps):
        padded[row, : len(each)], mask[row, : len(each)] = each, True
    return padded, mask


def _each(value: Any, tensor: Callable[[Tensor], Tensor], number: Callable[[float], float]) -> Any:
    if isinstance(value, Tensor):
        return tensor(value)
    if isinstance(value, float):
        return number(value)
    return type(value)(*(_each(item, tensor, number) for item in value))
