"""`reprise bench`: how long each stage takes on this machine, and how the sampler compares with the plain one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reprise_core.contract import SOLVERS

from . import options
from .console import OnStage, note, print_json, progress_bar

if TYPE_CHECKING:
    from reprise.evaluation.speed import RequestTime, SamplerTime

_TAKES = (1, 4)
_REFERENCES = (2, 8)
_FRAMES = 196
_NARROWEST = 120  # characters: a narrower terminal wraps the lines instead of losing figures


class What(Enum):
    requests = "requests"
    samplers = "samplers"
    all = "all"


class Size(Enum):
    paper = "paper"
    default = "default"
    tiny = "tiny"


@dataclass(frozen=True)
class _Figures:
    machine: dict[str, Any]
    requests: Sequence[RequestTime]
    samplers: Sequence[SamplerTime]


def bench(
    what: Annotated[What, typer.Option(help="Whole requests stage by stage, the samplers side by side, or both.")] = (
        What.all
    ),
    engine: options.Engine = "remodiffuse",
    seconds: options.Seconds = 6.0,
    threads: Annotated[
        list[int] | None, typer.Option(min=1, help="How many threads; may be given again. Without it one, and two.")
    ] = None,
    repeats: Annotated[int, typer.Option(min=1, help="How often each thing is timed.")] = 3,
    size: Annotated[Size, typer.Option(help="Of the network that the samplers are compared with.")] = Size.paper,
    library: options.Library = None,
    checkpoint: options.Checkpoint = None,
    device: options.Device = "auto",
    precision: options.Precision = None,
    compiled: options.Compile = False,
    as_json: options.Json = False,
) -> None:
    """Measure how fast motion is made here: stage by stage, and beside the plain four-branch sampler."""
    from reprise.evaluation import speed

    counts = threads or [1, 2]
    with progress_bar() as on_stage:
        requests = (
            _requests(engine, library, checkpoint, device, precision, compiled, seconds, counts, repeats, on_stage)
            if what is not What.samplers
            else []
        )
        weights = checkpoint if engine == "remodiffuse" else None
        samplers = _samplers(size, weights, compiled, counts, repeats, on_stage) if what is not What.requests else []
    figures = _Figures(speed.machine(), requests, samplers)
    if as_json:
        print_json(_report(figures))
    else:
        _tell(figures)


def _requests(
    name: str,
    library: options.Library,
    checkpoint: options.Checkpoint,
    device: str,
    precision: str | None,
    compiled: bool,
    seconds: float,
    threads: Sequence[int],
    repeats: int,
    on_stage: OnStage,
) -> list[RequestTime]:
    from reprise import pipelines
    from reprise.evaluation.speed import request_time

    on_stage("loading", 0, 1)
    engine = pipelines.load(
        name, checkpoint=checkpoint, library=library, device=device, precision=precision, compiled=compiled
    )
    solvers = SOLVERS if name == "remodiffuse" else (None,)
    wanted = [(solver, count, own) for own in threads for solver in solvers for count in _TAKES]
    times = []
    for done, (solver, count, own) in enumerate(wanted):
        on_stage("requests", done, len(wanted))
        times.append(request_time(engine, name, seconds, count, solver, own, repeats))
    return times


def _samplers(
    size: Size, checkpoint: options.Checkpoint, compiled: bool, threads: Sequence[int], repeats: int, on_stage: OnStage
) -> list[SamplerTime]:
    """Under the mixture of the diffusion weights that requests are measured with, or of those that ship."""
    from reprise import assets
    from reprise.diffusion.mixture import Mixture
    from reprise.evaluation.speed import sampler_times
    from reprise.models.checkpoint import load_checkpoint
    from reprise.training.config import DiffusionTraining, load_config

    config = load_config(size.value, [], DiffusionTraining()).network
    mixture = Mixture.from_json(load_checkpoint(checkpoint or assets.CHECKPOINT).mixture)
    times = []
    for own in threads:
        for k in _REFERENCES:

            def on_done(done: int, total: int, stage: str = f"k = {k}, {own} thr.") -> None:
                on_stage(stage, done, total)

            times += sampler_times(config, k, own, _FRAMES, repeats, mixture, compiled=compiled, on_done=on_done)
    return times


def _report(figures: _Figures) -> dict[str, Any]:
    ratios = _ratios(figures.samplers)
    return {
        "machine": figures.machine,
        "requests": [row.to_json() for row in figures.requests],
        "samplers": [
            {**row.to_json(), "times_faster": ratios[row][0], "times_less_work": ratios[row][1]}
            for row in figures.samplers
        ],
    }


def _ratios(samplers: Sequence[SamplerTime]) -> dict[SamplerTime, tuple[float, float]]:
    """How many times faster each is than the published sampler with the same k and threads: clock, and processor."""
    from reprise.evaluation.speed import PUBLISHED

    published = {(row.k, row.threads): row for row in samplers if row.sampler == PUBLISHED}

    def ratio(row: SamplerTime) -> tuple[float, float]:
        plain = published[row.k, row.threads]
        return round(plain.seconds / row.seconds, 2), round(plain.processor_seconds / row.processor_seconds, 2)

    return {row: ratio(row) for row in samplers}


def _tell(figures: _Figures) -> None:
    from rich.console import Console
    from rich.table import Table

    note(", ".join(f"{name} {value}" for name, value in figures.machine.items()))
    console = Console(width=max(Console().width, _NARROWEST), markup=False, highlight=False)
    if figures.requests:
        stages = list(figures.requests[0].stages)
        first = figures.requests[0]
        table = Table(
            box=None, pad_edge=False, title=f"{first.clip_seconds:g} s of motion, median of {first.repeats}, in seconds"
        )
        for heading in ("engine", "solver", "steps", "takes", "threads", *stages, "total", "a take", "processor"):
            table.add_column(heading, justify="left" if heading in ("engine", "solver") else "right")
        for row in figures.requests:
            figure = [
                f"{value:.3f}"
                for value in (*(row.stages[stage] for stage in stages), row.total, row.per_take, row.processor_total)
            ]
            table.add_row(row.engine, row.solver or "-", str(row.steps), str(row.count), str(row.threads), *figure)
        console.print(table)
    if figures.samplers:
        ratios, first = _ratios(figures.samplers), figures.samplers[0]
        table = Table(
            box=None,
            pad_edge=False,
            title=f"{first.frames} frames, 50 steps, {first.branches} of 200 branches, fastest of {first.repeats}",
        )
        for heading in (
            "sampler",
            "k",
            "threads",
            "seconds",
            "processor",
            "times faster",
            "times less work",
            "difference",
        ):
            table.add_column(heading, justify="left" if heading == "sampler" else "right")
        for row in figures.samplers:
            own = [f"{value:.2f}" for value in (row.seconds, row.processor_seconds, *ratios[row])]
            table.add_row(row.sampler, str(row.k), str(row.threads), *own, f"{row.error:.1e}")
        console.print(table)
