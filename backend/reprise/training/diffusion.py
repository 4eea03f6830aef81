"""`reprise train diffusion`: the masked x0 loss (Eq. 2) with condition dropout, EMA, checkpoints and exact resume."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import torch
from rich.console import Console

from reprise import text
from reprise.data import dataset as datasets
from reprise.diffusion.schedule import linear_schedule
from reprise.models.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from reprise.models.compiling import compile_layers, require_compiler
from reprise.models.semantics_modulated_transformer import SemanticsModulatedTransformer
from reprise_core.errors import RepriseError
from reprise_core.motion import write_file

from .batches import Batch, make_batch
from .config import DiffusionTraining, load_config, to_values
from .devices import accelerator_for
from .displacement import DisplacementError
from .examples import build_examples
from .loop import CHECKPOINT, CONFIG, STATE, check_out, fit
from .objective import DiffusionObjective
from .run_log import RunLog
from .sheets import sampled_sheet
from .state import TrainingState, restore, save_state


def train(
    data: Path, out: Path, config: Path | None = None, overrides: Sequence[str] = (), resume: bool = False
) -> Path:
    """Trains on the train split of a built data set; returns the checkpoint, whose weights are the EMA's.

    `out` gets the config, `model.safetensors`, the state to resume from, losses.csv and TensorBoard's events. Without
    `resume`, an `out` that already holds a run is refused. Raises `RepriseError` for bad input. Started by torchrun,
    the processes share each batch and reach the same weights as one process would.
    """
    out = Path(out)
    check_out(out, resume)
    settings = load_config(out / CONFIG if resume and config is None else config, overrides, DiffusionTraining())
    if settings.compile:
        require_compiler()
    dataset = datasets.load(data)
    begun = _begun(settings)
    if begun is not None:
        dataset = replace(dataset, mean=begun.mean.numpy(), std=begun.std.numpy())
    accelerator = accelerator_for(settings.precision)
    console = Console(stderr=True, quiet=not accelerator.is_main_process)
    with accelerator.main_process_first(), console.status("preparing") as status:
        examples = build_examples(
            dataset,
            "train",
            text.load(settings.encoder),
            references=settings.references,
            mirror=settings.mirror,
            composed=settings.composed,
            prolonged=settings.prolonged,
            seed=settings.seed,
            on_progress=lambda what, done, total: status.update(f"preparing: {what} {done}/{total}"),
        )
    console.print(
        f"{len(examples.motions)} motions ({examples.database} in the database), {len(examples.text)} captions, "
        f"{examples.lengths.sum() / 20 / 60:.0f} minutes; {accelerator.device}, {settings.precision}"
    )
    if accelerator.is_main_process:
        write_file(out / CONFIG, json.dumps(to_values(settings), indent=2).encode())
    torch.manual_seed(settings.seed)
    network = begun.network.train().requires_grad_(True) if begun else SemanticsModulatedTransformer(settings.network)
    state = TrainingState.start(network, settings.learning_rate, settings.weight_decay)
    if resume:
        restore(state, out / STATE)

    def batch_of_step(step: int) -> Batch:
        torch.manual_seed(settings.seed + step)  # dropout, too, follows from the step
        batch = make_batch(examples, settings, step)
        return batch.part(accelerator.process_index, accelerator.num_processes).to(accelerator.device)

    def save(state: TrainingState[SemanticsModulatedTransformer]) -> None:
        _save(state, settings, dataset, out, begun.step if begun else 0)

    def watch(state: TrainingState[SemanticsModulatedTransformer]) -> None:
        if settings.sheets_every and state.step % settings.sheets_every == 0:
            log.picture("samples", sampled_sheet(_shipped(state, settings), settings.mixture, examples), state.step)

    error = DisplacementError(torch.from_numpy(dataset.mean), torch.from_numpy(dataset.std))
    objective = DiffusionObjective(
        network, linear_schedule(), error if settings.displacement else None, settings.displacement
    )
    if settings.compile:
        compile_layers(network)
    with RunLog(out, settings.steps, state.step, console) as log:
        fit(state, objective, batch_of_step, settings, accelerator, log, save, watch)
    return out / CHECKPOINT


def _begun(settings: DiffusionTraining) -> Checkpoint | None:
    """The checkpoint to start from, whose normalisation the run keeps; None to start from nothing."""
    if not settings.start:
        return None
    checkpoint = load_checkpoint(Path(settings.start))
    for what, own, asked in (
        ("network", checkpoint.network.config, settings.network),
        ("encoder", checkpoint.encoder, settings.encoder),
    ):
        if own != asked:
            sentence = f"{settings.start} has another {what} than this config: {own}, not {asked}."
            raise RepriseError(
                "other_checkpoint", sentence, "Leave out start, or choose the config it was trained with."
            )
    return checkpoint


def _save(
    state: TrainingState[SemanticsModulatedTransformer],
    settings: DiffusionTraining,
    dataset: datasets.MotionDataset,
    out: Path,
    begun: int,
) -> None:
    save_state(state, out / STATE)
    mean, std = torch.from_numpy(dataset.mean), torch.from_numpy(dataset.std)
    save_checkpoint(
        Checkpoint(
            _shipped(state, settings),
            mean,
            std,
            settings.encoder,
            asdict(settings.mixture),
            begun + state.step,
            "model",
        ),
        out / CHECKPOINT,
    )


def _shipped(
    state: TrainingState[SemanticsModulatedTransformer], settings: DiffusionTraining
) -> SemanticsModulatedTransformer:
    return state.ema if settings.ema else state.network
