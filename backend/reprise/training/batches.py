"""The examples and random numbers of step i: a function of the seed and the step, so that resuming is exact."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from reprise.data.padding import pad
from reprise.diffusion.ddim import seeded_generator
from reprise.diffusion.schedule import TRAINING_STEPS

from .config import DiffusionTraining
from .examples import Examples

_BATCHES_A_BUCKET = 8  # batches of like lengths are cut from chunks of this many
_SHORTEST_CROP = 0.75


@dataclass(frozen=True)
class Batch:
    """One training step's input: B rows of at most T frames, k references of at most F frames, L words.

    x0 (B, T, 263), mask (B, T), t (B,), noise like x0, tokens (B, L, E), token_mask (B, L), use_text and
    use_references (B,), references (B, k, F, 263), reference_mask (B, k, F), reference_tokens (B, k, L, E),
    reference_token_mask (B, k, L).
    """

    x0: Tensor
    mask: Tensor
    t: Tensor
    noise: Tensor
    tokens: Tensor
    token_mask: Tensor
    use_text: Tensor
    use_references: Tensor
    references: Tensor
    reference_mask: Tensor
    reference_tokens: Tensor
    reference_token_mask: Tensor
    frames_a_part: float  # real frames of the whole batch, divided by the number of parts it was cut into

    def part(self, index: int, count: int) -> Batch:
        """Every `count`-th row from `index` on; the mean of the parts' losses is the whole batch's loss."""
        tensors = {name: value[index::count] for name, value in vars(self).items() if isinstance(value, Tensor)}
        return Batch(**tensors, frames_a_part=self.frames_a_part / count)

    def to(self, device: torch.device) -> Batch:
        """The batch on another device."""
        tensors = {name: value.to(device) for name, value in vars(self).items() if isinstance(value, Tensor)}
        return Batch(**tensors, frames_a_part=self.frames_a_part)


def rows_of_step(lengths: NDArray[np.intp], batch: int, seed: int, step: int) -> NDArray[np.intp]:
    """The motions of a step: every epoch a new order, cut into batches of like lengths so that little is padding."""
    a_epoch = max(1, len(lengths) // batch)
    epoch, position = divmod(step, a_epoch)
    random = seeded_generator(seed, stream=2 * epoch + 2)
    order = random.permutation(len(lengths))
    chunk = batch * _BATCHES_A_BUCKET
    order = np.concatenate(
        [part[np.argsort(lengths[part], kind="stable")] for part in np.split(order, range(chunk, len(order), chunk))]
    )
    batches = [order[i * batch : (i + 1) * batch] for i in range(a_epoch)]
    return batches[random.permutation(a_epoch)[position]]


def make_batch(examples: Examples, config: DiffusionTraining, step: int) -> Batch:
    """The batch of a step, drawn from (config.seed, step) alone."""
    random = seeded_generator(config.seed, stream=2 * step + 3)
    rows = rows_of_step(examples.lengths, config.batch, config.seed, step)
    picked = [random.integers(len(examples.captions[row])) for row in rows]
    captions = np.array([examples.captions[row][pick] for row, pick in zip(rows, picked, strict=True)])
    x0, mask = pad(
        [cropped(examples.motions.drawn(row, random), config.crop, random) for row in rows], config.network.frames
    )
    found = np.array([examples.references[row][pick] for row, pick in zip(rows, picked, strict=True)])  # (B, k)
    references, reference_mask = pad([examples.motions[i] for i in found.flat], config.network.frames)
    words = np.array([random.choice(examples.captions[i]) for i in found.flat]).reshape(found.shape)
    size = len(rows)
    (tokens, token_mask), (reference_tokens, reference_token_mask) = map(examples.text.padded, (captions, words))
    return Batch(
        x0=torch.from_numpy(x0),
        mask=torch.from_numpy(mask),
        t=torch.from_numpy(random.integers(0, TRAINING_STEPS, size)),
        noise=torch.from_numpy(random.standard_normal(x0.shape, dtype=np.float32)),
        tokens=torch.from_numpy(tokens),
        token_mask=torch.from_numpy(token_mask),
        use_text=torch.from_numpy(random.random(size) >= config.drop_text),
        use_references=torch.from_numpy(random.random(size) >= config.drop_references),
        references=torch.from_numpy(references).unflatten(0, found.shape),
        reference_mask=torch.from_numpy(reference_mask).unflatten(0, found.shape),
        reference_tokens=torch.from_numpy(reference_tokens),
        reference_token_mask=torch.from_numpy(reference_token_mask),
        frames_a_part=float(mask.sum()),
    )


def cropped(motion: NDArray[np.float32], probability: float, random: np.random.Generator) -> NDArray[np.float32]:
    """With the given probability a random stretch of the motion (T, C), three quarters of it or more."""
    if random.random() >= probability:
        return motion
    frames = max(1, round(len(motion) * random.uniform(_SHORTEST_CROP, 1.0)))
    start = random.integers(0, len(motion) - frames + 1)
    return motion[start : start + frames]
