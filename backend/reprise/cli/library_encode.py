"""`reprise library encode`: what a library keeps of its clips for text encoders and for networks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reprise_core.errors import RepriseError

from . import options
from .console import note, progress_bar
from .library_options import File


def encode(
    library: File,
    encoder: Annotated[
        str | None, typer.Option(help="A text encoder that the library shall serve, besides those it serves already.")
    ] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(help="Weights (.safetensors), of a generator or a retriever, whose view of all clips is kept."),
    ] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Remove these features instead.")] = False,
    as_json: options.Json = False,
) -> None:
    """Compute what is lacking: sentence features and reference features; without options, of all encoders and pictures.

    A library of an older version is brought up to date by this, as by every command that changes it.
    """
    if remove and not (encoder or checkpoint):
        raise RepriseError("bad_usage", "It is not said what to remove.", "Name an --encoder or a --checkpoint.")
    with progress_bar() as on_stage:
        on_stage("loading", 0, 1)
        from reprise import text
        from reprise.library import encoding
        from reprise.library.store import Library

        if remove:
            _remove(library, encoder, checkpoint)
        else:
            with Library.open(library) as opened:
                names = [encoder] if encoder else [] if checkpoint else list(opened.encoders) or [text.DEFAULT]
            for name in names:
                encoding.encode(library, text.load(name), lambda done, total: on_stage("captions", done, total))
            if not encoder and not checkpoint:
                encoding.draw_pictures(library, lambda done, total: on_stage("pictures", done, total))
            if checkpoint:
                from reprise.pipelines.kept_features import encode_library

                encode_library(library, checkpoint, lambda done, total: on_stage("clips", done, total))
    from .library import info

    info(library, as_json)


def _remove(library: Path, encoder: str | None, checkpoint: Path | None) -> None:
    from reprise.library import connections, encoding
    from reprise.library.store import Library

    if encoder:
        encoding.remove_encoder(library, encoder)
        with Library.open(library) as opened:
            if not opened.encoders:
                back = connections.command("reprise", "library", "encode", library)
                note(f"{library} has no sentence features now, so nothing can be retrieved from it. Until: {back}")
    if checkpoint:
        from reprise.library import reference_features
        from reprise.pipelines.kept_features import content_of

        reference_features.remove(library, content_of(checkpoint))
