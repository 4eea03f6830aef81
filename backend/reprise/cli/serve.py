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
    device: options.Device = "auto",
    watch_stdin: Annotated[
        bool, typer.Option("--watch-stdin", help="End when standard input does, so with the program that started this.")
    ] = False,
) -> None:
    """Serve generations over HTTP; prints one JSON line with url, token, pid and version when ready."""
    from reprise.serving import server

    def load() -> Engine:
        from reprise import pipelines

        return pipelines.load(engine, checkpoint=checkpoint, library=library, device=device)

    server.serve(load, host, port, watch_stdin=watch_stdin)
