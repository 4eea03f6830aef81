"""`reprise train`: trains the networks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Train the networks.")


@app.callback()
def group() -> None:
    """Keeps `diffusion` a command of its own while it is the only one."""


@app.command()
def diffusion(
    data: Annotated[Path, typer.Option(help="A training set of `reprise data build`.")],
    out: Annotated[Path, typer.Option(help="The folder for checkpoints, logs and the configuration.")],
    overrides: Annotated[list[str] | None, typer.Argument(metavar="[KEY=VALUE]...", help="Settings to change.")] = None,
    config: Annotated[
        Path | None, typer.Option(help="Settings (.json); the default configuration if not given.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in OUT.")] = False,
) -> None:
    """Train the semantics-modulated transformer under diffusion."""
    from reprise.training.diffusion import train

    typer.echo(str(train(data, out, config, overrides or [], resume)))
