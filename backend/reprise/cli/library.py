"""`reprise library`: makes, fills and looks into motion libraries."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reprise_core.errors import RepriseError

from . import library_changes, library_encode, library_find, options
from .console import note, print_json, progress_bar
from .library_options import Caption, File, MappingFile, SourceLicence, TagThem, selection

if TYPE_CHECKING:
    from collections.abc import Mapping

app = typer.Typer(help="Make, fill and look into motion libraries.")
_BAD = 2
_MOST = 8  # labels that `info` names


@app.command()
def create(
    library: File,
    sources: Annotated[
        list[Path] | None, typer.Argument(help="Motion to put in at once, as for `add`; none makes an empty library.")
    ] = None,
    mapping: MappingFile = None,
    caption: Caption = "",
    tags: TagThem = "",
    licence: SourceLicence = "",
    body_model: options.BodyModel = None,
    data: Annotated[
        Path | None,
        typer.Option(help="A training set of `reprise data build` instead of motion; all of it or nothing."),
    ] = None,
    split: Annotated[str, typer.Option(help="Which split of the training set.")] = "train",
    mirrored: Annotated[bool, typer.Option("--mirrored", help="Also put every clip's mirrored twin in.")] = False,
    encoder: Annotated[str | None, typer.Option(help="The text encoder; all-MiniLM-L6-v2 if not given.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the library if it exists.")] = False,
    as_json: options.Json = False,
) -> None:
    """Make a library: empty, of motion, or of a training set."""
    if sources and data is not None:
        raise RepriseError("bad_usage", "Give either motion or --data.", "See 'reprise library create --help'.")
    with progress_bar() as on_stage:
        on_stage("loading", 0, 1)
        from reprise import text
        from reprise.library import writing

        loaded = text.load(encoder or text.DEFAULT)
        if data is not None:
            from reprise.library.from_dataset import create_from_dataset

            create_from_dataset(
                data,
                split,
                library,
                loaded,
                lambda done, total: on_stage("clips", done, total),
                mirrored=mirrored,
                overwrite=overwrite,
            )
        else:
            writing.create(library, [], loaded, overwrite=overwrite)
    if sources:
        library_changes.add(library, sources, mapping, caption, tags, licence, body_model, as_json)
    else:
        info(library, as_json)


@app.command()
def info(library: File, as_json: options.Json = False) -> None:
    """How much a library holds, for which text encoders and checkpoints, under which licences."""
    from dataclasses import asdict

    from reprise.library.store import Library

    with Library.open(library) as opened:
        about = opened.info()
    if as_json:
        print_json({**asdict(about), "path": str(about.path)})
        return
    typer.echo(f"{about.path}: {about.clips} clips, {about.seconds / 60:.1f} minutes, {about.captions} captions")
    typer.echo(f"{about.bytes / 1e6:.1f} MB, {about.thumbnails} pictures")
    typer.echo(f"text encoders: {_features(about.encoders, about.texts)}")
    typer.echo(f"checkpoints: {_features(about.checkpoints, about.clips)}")
    for name, labels in (("licences", about.licences), ("tags", about.tags), ("sources", about.sources)):
        most = sorted(labels.items(), key=lambda label: -label[1])[:_MOST]
        rest = f", and {len(labels) - _MOST} more" if len(labels) > _MOST else ""
        typer.echo(f"{name}: {', '.join(f'{label} ({count})' for label, count in most) or 'none'}{rest}")


@app.command("list")
def list_clips(
    library: File,
    tags: options.Tags = None,
    sources: options.Sources = None,
    licences: options.Licences = None,
    as_json: options.Json = False,
) -> None:
    """The clips of a library: id, seconds, tags and captions."""
    from dataclasses import asdict

    from reprise.library.selection import select
    from reprise.library.store import Library

    with Library.open(library) as opened:
        clips = select(opened, selection(tags, sources, licences))
    if as_json:
        print_json({"clips": [asdict(clip) for clip in clips]})
        return
    for clip in clips:
        tagged = f"  [{', '.join(clip.tags)}]" if clip.tags else ""
        typer.echo(f"{clip.id}  {clip.seconds:5.1f} s{tagged}  {' | '.join(clip.captions)}")
    if not clips:
        note("No clips.")


@app.command()
def verify(library: File, as_json: options.Json = False) -> None:
    """Read everything in a library, and name all that is damaged; exit code 2 when anything is."""
    from reprise.library.store import Library
    from reprise.library.verify import find_damage

    with Library.open(library) as opened:
        damage = find_damage(opened)
    if as_json:
        print_json({"path": str(library), "damage": list(damage)})
    else:
        for what in damage:
            note(f"damaged: {what}")
        typer.echo(f"{library}: {len(damage)} damaged" if damage else f"{library} is whole.")
    if damage:
        raise typer.Exit(_BAD)


def _features(counts: Mapping[str, int], total: int) -> str:
    parts = [name if count == total else f"{name} ({count} of {total})" for name, count in counts.items()]
    return ", ".join(parts) or "none"


for command in (
    library_changes.add,
    library_changes.remove,
    library_changes.merge,
    library_changes.caption,
    library_encode.encode,
    library_find.search,
    library_find.export,
):
    app.command(command.__name__)(command)
