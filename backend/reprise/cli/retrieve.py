"""`reprise retrieve`: which library clips a sentence would be built on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reprise_core.contract import Reference, References, Request

from . import options
from .console import print_json


def retrieve(
    prompt: Annotated[str, typer.Argument(help="What the person does.")],
    seconds: options.Seconds = 6.0,
    references: options.References = 4,
    library: options.Library = None,
    as_json: options.Json = False,
) -> None:
    """Show the library clips nearest to a sentence and a length, best first."""
    request = Request(prompt=prompt, seconds=seconds, references=References(k=references))
    found = _find(request, library)
    if as_json:
        print_json({"prompt": prompt, "seconds": seconds, "references": [row.to_json() for row in found]})
    else:
        _print_table(found)


def _find(request: Request, library: Path | None) -> list[Reference]:
    # Straight from the library and its own text encoder: no network is needed, so none need be there.
    from reprise import assets, text
    from reprise.library import retrieval
    from reprise.library.store import Library

    with Library.open(library or assets.LIBRARY) as opened:
        index = opened.index(opened.encoder)
    sentence = text.load(opened.encoder).encode([request.prompt]).sentence[0]
    return retrieval.retrieve(index, sentence, request.frames, request.references.k)


def _print_table(found: list[Reference]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("score", "text", "length", "seconds", "clip", "caption", box=None, header_style="bold")
    for row in found:
        numbers = (f"{row.score:.3f}", f"{row.semantic:.3f}", f"{row.length:.3f}", f"{row.seconds:.1f}")
        table.add_row(*numbers, row.id, row.caption)
    Console(markup=False).print(table)
