"""`reprise library search` and `export`: finding clips, and taking them out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from reprise_core.errors import RepriseError

from . import options
from .console import note, print_json, progress_bar
from .library_options import File, Ids, Words, selection

if TYPE_CHECKING:
    from reprise.library.search import Hit
    from reprise.text import TextEncoder


def search(
    library: File,
    text: Annotated[str, typer.Argument(help="Words, an id, a tag, part of a file name, or a sentence.")],
    words: Annotated[bool, typer.Option("--words", help="By words only: needs no text encoder.")] = False,
    meaning: Annotated[bool, typer.Option("--meaning", help="By meaning only.")] = False,
    count: Annotated[int, typer.Option("-n", min=1, help="How many clips at most.")] = 20,
    tags: options.Tags = None,
    sources: options.Sources = None,
    licences: options.Licences = None,
    as_json: options.Json = False,
) -> None:
    """Find clips by words (captions, ids, file names, sources, tags) and by meaning, best first."""
    if words and meaning:
        raise RepriseError("bad_usage", "Both --words and --meaning are given.", "Give neither to search by both.")
    from reprise.library import search as searching
    from reprise.library.store import Library

    among = selection(tags, sources, licences)
    with Library.open(library) as opened:
        encoder = None if words else _encoder(opened.encoders, needed=opened.encoder if meaning else None)
        hits = searching.search(opened, text, count, encoder, words=not meaning, among=among)
    if as_json:
        print_json({"query": text, "clips": [hit.to_json() for hit in hits]})
    elif hits:
        _print_table(hits)
    else:
        note(f"Nothing in {library} fits '{text}'.")


def export(
    library: File,
    out: Annotated[Path, typer.Option(help="The new folder for the files and tables.")],
    ids: Ids = None,
    tags: options.Tags = None,
    sources: options.Sources = None,
    licences: options.Licences = None,
    query: Words = "",
    form: Annotated[
        Literal["npz", "bvh"],
        typer.Option("--format", help="npz keeps the very motion; bvh is for other programs."),
    ] = "npz",
    as_json: options.Json = False,
) -> None:
    """Write clips as files with their captions as a table, the whole library if nothing is chosen.

    `reprise library add` reads such a folder back.
    """
    from reprise.library import exporting
    from reprise.library.selection import select
    from reprise.library.store import Library

    wanted = selection(tags, sources, licences, ids, query)
    with Library.open(library) as opened, progress_bar() as on_stage:
        clips = select(opened, wanted)
        exporting.export(opened, clips, out, form, lambda done, total: on_stage("clips", done, total))
    if as_json:
        print_json({"out": str(out), "clips": len(clips)})
    else:
        typer.echo(f"{out}: {len(clips)} clips")


def _encoder(known: dict[str, int], needed: str | None) -> TextEncoder | None:
    """The library's encoder that is on this machine, the default one first; without one, a search by words will do."""
    from reprise import text

    failure = RepriseError("no_encoder", "The library has no sentence features.")
    for name in sorted(known, key=lambda name: name != text.DEFAULT):
        try:
            return text.load(name)
        except RepriseError as error:
            failure = error
    if needed:
        raise failure
    note(f"Searched by words only: {failure.message}")
    return None


def _print_table(hits: list[Hit]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("words", "meaning", "seconds", "clip", "tags", "caption", box=None, header_style="bold")
    for hit in hits:
        rank, near = hit.rank and f"#{hit.rank}", hit.similarity is not None and f"{hit.similarity:.3f}"
        table.add_row(
            rank or "", near or "", f"{hit.clip.seconds:.1f}", hit.clip.id, ", ".join(hit.clip.tags), hit.caption
        )
    Console(markup=False).print(table)
