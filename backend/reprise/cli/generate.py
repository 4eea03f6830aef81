"""`reprise generate`: a sentence in, motion files out."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reprise_core.contract import SOLVERS, Progress, Request

from . import options, outputs
from .console import note, print_json, progress_bar
from .finishing import Finish

if TYPE_CHECKING:
    from reprise_core.motion import Motion


def generate(
    prompt: Annotated[str, typer.Argument(help="What the person does, such as 'a person walks forward'.")],
    out: options.Outputs,
    seconds: options.Seconds = 6.0,
    seed: Annotated[int, typer.Option(help="The same seed gives the same motion.")] = 0,
    count: Annotated[int, typer.Option(help="How many takes; take i has the seed SEED + i.")] = 1,
    engine: options.Engine = "remodiffuse",
    steps: Annotated[int, typer.Option(help="Sampler steps; 0: as many as engine and solver are made for.")] = 0,
    solver: options.Solver = SOLVERS[0],
    then: options.Then = None,
    references: options.References = 2,
    pinned: options.Pinned = None,
    excluded: options.Excluded = None,
    tags: options.Tags = None,
    sources: options.Sources = None,
    licences: options.Licences = None,
    length_decay: options.LengthDecay = 0.1,
    repeats: options.Repeats = False,
    method: options.RetrievalMethod = "hybrid",
    library: options.Library = None,
    checkpoint: options.Checkpoint = None,
    retriever: options.Retriever = None,
    device: options.Device = "auto",
    precision: options.Precision = None,
    mixture: options.Mixture = None,
    fps: options.Fps = None,
    loop: options.Loop = False,
    in_place: options.InPlace = False,
    root_track: options.RootTrack = False,
    body_model: options.BodyModel = None,
    as_json: options.Json = False,
) -> None:
    """Generate motion from a sentence, or from several that follow each other."""
    request = Request(
        prompt=prompt,
        seconds=seconds,
        seed=seed,
        count=count,
        engine=engine,
        steps=steps,
        solver=solver,
        then=options.segments(then),
        references=options.wanted(references, pinned, excluded, tags, sources, licences, length_decay, repeats, method),
    )
    finish = Finish(fps, loop, in_place, root_track)
    files = outputs.plan(out, count, body_model)
    weights = {"checkpoint": checkpoint, "retriever": retriever, "precision": precision, "mixture": mixture}
    takes, loading = _run(request, library, device, weights)
    takes = finish.apply(takes)
    outputs.write(files, takes)
    if as_json:
        print_json(_report(request, files, takes[0], loading))
    else:
        _tell(files, takes[0])


def _run(request: Request, library: Path | None, device: str, weights: Mapping[str, Any]) -> tuple[list[Motion], float]:
    """The takes, and the seconds that loading the engine took."""
    with progress_bar() as on_stage:
        on_stage("loading", 0, 1)
        started = time.perf_counter()
        from reprise import pipelines
        from reprise.library import own

        loaded = pipelines.load(request.engine, library=own.chosen(library), device=device, **weights)
        loading = time.perf_counter() - started

        def on_progress(progress: Progress) -> None:
            on_stage(progress.stage, progress.step, progress.total)

        return loaded.generate(request, on_progress, lambda: False), loading


def _report(request: Request, files: Sequence[outputs.Output], motion: Motion, loading: float) -> dict[str, Any]:
    return {
        "outputs": [str(file.path) for file in files],
        "seed": request.seed,
        "seconds": motion.seconds,
        "frames": motion.frames,
        "engine": request.engine,
        "references": motion.meta.get("references", []),
        "timings": {"loading": loading, **motion.meta.get("timings", {})},
    }


def _tell(files: Sequence[outputs.Output], motion: Motion) -> None:
    for file in files:
        typer.echo(str(file.path))
    timings = motion.meta.get("timings", {})
    note(f"{motion.frames} frames ({motion.seconds:.1f} s) in {sum(timings.values()):.1f} s, built on:")
    for reference in motion.meta.get("references", []):
        note(f"  {reference['score']:.2f}  {reference['caption']}")
