"""`reprise data`: from motion archives to a training set."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from . import options
from .console import print_json, progress_bar

app = typer.Typer(help="Build training sets from motion archives.")


@app.callback()
def group() -> None:
    """Keeps `build` a command of its own while it is the only one."""


@app.command()
def build(
    sources: Annotated[list[Path], typer.Argument(help="Motion archives: zip files, folders, or folders of them.")],
    out: Annotated[Path, typer.Option(help="The folder for the training set; it appears whole or not at all.")],
    as_json: options.Json = False,
) -> None:
    """Read motion archives, pose them on the 22 joints at 20 fps, and encode them."""
    from reprise.data.build import build as build_dataset

    with progress_bar() as on_stage:
        report = build_dataset(sources, out, on_stage)
    if as_json:
        print_json(report.to_json())
    else:
        typer.echo(report.table())
