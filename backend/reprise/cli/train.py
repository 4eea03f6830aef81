"""`reprise train`: trains the networks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Train the networks.")


_Data = Annotated[Path, typer.Option(help="A training set of `reprise data build`.")]
_Out = Annotated[Path, typer.Option(help="The folder for checkpoints, logs and the configuration.")]
_Overrides = Annotated[list[str] | None, typer.Argument(metavar="[KEY=VALUE]...", help="Settings to change.")]
_Config = Annotated[Path | None, typer.Option(help="Settings (.json), or paper, default, tiny; default if not given.")]
_Resume = Annotated[bool, typer.Option("--resume", help="Go on with the run in OUT.")]


@app.command()
def diffusion(
    data: _Data, out: _Out, overrides: _Overrides = None, config: _Config = None, resume: _Resume = False
) -> None:
    """Train the semantics-modulated transformer under diffusion."""
    from reprise.training.diffusion import train

    typer.echo(str(train(data, out, config, overrides or [], resume)))


@app.command()
def interpolate(
    first: Annotated[Path, typer.Option(help="The checkpoint that a training began with (its start=FILE).")],
    last: Annotated[Path, typer.Option(help="The checkpoint that it ended with.")],
    share: Annotated[float, typer.Option(help="How much of the last one, 0 to 1.")],
    out: Annotated[Path, typer.Option(help="The file (.safetensors) of the weights between them.")],
) -> None:
    """Write weights between those that a training of diffusion began with and those that it ended with."""
    from reprise.training.interpolation import interpolate as between

    typer.echo(str(between(first, last, share, out)))


@app.command()
def contrastive(
    data: _Data, out: _Out, overrides: _Overrides = None, config: _Config = None, resume: _Resume = False
) -> None:
    """Train the contrastive text-motion model that evaluates and searches."""
    from reprise.training.contrastive import train

    typer.echo(str(train(data, out, config, overrides or [], resume)))


@app.command()
def rvq(data: _Data, out: _Out, overrides: _Overrides = None, config: _Config = None, resume: _Resume = False) -> None:
    """Train the autoencoder that turns motion into a map of tokens and back."""
    from reprise.training.rvq import train

    typer.echo(str(train(data, out, config, overrides or [], resume)))


@app.command()
def masked(
    data: _Data, out: _Out, overrides: _Overrides = None, config: _Config = None, resume: _Resume = False
) -> None:
    """Train the masked transformer of remomask on the tokens of a trained rvq (rvq=FILE)."""
    from reprise.training.masked import train

    typer.echo(str(train(data, out, config, overrides or [], resume)))


@app.command()
def residual(
    data: _Data, out: _Out, overrides: _Overrides = None, config: _Config = None, resume: _Resume = False
) -> None:
    """Train the residual transformer of remomask on the tokens of a trained rvq (rvq=FILE)."""
    from reprise.training.residual import train

    typer.echo(str(train(data, out, config, overrides or [], resume)))


@app.command()
def retriever(
    data: _Data, out: _Out, overrides: _Overrides = None, config: _Config = None, resume: _Resume = False
) -> None:
    """Train the momentum retriever, which finds motions by what they show instead of by their captions."""
    from reprise.training.retriever import train

    typer.echo(str(train(data, out, config, overrides or [], resume)))


@app.command()
def mixture(
    data: _Data,
    checkpoint: Annotated[Path, typer.Option(help="The generator, from 'reprise train diffusion'.")],
    contrastive: Annotated[Path, typer.Option(help="What measures, from 'reprise train contrastive'.")],
    out: _Out,
    overrides: _Overrides = None,
    config: _Config = None,
    resume: _Resume = False,
) -> None:
    """Search the generator's mixture of conditions; OUT/model.safetensors is the checkpoint with it.

    It holds guidance as well, and uses what 'chosen' says: guidance or searched. Run again with --resume and another
    'chosen' to change that; what was measured is not measured again.
    """
    from reprise.training.mixture import train

    typer.echo(str(train(data, checkpoint, contrastive, out, config, overrides or [], resume)))


@app.command()
def remomask(
    rvq: Annotated[Path, typer.Option(help="From 'reprise train rvq'.")],
    masked: Annotated[Path, typer.Option(help="From 'reprise train masked', on that rvq.")],
    residual: Annotated[Path, typer.Option(help="From 'reprise train residual', on that rvq.")],
    out: Annotated[Path, typer.Option(help="The file (.safetensors) that '--engine remomask --checkpoint' takes.")],
    guidance: Annotated[
        float | None, typer.Option(min=0.0, help="The guidance scale s, 0 for none; what training was given if not.")
    ] = None,
) -> None:
    """Put the three trained parts of remomask into one file."""
    from dataclasses import replace

    from reprise.models.remomask_checkpoint import joined_parts, save_remomask

    checkpoint = joined_parts(rvq, masked, residual)
    if guidance is not None:
        scales = {"text": guidance, "references": guidance}
        checkpoint = replace(checkpoint, decoding={**checkpoint.decoding, "guidance": scales})
    save_remomask(checkpoint, out)
    typer.echo(str(out))


@app.command("all")
def everything(
    data: _Data,
    out: Annotated[Path, typer.Option(help="The folder that gets a folder for each training.")],
    recipe: Annotated[str, typer.Option(help="A recipe (.json), or default or paper.")] = "default",
    processes: Annotated[int, typer.Option(min=0, help="Processes that share batches; 0: one a GPU.")] = 0,
) -> None:
    """Train all networks of a recipe in order; run again, it goes on where it stopped."""
    import subprocess

    from reprise.training.devices import gpus
    from reprise.training.recipe import train_all

    for checkpoint in train_all(data, out, recipe, processes or gpus(), subprocess.call):
        typer.echo(str(checkpoint))
