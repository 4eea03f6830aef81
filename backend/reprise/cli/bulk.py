"""`reprise bulk`: a list of prompts in, a motion file each, on this machine or on a Ray cluster."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reprise_core.errors import RepriseError

from . import options
from .console import note, print_json, progress_bar

if TYPE_CHECKING:
    from reprise.pipelines.bulk import Counts
    from reprise.pipelines.journal import Entry
    from reprise_core.prompt_list import Row

_FAILED = 1


def bulk(
    prompts: Annotated[Path, typer.Argument(help="CSV with a column prompt; others: name, seconds, seed, then, ...")],
    out: Annotated[Path, typer.Option(help="The folder for NAME.npz and results.jsonl; run again to go on.")],
    address: Annotated[
        str | None,
        typer.Option(help="A Ray cluster (HOST:PORT, auto, or local for all devices here); without it, one device."),
    ] = None,
    engine: options.Engine = "remodiffuse",
    checkpoint: options.Checkpoint = None,
    library: options.Library = None,
    device: options.Device = "auto",
    precision: options.Precision = None,
    mixture: options.Mixture = None,
    compiled: options.Compile = False,
    as_json: options.Json = False,
) -> None:
    """Generate a motion for every prompt of a list; what is there already is left alone.

    A prompt that fails costs one line on standard error and the exit code 1; the others are made all the same.
    """
    from reprise.library import own
    from reprise.pipelines.bulk import recipes_of, run
    from reprise.pipelines.journal import Journal
    from reprise_core.contract import Request
    from reprise_core.prompt_list import read_prompts

    rows = read_prompts(prompts, Request("any", engine=engine))
    library = library or own.existing()
    choices = {"precision": precision, "mixture": mixture}
    _check_used(rows, engine, checkpoint, {**choices, "compile": compiled or None})
    recipes = recipes_of(engine, checkpoint, library, choices)
    journal = Journal(out)
    with progress_bar() as on_stage:
        done = 0

        def on_row(entry: Entry) -> None:
            nonlocal done
            done += 1
            on_stage("prompts", done, len(rows))
            if entry.error:
                note(f"reprise: {entry.name}: {entry.error['message']} {entry.error['hint']}".rstrip())

        on_stage("loading", 0, len(rows))
        if address is None:
            from reprise.pipelines.bulk import local
            from reprise.pipelines.engines import load_around

            loaded = load_around(
                engine, checkpoint=checkpoint, library=library, device=device,
                precision=precision, mixture=mixture, compiled=compiled,
            )  # fmt: skip
            counts = run(rows, journal, recipes, local(loaded), on_row)
        else:
            from reprise.pipelines.cluster import Cluster, Files, connected

            weights, clips = (path.read_bytes() if path else None for path in (checkpoint, library))
            with connected(address):
                counts = run(
                    rows, journal, recipes, Cluster(Files(engine, weights, clips, **choices, compiled=compiled)), on_row
                )
    _tell(counts, out, as_json)


def _check_used(
    rows: Sequence[Row], engine: str, checkpoint: Path | None, choices: Mapping[str, str | bool | None]
) -> None:
    """Raises `RepriseError('bad_option')` for an option of an engine that makes none of the rows."""
    makers = {row.request.engine for row in rows if row.request is not None}
    given = [(f"--{name}", "remodiffuse") for name, choice in choices.items() if choice is not None]
    given += [("--checkpoint", engine)] if checkpoint else []
    for option, owner in given:
        if makers and owner not in makers:
            sentence = f"{option} is for {owner}, and none of the prompts is made by it."
            raise RepriseError("bad_option", sentence, f"Leave {option} out, or name the engine with --engine.")


def _tell(counts: Counts, out: Path, as_json: bool) -> None:
    if as_json:
        print_json({"out": str(out), **vars(counts)})
    else:
        typer.echo(f"{out}: {counts.made} made, {counts.skipped} there already, {counts.failed} failed")
    sys.stdout.flush()
    if counts.failed:
        raise typer.Exit(_FAILED)
