"""`reprise train diffusion`: the masked x0 loss (Eq. 2) with condition dropout, EMA, checkpoints and exact resume."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import torch
from accelerate import Accelerator
from rich.console import Console

from reprise import text
from reprise.data import dataset as datasets
from reprise.diffusion.schedule import linear_schedule
from reprise.models.checkpoint import Checkpoint, save_checkpoint
from reprise_core.errors import RepriseError
from reprise_core.motion import write_file

from .batches import make_batch
from .config import DiffusionTraining, load_config, to_values
from .examples import Examples, build_examples
from .objective import DiffusionObjective
from .run_log import RunLog
from .state import TrainingState, load_state, save_state

CHECKPOINT, STATE, CONFIG = "model.safetensors", "training.safetensors", "config.json"


def train(
    data: Path, out: Path, config: Path | None = None, overrides: Sequence[str] = (), resume: bool = False
) -> Path:
    """Trains on the train split of a built data set; returns the checkpoint, whose weights are the EMA's.

    `out` gets the config, `model.safetensors`, the state to resume from, losses.csv and TensorBoard's events. Without
    `resume`, an `out` that already holds a run is refused. Raises `RepriseError` for bad input. Started by torchrun,
    the processes share each batch and reach the same weights as one process would.
    """
    out = Path(out)
    if resume and not (out / STATE).is_file():
        raise RepriseError("no_run", f"There is no run to resume in {out}.", "Leave out --resume to start one.")
    if not resume and (out / CONFIG).exists():
        raise RepriseError("run_exists", f"{out} already holds a run.", "Add --resume, or choose another folder.")
    settings = load_config(out / CONFIG if resume and config is None else config, overrides)
    dataset = datasets.load(data)
    accelerator = Accelerator(mixed_precision=settings.precision)
    console = Console(stderr=True, quiet=not accelerator.is_main_process)
    with console.status("preparing") as status:
        examples = build_examples(
            dataset,
            "train",
            text.load(settings.encoder),
            references=settings.references,
            mirror=settings.mirror,
            composed=settings.composed,
            seed=settings.seed,
            on_progress=lambda what, done, total: status.update(f"preparing: {what} {done}/{total}"),
        )
    console.print(
        f"{len(examples.motions)} motions ({examples.database} in the database), {len(examples.text)} captions, "
        f"{examples.lengths.sum() / 20 / 60:.0f} minutes; {accelerator.device}, {settings.precision}"
    )
    if accelerator.is_main_process:
        write_file(out / CONFIG, json.dumps(to_values(settings), indent=2).encode())
    state = load_state(out / STATE, settings) if resume else TrainingState.start(settings)
    with RunLog(out, settings.steps, state.step, console) as log:
        _run(state, examples, settings, accelerator, log, lambda state: _save(state, settings, dataset, out))
    return out / CHECKPOINT


def _run(
    state: TrainingState,
    examples: Examples,
    settings: DiffusionTraining,
    accelerator: Accelerator,
    log: RunLog,
    save: Callable[[TrainingState], None],
) -> None:
    objective, optimizer = accelerator.prepare(DiffusionObjective(state.network, linear_schedule()), state.optimizer)
    state.ema.to(accelerator.device)
    for step in range(state.step, settings.steps):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(settings, step)
        batch = make_batch(examples, settings, step)
        part = batch.part(accelerator.process_index, accelerator.num_processes).to(accelerator.device)
        loss = objective(part)
        accelerator.backward(loss)
        if settings.clip:
            accelerator.clip_grad_norm_(objective.parameters(), settings.clip)
        optimizer.step()
        optimizer.zero_grad()
        state.step = step + 1
        state.update_ema(settings.ema)
        last = state.step == settings.steps
        log.step(state.step, loss.detach())
        if last or state.step % settings.log_every == 0:
            log.write(state.step, learning_rate(settings, step), accelerator)
        if accelerator.is_main_process and (last or state.step % settings.save_every == 0):
            save(state)


def learning_rate(settings: DiffusionTraining, step: int) -> float:
    """Linear warm-up, then half a cosine down to zero at the last step."""
    if step < settings.warmup:
        return settings.learning_rate * (step + 1) / settings.warmup
    done = (step - settings.warmup) / max(1, settings.steps - settings.warmup)
    return settings.learning_rate * 0.5 * (1.0 + math.cos(math.pi * min(1.0, done)))


def _save(state: TrainingState, settings: DiffusionTraining, dataset: datasets.MotionDataset, out: Path) -> None:
    save_state(state, out / STATE)
    mean, std = torch.from_numpy(dataset.mean), torch.from_numpy(dataset.std)
    shipped = state.ema if settings.ema else state.network
    save_checkpoint(
        Checkpoint(shipped, mean, std, settings.encoder, asdict(settings.mixture), state.step, "model"),
        out / CHECKPOINT,
    )
