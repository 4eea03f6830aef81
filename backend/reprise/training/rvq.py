"""`reprise train rvq`: windows of motion through the map of tokens and back (ReMoMask's 2-D RVQ-VAE)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import torch
from rich.console import Console

from reprise.data import dataset as datasets
from reprise.models.rvq import ResidualVQ2D
from reprise.models.rvq_checkpoint import RVQCheckpoint, save_rvq
from reprise_core.motion import write_file

from .config import RVQTraining, load_config, to_values
from .devices import accelerator_for
from .loop import CHECKPOINT, CONFIG, STATE, check_out, fit
from .run_log import RunLog
from .rvq_objective import RVQObjective
from .rvq_windows import WindowBatch, make_windows, windows_of_split
from .state import TrainingState, restore, save_state


def train(
    data: Path, out: Path, config: Path | None = None, overrides: Sequence[str] = (), resume: bool = False
) -> Path:
    """Trains on the train split of a built data set; returns the checkpoint.

    `out` and `resume` are those of `reprise train diffusion`. Codebooks are moving averages over whole batches, so
    several processes do not share a batch: each works on all of it. Raises `RepriseError` for bad input.
    """
    out = Path(out)
    check_out(out, resume)
    settings = load_config(out / CONFIG if resume and config is None else config, overrides, RVQTraining())
    dataset = datasets.load(data)
    accelerator = accelerator_for(settings.precision)
    console = Console(stderr=True, quiet=not accelerator.is_main_process)
    windows = windows_of_split(dataset, "train", settings.mirror)
    if accelerator.is_main_process:
        write_file(out / CONFIG, json.dumps(to_values(settings), indent=2).encode())
    torch.manual_seed(settings.seed)
    network = ResidualVQ2D(settings.network)
    state = TrainingState.start(network, settings.learning_rate, settings.weight_decay)
    if resume:
        restore(state, out / STATE)
    mean, std = torch.from_numpy(dataset.mean), torch.from_numpy(dataset.std)

    def batch_of_step(step: int) -> WindowBatch:
        return make_windows(windows, settings, step).to(accelerator.device)

    def save(state: TrainingState[ResidualVQ2D]) -> None:
        save_state(state, out / STATE)
        shipped = state.ema if settings.ema else state.network
        save_rvq(RVQCheckpoint(shipped, mean, std, state.step), out / CHECKPOINT)

    objective = RVQObjective(network, settings, mean.to(accelerator.device), std.to(accelerator.device))
    with RunLog(out, settings.steps, state.step, console) as log:
        fit(state, objective, batch_of_step, settings, accelerator, log, save)
    return out / CHECKPOINT
