"""`reprise serve`: the backend that the Blender add-on talks to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from . import options

if TYPE_CHECKING:
    from reprise.pipelines.base import Engine


def serve(
    host: Annotated[
        str, typer.Option(help="The address to listen on; others than loopback are open to the network.")
    ] = ("127.0.0.1"),
    port: Annotated[int, typer.Option(help="0 takes any free port.")] = 0,
    engine: options.Engine = "remodiffuse",
    library: options.Library = None,
    checkpoint: options.Checkpoint = None,
    retriever: options.Retriever = None,
    device: options.Device = "auto",
    precision: options.Precision = None,
    mixture: options.Mixture = None,
    watch_stdin: Annotated[
        bool, typer.Option("--watch-stdin", help="End when standard input does, so with the program that started this.")
    ] = False,
    queue: Annotated[int, typer.Option(min=1, help="How many generations may wait.")] = 64,
    keep_results: Annotated[
        float, typer.Option(min=0.0, metavar="MINUTES", help="How long a result can be fetched.")
    ] = 10.0,
    abandon_after: Annotated[
        float,
        typer.Option(min=1.0, metavar="SECONDS", help="How long a client may be gone before its jobs are cancelled."),
    ] = 30.0,
    unload_after: Annotated[
        float, typer.Option(min=0.0, metavar="MINUTES", help="Free the model's memory when idle for so long; 0: never.")
    ] = 15.0,
) -> None:
    """Serve generations over HTTP; prints one JSON line with url, token, pid, version and contract when ready."""
    from reprise import assets
    from reprise.library import own
    from reprise.pipelines import check_choices, check_engine
    from reprise.serving import server
    from reprise.serving.library_clips import LibraryClips
    from reprise.serving.limits import Limits

    check_engine(engine)
    check_choices(device, precision, mixture)
    weights = {**assets.CHECKPOINTS, **({engine: checkpoint} if checkpoint else {})}
    names = sorted((name for name in weights if weights[name].is_file() or name == engine), key=lambda n: n != engine)

    def load() -> Engine:
        from reprise.pipelines.engines import load_around

        return load_around(
            engine, names=names, checkpoint=checkpoint, library=own.chosen(library), retriever=retriever, device=device,
            precision=precision, mixture=mixture,
        )  # fmt: skip

    limits = Limits(
        waiting=queue,
        keep_seconds=60.0 * keep_results,
        abandon_seconds=abandon_after,
        unload_seconds=60.0 * unload_after or None,
    )
    libraries = (library,) if library else (assets.LIBRARY, own.path())  # which of the two may change with an upload
    sources = (*(weights[name] for name in names), *libraries)
    server.serve(load, LibraryClips(library), host, port, watch_stdin=watch_stdin, sources=sources, limits=limits)
