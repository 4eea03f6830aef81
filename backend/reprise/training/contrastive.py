"""`reprise train contrastive`: motions and their captions drawn together, mismatched ones pushed apart."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from torch import Tensor, nn

from reprise import text
from reprise.data import dataset as datasets
from reprise.data.padding import pad
from reprise.diffusion.ddim import seeded_generator
from reprise.models.contrastive import ContrastiveModel, contrastive_loss
from reprise.models.contrastive_checkpoint import ContrastiveCheckpoint, save_contrastive
from reprise_core.motion import write_file

from .batches import cropped, rows_of_step
from .config import CaptionedTraining, ContrastiveTraining, load_config, to_values
from .devices import accelerator_for
from .examples import Examples, build_examples
from .loop import CHECKPOINT, CONFIG, STATE, check_out, fit
from .run_log import RunLog
from .state import TrainingState, restore, save_state

_LONGEST = 196


@dataclass(frozen=True)
class PairBatch:
    """B motions (B, T, 263) with mask (B, T), a caption each as tokens (B, L, E) with mask (B, L).

    `captions` and `recordings` (B,) are their numbers in the training set.
    """

    motion: Tensor
    mask: Tensor
    tokens: Tensor
    token_mask: Tensor
    captions: Tensor
    recordings: Tensor

    @property
    def same(self) -> Tensor:
        """(B, B) pairs that are no mismatch: equal captions, or windows and twins of one recording."""
        return (self.captions[:, None] == self.captions) | (self.recordings[:, None] == self.recordings)


class ContrastiveObjective(nn.Module):
    """Batch in, loss out."""

    def __init__(self, network: ContrastiveModel, margin: float) -> None:
        super().__init__()
        self.network, self._margin = network, margin

    def forward(self, batch: PairBatch) -> Tensor:
        motions, texts = self.network(batch.motion, batch.mask, batch.tokens, batch.token_mask)
        return contrastive_loss(motions, texts, batch.same, self._margin)


def train(
    data: Path, out: Path, config: Path | None = None, overrides: Sequence[str] = (), resume: bool = False
) -> Path:
    """Trains on the train split of a built data set; returns the checkpoint, whose weights are the EMA's.

    `out` and `resume` are those of `reprise train diffusion`. A row's mismatches are the rest of its batch, so several
    processes would not see the same ones: each works on the whole batch. Raises `RepriseError` for bad input.
    """
    out = Path(out)
    check_out(out, resume)
    settings = load_config(out / CONFIG if resume and config is None else config, overrides, ContrastiveTraining())
    dataset = datasets.load(data)
    accelerator = accelerator_for(settings.precision)
    console = Console(stderr=True, quiet=not accelerator.is_main_process)
    with accelerator.main_process_first(), console.status("preparing") as status:
        examples = build_examples(
            dataset,
            "train",
            text.load(settings.encoder),
            references=0,
            mirror=settings.mirror,
            composed=0,
            seed=settings.seed,
            on_progress=lambda what, done, total: status.update(f"preparing: {what} {done}/{total}"),
        )
    if accelerator.is_main_process:
        write_file(out / CONFIG, json.dumps(to_values(settings), indent=2).encode())
    torch.manual_seed(settings.seed)
    network = ContrastiveModel(settings.network)
    state = TrainingState.start(network, settings.learning_rate, settings.weight_decay)
    if resume:
        restore(state, out / STATE)
    objective = ContrastiveObjective(network, settings.margin)

    def batch_of_step(step: int) -> PairBatch:
        torch.manual_seed(settings.seed + step)  # dropout, too, follows from the step
        return make_pairs(examples, settings, step, accelerator.device)

    def save(state: TrainingState[ContrastiveModel]) -> None:
        save_state(state, out / STATE)
        mean, std = torch.from_numpy(dataset.mean), torch.from_numpy(dataset.std)
        shipped = state.ema if settings.ema else state.network
        save_contrastive(ContrastiveCheckpoint(shipped, mean, std, settings.encoder, state.step), out / CHECKPOINT)

    with RunLog(out, settings.steps, state.step, console) as log:
        fit(state, objective, batch_of_step, settings, accelerator, log, save)
    return out / CHECKPOINT


def make_pairs(examples: Examples, settings: CaptionedTraining, step: int, device: torch.device) -> PairBatch:
    """The batch of a step, drawn from (settings.seed, step) alone."""
    random = seeded_generator(settings.seed, stream=2 * step + 3)
    rows = rows_of_step(examples.lengths, settings.batch, settings.seed, step)
    captions = np.array([random.choice(examples.captions[row]) for row in rows])
    motion, mask = pad([cropped(examples.motions.drawn(row, random), settings.crop, random) for row in rows], _LONGEST)
    tokens, token_mask = examples.text.padded(captions)
    return PairBatch(
        motion=torch.from_numpy(motion).to(device),
        mask=torch.from_numpy(mask).to(device),
        tokens=torch.from_numpy(tokens).to(device),
        token_mask=torch.from_numpy(token_mask).to(device),
        captions=torch.from_numpy(captions).to(device),
        recordings=torch.from_numpy(examples.recording_numbers[rows]).to(device),
    )
