"""The training loop that every network shares: steps, learning rate, moving average, log, checkpoints."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from accelerate import Accelerator
from torch import Tensor, nn

from reprise_core.errors import RepriseError

from .config import Training
from .failures import told_in_a_sentence
from .run_log import RunLog
from .state import Network, TrainingState

CHECKPOINT, STATE, CONFIG = "model.safetensors", "training.safetensors", "config.json"
Batch = TypeVar("Batch")


def check_out(out: Path, resume: bool) -> None:
    """Refuses to overwrite a run that has saved something, and to resume where there is none."""
    if resume and not (out / STATE).is_file():
        raise RepriseError("no_run", f"There is no run to resume in {out}.", "Leave out --resume to start one.")
    if not resume and (out / STATE).exists():
        raise RepriseError("run_exists", f"{out} already holds a run.", "Add --resume, or choose another folder.")


def fit(
    state: TrainingState[Network],
    objective: nn.Module,
    batch_of_step: Callable[[int], Batch],
    settings: Training,
    accelerator: Accelerator,
    log: RunLog,
    save: Callable[[TrainingState[Network]], None],
    watch: Callable[[TrainingState[Network]], None] = lambda state: None,
) -> None:
    """Trains from `state.step` to `settings.steps`. `objective` wraps `state.network`: batch in, loss out.

    `batch_of_step(step)` gives this process's batch on its device, from the step alone, so that a resumed run is the
    same run. The main process calls `save` every `save_every` steps and at the end, and `watch` after every step. What
    is not finite is never saved. Raises `RepriseError` when the loss or a weight is no number any more, memory runs
    out, or the files cannot be written.
    """
    prepared, optimizer = accelerator.prepare(objective, state.optimizer)
    state.ema.to(accelerator.device)
    with told_in_a_sentence(log.out, f"Lower batch, which is {settings.batch}."):
        for step in range(state.step, settings.steps):
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(settings, step)
            loss: Tensor = prepared(batch_of_step(step))
            accelerator.backward(loss)
            if settings.clip:
                accelerator.clip_grad_norm_(prepared.parameters(), settings.clip)
            optimizer.step()
            optimizer.zero_grad()
            state.step = step + 1
            state.update_ema(settings.ema)
            last = state.step == settings.steps
            saving = last or state.step % settings.save_every == 0
            log.step(state.step, loss.detach())
            if saving or state.step % settings.log_every == 0:
                log.write(state.step, learning_rate(settings, step), accelerator)
            if saving:
                _check_finite(state)
            if accelerator.is_main_process:
                if saving:
                    save(state)
                watch(state)


def _check_finite(state: TrainingState[Network]) -> None:
    """A step may spoil the weights although its loss, taken before, was a number."""
    if not all(bool(weight.isfinite().all()) for weight in state.network.parameters()):
        raise RepriseError("diverged", f"The weights are no numbers at step {state.step}.", "Lower learning_rate.")


def learning_rate(settings: Training, step: int) -> float:
    """Linear warm-up, then half a cosine down to zero at the last step."""
    if step < settings.warmup:
        return settings.learning_rate * (step + 1) / settings.warmup
    done = (step - settings.warmup) / max(1, settings.steps - settings.warmup)
    return settings.learning_rate * 0.5 * (1.0 + math.cos(math.pi * min(1.0, done)))
