"""`reprise data humanml3d`: the data set from AMASS recordings, as its authors published how to make it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reprise_core.contract import MODEL_FPS

from . import options
from .console import note, print_json, progress_bar

if TYPE_CHECKING:
    from reprise.data.humanml3d_build import HumanML3DReport
    from reprise.data.imported import Unreadable

_BAD = 2
_MOST_WORKERS = 8  # unless asked for: each takes some 300 MB


def humanml3d(
    amass: Annotated[Path, typer.Option(help="AMASS, unpacked: a folder with CMU, KIT, BMLmovi and so on (SMPL+H G).")],
    body_model: Annotated[
        Path, typer.Option(help="Your body models: a folder with smplh/male/model.npz and smplh/female/model.npz.")
    ],
    texts: Annotated[Path, typer.Option(help="HumanML3D's texts: texts.zip, or the folder unpacked from it.")],
    index: Annotated[Path, typer.Option(help="HumanML3D's index.csv.")],
    out: Annotated[Path, typer.Option(help="The folder for the data set; one that was begun goes on.")],
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; one a core, at most 8, if not given.")] = None,
    as_json: options.Json = False,
) -> None:
    """Make HumanML3D: features, joints, texts, mirrored twins, Mean and Std, and splits.

    What cannot be made is named and left out, and the exit code is 2. Run again, it makes what is missing.
    """
    from reprise.data.humanml3d_build import Sources, build_humanml3d

    with progress_bar() as on_stage:
        on_stage("looking", 0, 1)
        sources = Sources(amass, body_model, texts, index)
        report = build_humanml3d(sources, out, workers or min(os.cpu_count() or 1, _MOST_WORKERS), on_stage)
    for line in complaints(report.left_out):
        note(line)
    if as_json:
        print_json(report.to_json())
    else:
        typer.echo(summary(report))
    if report.left_out:
        raise typer.Exit(_BAD)


def complaints(left_out: Sequence[Unreadable]) -> list[str]:
    """A line for each reason: the first that it befell, and how many others."""
    names: dict[str, list[str]] = {}
    for fault in left_out:
        names.setdefault(fault.reason, []).append(fault.name)
    more = {reason: f" (and {len(those) - 1} more)" if len(those) > 1 else "" for reason, those in names.items()}
    return [f"{those[0]}{more[reason]}: {' '.join(reason.split())}" for reason, those in names.items()]


def summary(report: HumanML3DReport) -> str:
    """What there is now, in a few lines."""
    clips = report.made + report.present
    where = "given lists" if report.splits_given else "no lists found; drawn by recording"
    lines = [
        f"{clips} of the {report.indexed} clips in the index, and their mirrored twins, are in {report.out}: "
        f"{report.made} made, {report.present} there before",
        f"{report.frames} frames ({report.frames / MODEL_FPS / 3600.0:.2f} hours, twins included)",
        f"splits ({where}): " + ", ".join(f"{split} {count}" for split, count in report.splits.items()),
    ]
    return "\n".join(lines)
