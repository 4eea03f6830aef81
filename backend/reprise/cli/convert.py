"""`reprise convert`: a motion into the files of other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from . import options, outputs
from .console import print_json
from .finishing import Finish
from .takes import Source, read_takes


def convert(
    source: Source,
    out: Annotated[
        list[Path],
        typer.Argument(
            metavar="OUT...",
            help="Where to: .bvh, .npz, .png (contact sheet), .mp4 (film), or SMPL poses as .smpl.npz, .smplh.npz or "
            ".smplx.npz. Takes: NAME_0, NAME_1, ...",
        ),
    ],
    take: Annotated[int | None, typer.Option(help="Only this take; all of them if not given.")] = None,
    fps: options.Fps = None,
    loop: options.Loop = False,
    in_place: options.InPlace = False,
    root_track: options.RootTrack = False,
    body_model: options.BodyModel = None,
    as_json: options.Json = False,
) -> None:
    """Write a motion as BVH, SMPL poses, a picture or a film; at another rate, as a loop, without travel."""
    finish = Finish(fps, loop, in_place, root_track)
    takes = read_takes(source, take)
    files = outputs.plan(out, len(takes), body_model)
    outputs.write(files, finish.apply(takes))
    if as_json:
        print_json({"outputs": [str(file.path) for file in files], "takes": len(takes)})
        return
    for file in files:
        typer.echo(str(file.path))
