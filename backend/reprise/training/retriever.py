"""`reprise train retriever`: text and motion drawn together against a queue of what went before (ReMoMask, part 1)."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import torch
from rich.console import Console
from torch import Tensor, nn

from reprise import text
from reprise.data import dataset as datasets
from reprise.models.momentum_checkpoint import RetrieverCheckpoint, save_retriever
from reprise.models.momentum_contrast import PairQueue, symmetric_info_nce, update_momentum
from reprise.models.momentum_retriever import MomentumRetriever
from reprise_core.motion import write_file

from .config import RetrieverTraining, load_config, to_values
from .contrastive import PairBatch, make_pairs
from .devices import accelerator_for
from .examples import Examples, build_examples
from .loop import CHECKPOINT, CONFIG, STATE, check_out, fit
from .retriever_validation import log_validation, mean_reciprocal_rank
from .run_log import RunLog
from .state import TrainingState, restore, save_state


class RetrieverObjective(nn.Module):
    """Batch in, loss out. A step moves the momentum copies towards the network and puts their embeddings in the queue.

    `carried` are the tensors that it changes in place besides the network's weights.
    """

    def __init__(self, network: MomentumRetriever, queue: PairQueue, momentum: float, temperature: float) -> None:
        super().__init__()
        self.network, self.queue = network, queue
        self.slow = copy.deepcopy(network).eval().requires_grad_(False)
        self._momentum, self._temperature = momentum, temperature

    @property
    def carried(self) -> dict[str, Tensor]:
        return {f"queue.{name}": value for name, value in self.queue.tensors().items()} | {
            f"slow.{name}": value for name, value in self.slow.state_dict().items()
        }

    def train(self, mode: bool = True) -> RetrieverObjective:
        """The momentum copies stay without dropout."""
        super().train(mode)
        self.slow.eval()
        return self

    def forward(self, batch: PairBatch) -> Tensor:
        pairs = (batch.motion, batch.mask, batch.tokens, batch.token_mask)
        motions, texts = self.network(*pairs)  # (B, D)
        with torch.no_grad():
            update_momentum(self.slow, self.network, self._momentum)
            key_motions, key_texts = self.slow(*pairs)
            apart = self.queue.no_negatives(batch.captions, batch.recordings)
            all_motions = torch.cat((key_motions, self.queue.motions))  # (B + Q, D)
            all_texts = torch.cat((key_texts, self.queue.texts))
        loss = symmetric_info_nce(motions, texts, all_motions, all_texts, apart, self._temperature)
        self.queue.push(key_motions, key_texts, batch.captions, batch.recordings)
        return loss


def train(
    data: Path, out: Path, config: Path | None = None, overrides: Sequence[str] = (), resume: bool = False
) -> Path:
    """Trains on the train split of a built data set; returns the checkpoint, whose weights are the EMA's.

    Where there is a val split, the checkpoint is that of the save which ranked it best, and `validation.csv` has all.
    `out` and `resume` are those of `reprise train diffusion`. Queues are of whole batches, so several processes do not
    share a batch: each works on all of it. Raises `RepriseError` for bad input.
    """
    out = Path(out)
    check_out(out, resume)
    settings = load_config(out / CONFIG if resume and config is None else config, overrides, RetrieverTraining())
    dataset = datasets.load(data)
    accelerator = accelerator_for(settings.precision)
    console = Console(stderr=True, quiet=not accelerator.is_main_process)
    encoder = text.load(settings.encoder)
    with accelerator.main_process_first(), console.status("preparing") as status:
        build: Callable[..., Examples] = partial(
            build_examples,
            dataset,
            encoder=encoder,
            references=0,
            composed=0,
            seed=settings.seed,
            on_progress=lambda what, done, total: status.update(f"preparing: {what} {done}/{total}"),
        )
        examples = build(split="train", mirror=settings.mirror)
        has_validation = any(segment.split == "val" for segment in dataset.segments)
        validation = build(split="val", mirror=False) if has_validation else None
    if accelerator.is_main_process:
        write_file(out / CONFIG, json.dumps(to_values(settings), indent=2).encode())
    torch.manual_seed(settings.seed)
    network = MomentumRetriever(settings.network)
    # A queue longer than the training set would hold every pair twice.
    size = max(settings.batch, min(settings.queue, len(examples.motions)))
    queue = PairQueue(size, settings.network.embedding, accelerator.device)
    objective = RetrieverObjective(network, queue, settings.momentum, settings.temperature).to(accelerator.device)
    best = torch.zeros(1)
    state = TrainingState.start(network, settings.learning_rate, settings.weight_decay)
    state.ema.eval()
    state.carried = {**objective.carried, "best": best}
    if resume:
        restore(state, out / STATE)

    def batch_of_step(step: int) -> PairBatch:
        torch.manual_seed(settings.seed + step)  # dropout, too, follows from the step
        return make_pairs(examples, settings, step, accelerator.device)

    def save(state: TrainingState[MomentumRetriever]) -> None:
        shipped = state.ema if settings.ema else copy.deepcopy(state.network).eval()
        rank = mean_reciprocal_rank(shipped, validation) if validation else float(state.step)
        is_best = rank > best
        best.fill_(max(rank, float(best)))
        save_state(state, out / STATE)
        if validation:
            log_validation(out, state.step, rank)
        if is_best:
            mean, std = torch.from_numpy(dataset.mean), torch.from_numpy(dataset.std)
            kept = RetrieverCheckpoint(shipped, mean, std, settings.encoder, state.step, out.name)
            save_retriever(kept, out / CHECKPOINT)

    with RunLog(out, settings.steps, state.step, console) as log:
        fit(state, objective, batch_of_step, settings, accelerator, log, save)
    return out / CHECKPOINT
