"""Arguments and options that several `reprise library` commands share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from reprise.library.selection import Selection

File = Annotated[Path, typer.Argument(metavar="LIBRARY", help="The library file (.sqlite).")]
MappingFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Which bone is which joint, where that is not recognised.")
]
Caption = Annotated[str, typer.Option(help="A sentence for all of it, instead of the data's own or of the file names.")]
TagThem = Annotated[str, typer.Option("--tags", metavar="A,B", help="Tags for all of it, with commas between them.")]
SourceLicence = Annotated[str, typer.Option("--licence", help="Its terms, where the data itself states none.")]
Ids = Annotated[list[str] | None, typer.Argument(help="Ids of clips; after -- when one begins with a dash.")]
Words = Annotated[str, typer.Option("--query", metavar="WORDS", help="Only clips with all these words, as `search`.")]


def selection(
    tags: Sequence[str] | None,
    sources: Sequence[str] | None,
    licences: Sequence[str] | None,
    ids: Sequence[str] | None = None,
    query: str = "",
) -> Selection:
    """The clips that these options mean."""
    from reprise.library.selection import Selection

    return Selection(tuple(ids or ()), tuple(tags or ()), tuple(sources or ()), tuple(licences or ()), query)
