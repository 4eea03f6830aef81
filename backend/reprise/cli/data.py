"""`reprise data`: what motions there are, and from motion archives to a training set."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from reprise_core.errors import RepriseError

from . import data_humanml3d, options
from .console import print_json, progress_bar

app = typer.Typer(help="Look at motion files and build training sets from motion archives.")


_BAD_INPUT = 2


@app.command()
def build(
    sources: Annotated[list[Path], typer.Argument(help="Motion files, folders and zip archives.")],
    out: Annotated[Path, typer.Option(help="The folder for the training set; it appears whole or not at all.")],
    as_json: options.Json = False,
) -> None:
    """Read motion with captions, pose it on the 22 joints at 20 fps, and encode it.

    Captions come from the data, from NAME.txt beside a file, or from a captions.csv; an inventory.csv beside archives
    says more. What has no caption, or cannot be read, is counted and left out.
    """
    from reprise.data.build import build as build_listed
    from reprise.data.build_from_motions import build_from_motions, is_listed

    build_dataset = build_listed if any(is_listed(source) for source in sources) else build_from_motions
    with progress_bar() as on_stage:
        report = build_dataset(sources, out, on_stage)
    if as_json:
        print_json(report.to_json())
    else:
        typer.echo(report.table())


@app.command()
def inspect(
    source: Annotated[Path, typer.Argument(help="A motion file, or a folder or zip archive of them.")],
    mapping: Annotated[Path | None, typer.Option(help="A mapping file to read it with.")] = None,
    write_mapping: Annotated[Path | None, typer.Option(help="Where to write what was found, to be edited.")] = None,
    body_model: options.BodyModel = None,
    as_json: options.Json = False,
) -> None:
    """Say how a motion file is read (which bone plays which joint, unit, rate), or what a folder or archive holds.

    The exit code is 2 when a folder or archive holds something that cannot be read.
    """
    from reprise.data import inspection
    from reprise.data.mapping_file import ReadSettings, read_mapping_file, write_mapping_file

    settings = replace(read_mapping_file(mapping) if mapping else ReadSettings(), body_models=body_model)
    if source.is_file() and source.suffix.lower() != ".zip":
        reports = inspection.inspect_file(source, settings)
        if write_mapping:
            write_mapping_file(write_mapping, inspection.mapping_of(reports))
        if as_json:
            print_json({"animations": [report.to_json() for report in reports]})
        else:
            typer.echo("\n\n".join(report.table() for report in reports))
        return
    if write_mapping:
        raise RepriseError("bad_usage", "A mapping file is written for one motion file.", "Name a file of the folder.")
    with progress_bar() as on_stage:
        inventory = inspection.inspect_source(source, settings, on_stage)
    if as_json:
        print_json(inventory.to_json())
    else:
        typer.echo(inventory.table())
    if inventory.unreadable:
        raise typer.Exit(_BAD_INPUT)


app.command("humanml3d")(data_humanml3d.humanml3d)
