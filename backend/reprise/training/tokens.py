"""What the trainings on token maps share: from a data set, an RVQ and a network to a fitted checkpoint."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import torch
from rich.console import Console
from torch import nn

from reprise import text
from reprise.data import dataset as datasets
from reprise.models.masked_transformer import MaskedTransformer
from reprise.models.residual_transformer import ResidualTransformer
from reprise.models.rvq import COLUMNS, RVQConfig
from reprise.models.rvq_checkpoint import load_rvq
from reprise.models.token_checkpoint import TokenCheckpoint, content_of_codes, save_tokens
from reprise_core.errors import RepriseError
from reprise_core.motion import write_file

from .config import TokenTraining, to_values
from .devices import accelerator_for
from .examples import Examples, build_examples
from .loop import CHECKPOINT, CONFIG, STATE, fit
from .run_log import RunLog
from .state import TrainingState, restore, save_state
from .token_batches import part
from .token_maps import TokenMaps, token_maps

Network = TypeVar("Network", MaskedTransformer, ResidualTransformer)
MakeBatch = Callable[[Examples, TokenMaps, Any, int], Any]


def train_on_tokens(
    data: Path,
    out: Path,
    settings: TokenTraining,
    resume: bool,
    make: Callable[[], Network],
    objective_of: Callable[[Network], nn.Module],
    make_batch: MakeBatch,
    decoding: dict[str, Any],
) -> Path:
    """Trains on the train split of a built data set; returns the checkpoint, whose weights are the EMA's.

    `make_batch(examples, maps, settings, step)` draws a step's batch, of which every process works on its part;
    `decoding` is kept in the checkpoint. Raises `RepriseError` for bad input.
    """
    dataset = datasets.load(data)
    accelerator = accelerator_for(settings.precision)
    console = Console(stderr=True, quiet=not accelerator.is_main_process)
    rvq = load_rvq(Path(settings.rvq), str(accelerator.device))
    _check_sizes(settings, rvq.network.config)
    with accelerator.main_process_first(), console.status("preparing") as status:

        def tell(what: str, done: int, total: int) -> None:
            status.update(f"preparing: {what} {done}/{total}")

        examples = build_examples(
            dataset,
            "train",
            text.load(settings.encoder),
            references=settings.references,
            mirror=settings.mirror,
            composed=settings.composed,
            seed=settings.seed,
            on_progress=tell,
        )
        maps = token_maps(
            examples,
            rvq,
            versions=settings.versions,
            crop=settings.crop,
            seed=settings.seed,
            on_progress=lambda done, total: tell("tokens", done, total),
        )
    console.print(
        f"{len(examples.motions)} motions in {settings.versions} versions, {len(maps.codes)} columns of tokens, "
        f"{len(examples.text)} captions; {accelerator.device}, {settings.precision}"
    )
    if accelerator.is_main_process:
        write_file(out / CONFIG, json.dumps(to_values(settings), indent=2).encode())
    torch.manual_seed(settings.seed)
    network = make()
    state = TrainingState.start(network, settings.learning_rate, settings.weight_decay)
    if resume:
        restore(state, out / STATE)

    def batch_of_step(step: int) -> Any:
        torch.manual_seed(settings.seed + step)  # dropout, too, follows from the step
        batch = make_batch(examples, maps, settings, step)
        return part(batch, accelerator.process_index, accelerator.num_processes, accelerator.device)

    codes = content_of_codes(rvq.network)

    def save(state: TrainingState[Network]) -> None:
        save_state(state, out / STATE)
        shipped = state.ema if settings.ema else state.network
        checkpoint = TokenCheckpoint(shipped, settings.encoder, codes, state.step, decoding=decoding)
        save_tokens(checkpoint, out / CHECKPOINT)

    with RunLog(out, settings.steps, state.step, console) as log:
        fit(state, objective_of(network), batch_of_step, settings, accelerator, log, save)
    return out / CHECKPOINT


def _check_sizes(settings: TokenTraining, rvq: RVQConfig) -> None:
    wanted = {"codes": rvq.codes, "joints": COLUMNS, "quantisers": rvq.quantisers}
    for name, value in wanted.items():
        if getattr(settings.network, name, value) != value:
            message = f"The network has {getattr(settings.network, name)} {name}, the RVQ {settings.rvq} has {value}."
            raise RepriseError("bad_config", message, f"Set network.{name}={value}.")
