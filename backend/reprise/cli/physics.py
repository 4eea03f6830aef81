"""`reprise physics`: how physical the motions in a folder look, as a table or JSON."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import options
from .console import note, print_json

if TYPE_CHECKING:
    from reprise.evaluation.physics_report import Report, Take

_BAD_INPUT = 2
_NARROWEST = 110  # characters: a narrower terminal wraps the lines instead of losing figures


def physics(
    paths: Annotated[list[Path], typer.Argument(help="Motions (.npz), or folders with motions in and below them.")],
    as_json: options.Json = False,
) -> None:
    """Measure sliding, skating, floating and sinking feet, jitter and bone lengths of motions.

    Contacts are derived from height and speed, whatever a motion says of itself. A file that is no motion costs one
    line on standard error and the exit code 2; the others are measured all the same.
    """
    from reprise.evaluation.physics_report import motion_files, report

    result = report(motion_files(paths))
    if as_json:
        print_json(result.to_json())
    elif result.takes:
        _print_table(result)
    for file, error in result.refused:
        note(f"reprise: {file}: {error}")
    if result.refused:
        raise typer.Exit(_BAD_INPUT)


def _print_table(report: Report) -> None:
    from rich.console import Console
    from rich.table import Table

    from reprise.evaluation.physics_report import UNITS

    folder = Path(os.path.commonpath([Path(take.file).parent for take in report.takes]))

    def name(take: Take) -> str:
        """Without the folder that all lie in: a line has no room for it."""
        file = Path(take.file).relative_to(folder).as_posix()
        return f"{file} #{take.take}" if take.file in several else file

    several = {take.file for take in report.takes if take.take > 0}
    table = Table(box=None, pad_edge=False)
    table.add_column("motion", overflow="fold")
    for figure in UNITS:
        table.add_column(figure.replace("_", "\n", 1).replace("_", " "), justify="right", no_wrap=True, min_width=8)
    for take in report.takes:
        table.add_row(name(take), *(f"{value:.2f}" for value in take.physics.to_json().values()))
    table.add_section()
    table.add_row(f"mean of {len(report.takes)}", *(f"{value:.2f}" for value in report.mean().values()), style="bold")
    worst = Table(box=None, pad_edge=False)
    for heading in ("worst", "", "", "motion"):
        worst.add_column(heading, overflow="fold", justify="right" if heading == "" else "left")
    for figure, take in report.worst().items():
        value = getattr(take.physics, figure)
        worst.add_row(figure.replace("_", " "), f"{value:.2f}", UNITS[figure], name(take))
    console = Console(width=max(Console().width, _NARROWEST), markup=False, highlight=False)
    console.print(table)
    console.print()
    console.print(worst)
