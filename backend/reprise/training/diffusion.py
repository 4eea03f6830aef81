"""`reprise train diffusion`: the masked x0 loss (Eq. 2) with condition dropout, EMA, checkpoints and exact resume."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import torch
from accelerate import Accelerator
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from torch import Tensor
from torch.utils.tensorboard.writer import SummaryWriter

from reprise import text
from reprise.data import dataset as datasets
from reprise.diffusion.schedule import linear_schedule
from reprise.models.checkpoint import Checkpoint, save_checkpoint
from reprise.models.semantics_modulated_transformer import References, SemanticsModulatedTransformer
from reprise_core.errors import RepriseError
from reprise_core.motion import write_file

from .batches import Batch, make_batch
from .config import DiffusionTraining, load_config, to_values
from .examples import Examples, build_examples
from .state import TrainingState, load_state, save_state

_REFERENCE_GROUPS = 4
CHECKPOINT, STATE, CONFIG, LOSSES = "model.safetensors", "training.safetensors", "config.json", "losses.csv"


def train(
    data: Path, out: Path, config: Path | None = None, overrides: Sequence[str] = (), resume: bool = False
) -> Path:
    """Trains on the train split of a built data set; returns the checkpoint, whose weights are the EMA's.

    `out` gets the config, `model.safetensors`, the state to resume from, losses.csv and TensorBoard's events. Without
    `resume`, an `out` that already holds a run is refused. Raises `RepriseError` for bad input.
    """
    out = Path(out)
    if resume and not (out / STATE).is_file():
        raise RepriseError("no_run", f"There is no run to resume in {out}.", "Leave out --resume to start one.")
    if not resume and (out / CONFIG).exists():
        raise RepriseError("run_exists", f"{out} already holds a run.", "Add --resume, or choose another folder.")
    settings = load_config(out / CONFIG if resume and config is None else config, overrides)
    console = Console(stderr=True)
    dataset = datasets.load(data)
    accelerator = Accelerator(mixed_precision=settings.precision)
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
    out.mkdir(parents=True, exist_ok=True)
    write_file(out / CONFIG, json.dumps(to_values(settings), indent=2).encode())
    state = load_state(out / STATE, settings) if resume else TrainingState.start(settings)
    _run(state, examples, settings, accelerator, out, console, dataset)
    return out / CHECKPOINT


def _run(
    state: TrainingState,
    examples: Examples,
    settings: DiffusionTraining,
    accelerator: Accelerator,
    out: Path,
    console: Console,
    dataset: datasets.MotionDataset,
) -> None:
    network, optimizer = accelerator.prepare(state.network, state.optimizer)
    state.ema.to(accelerator.device)
    schedule = linear_schedule()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with SummaryWriter(str(out / "tensorboard")) as writer, Progress(*columns, console=console) as progress:
        task = progress.add_task("training", total=settings.steps, completed=state.step)
        since, started, running = state.step, time.monotonic(), 0.0
        for step in range(state.step, settings.steps):
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(settings, step)
            batch = make_batch(examples, settings, step)
            with accelerator.autocast():
                loss = diffusion_loss(network, batch, schedule.add_noise, accelerator.device)
            accelerator.backward(loss)
            if settings.clip:
                accelerator.clip_grad_norm_(network.parameters(), settings.clip)
            optimizer.step()
            optimizer.zero_grad()
            state.step = step + 1
            state.update_ema(settings.ema)
            running += float(loss.detach())
            progress.update(task, completed=state.step)
            if state.step % settings.log_every == 0 or state.step == settings.steps:
                mean, rate = running / (state.step - since), (state.step - since) / (time.monotonic() - started)
                if not math.isfinite(mean):
                    raise RepriseError("diverged", f"The loss is {mean} at step {state.step}.", "Lower learning_rate.")
                writer.add_scalar("loss", mean, state.step)
                with (out / LOSSES).open("a", encoding="utf-8") as file:
                    file.write(f"{state.step},{mean:.5f},{learning_rate(settings, step):.3e},{rate:.3f}\n")
                progress.update(task, description=f"loss {mean:.3f}, {rate:.2f} steps/s")
                since, started, running = state.step, time.monotonic(), 0.0
            if state.step % settings.save_every == 0 or state.step == settings.steps:
                _save(state, settings, dataset, out)


def diffusion_loss(network: torch.nn.Module, batch: Batch, add_noise, device: torch.device) -> Tensor:  # noqa: ANN001
    """Eq. 2: mean squared error of the predicted x0 over the frames that are there."""
    on = {name: value.to(device, non_blocking=True) for name, value in vars(batch).items()}
    model = network.module if hasattr(network, "module") else network
    references = encode_by_length(
        model,  # type: ignore[arg-type]
        on["references"], on["reference_mask"], on["reference_tokens"], on["reference_token_mask"],
    )  # fmt: skip
    condition = model.encode_condition(on["tokens"], on["token_mask"], references)  # type: ignore[operator]
    noisy = add_noise(on["x0"], on["noise"], on["t"])
    predicted = network(noisy, on["t"], on["mask"], condition, on["use_text"], on["use_references"])
    error = (predicted.float() - on["x0"]).square().mean(dim=-1) * on["mask"]
    return error.sum() / on["mask"].sum()


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
