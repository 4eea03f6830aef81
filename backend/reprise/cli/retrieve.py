"""`reprise retrieve`: which library clips a sentence would be built on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reprise_core.contract import Reference, Request

from . import options
from .console import print_json


def retrieve(
    prompt: Annotated[str, typer.Argument(help="What the person does.")],
    seconds: options.Seconds = 6.0,
    references: options.References = 4,
    pinned: options.Pinned = None,
    excluded: options.Excluded = None,
    tags: options.Tags = None,
    sources: options.Sources = None,
    licences: options.Licences = None,
    length_decay: options.LengthDecay = 0.1,
    repeats: options.Repeats = False,
    method: options.RetrievalMethod = "hybrid",
    retriever: options.Retriever = None,
    faiss: Annotated[
        bool, typer.Option("--faiss", help="Search a library of a million clips by FAISS; makes its index once.")
    ] = False,
    library: options.Library = None,
    as_json: options.Json = False,
) -> None:
    """Show the library clips nearest to a sentence and a length, best first."""
    wanted = options.wanted(references, pinned, excluded, tags, sources, licences, length_decay, repeats, method)
    found = _find(Request(prompt=prompt, seconds=seconds, references=wanted), library, retriever, faiss)
    if as_json:
        print_json({"prompt": prompt, "seconds": seconds, "references": [row.to_json() for row in found]})
    else:
        _print_table(found)


def _find(request: Request, library: Path | None, retriever: Path | None, faiss: bool) -> list[Reference]:
    # Straight from the library and its own text encoder: no engine is needed, so none need be there.
    from reprise import assets, text
    from reprise.library import faiss_search, own
    from reprise.library.store import Library
    from reprise.pipelines.reference_search import ReferenceSearch

    path = own.chosen(library)
    with Library.open(path) as opened:
        encoder = opened.encoder
        if faiss:
            index = opened.index(encoder)
            if faiss_search.beside(path, index) is None:
                faiss_search.make_beside(path, index)
    search = ReferenceSearch(path, text.load(encoder), retriever or assets.RETRIEVER)
    return search.find(request.prompt, request.frames, request.references)


def _print_table(found: list[Reference]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("score", "text", "length", "seconds", "clip", "caption", box=None, header_style="bold")
    for row in found:
        numbers = (f"{row.score:.3f}", f"{row.semantic:.3f}", f"{row.length:.3f}", f"{row.seconds:.1f}")
        table.add_row(*numbers, row.id, row.caption)
    Console(markup=False).print(table)
