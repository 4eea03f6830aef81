"""`reprise library`: makes and looks into motion libraries."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from reprise_core.errors import RepriseError

from . import options
from .console import print_json, progress_bar

app = typer.Typer(help="Make and look into motion libraries.")
_File = Annotated[Path, typer.Argument(metavar="LIBRARY", help="The library file (.sqlite).")]


@app.command()
def create(
    library: _File,
    motions: Annotated[list[Path] | None, typer.Argument(help="Motion files (.npz) that reprise generated.")] = None,
    data: Annotated[
        Path | None, typer.Option(help="A training set of `reprise data build` instead of motions.")
    ] = None,
    split: Annotated[str, typer.Option(help="Which split of the training set.")] = "train",
    mirrored: Annotated[bool, typer.Option("--mirrored", help="Also put every clip's mirrored twin in.")] = False,
    licence: Annotated[str, typer.Option(help="The terms of the motions; required with them.")] = "",
    encoder: Annotated[str | None, typer.Option(help="The text encoder; all-MiniLM-L6-v2 if not given.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the library if it exists.")] = False,
    as_json: options.Json = False,
) -> None:
    """Make a library of generated motions or of a training set."""
    if bool(motions) == (data is not None):
        raise RepriseError("bad_usage", "Give either motion files or --data.", "See 'reprise library create --help'.")
    if motions and not licence.strip():
        raise RepriseError(
            "bad_usage", "The motions have no licence.", "Say under which terms they are with --licence."
        )
    with progress_bar() as on_stage:
        on_stage("loading", 0, 1)
        from reprise import text

        loaded = text.load(encoder or text.DEFAULT)

        def on_progress(done: int, total: int) -> None:
            on_stage("clips", done, total)

        if data is not None:
            from reprise.library.from_dataset import create_from_dataset

            create_from_dataset(data, split, library, loaded, on_progress, mirrored=mirrored, overwrite=overwrite)
        else:
            from reprise.library.from_motions import create_from_motions

            create_from_motions(
                motions or [], library, loaded, on_progress, licence=licence.strip(), overwrite=overwrite
            )
    info(library, as_json)


@app.command()
def info(library: _File, as_json: options.Json = False) -> None:
    """How much a library holds, for which text encoder, under which licences."""
    from reprise.library.store import Library

    with Library.open(library) as opened:
        about = opened.info()
    if as_json:
        print_json({**asdict(about), "path": str(about.path)})
        return
    typer.echo(f"{about.path}: {about.clips} clips, {about.seconds / 60:.1f} minutes, {about.captions} captions")
    typer.echo(f"{about.bytes / 1e6:.1f} MB, text encoder {about.encoder}, licences: {', '.join(about.licences)}")


@app.command("list")
def list_clips(library: _File, as_json: options.Json = False) -> None:
    """Every clip of a library: id, seconds and captions."""
    from reprise.library.store import Library

    with Library.open(library) as opened:
        clips = opened.clips()
    if as_json:
        print_json({"clips": [asdict(clip) for clip in clips]})
        return
    for clip in clips:
        typer.echo(f"{clip.id}  {clip.seconds:5.1f} s  {' | '.join(clip.captions)}")


@app.command()
def encode(
    library: _File,
    encoder: Annotated[str, typer.Option(help="The text encoder that the library shall serve.")],
    as_json: options.Json = False,
) -> None:
    """Give a library's captions the sentence features of another text encoder."""
    with progress_bar() as on_stage:
        on_stage("loading", 0, 1)
        from reprise import text
        from reprise.library import writing
        from reprise.library.store import Library

        with Library.open(library) as opened:
            total = opened.info().captions
        writing.encode(library, text.load(encoder), lambda count: on_stage("captions", count, total))
    info(library, as_json)
