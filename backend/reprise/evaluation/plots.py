"""The results as pictures (PNG): quality against rareness, steps, references and guidance."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from reprise_core.motion import write_file

from .protocol import FIFTHS
from .results import Results
from .tables import TABLES

_COMPARED = {
    "Retrieval": "retrieval",
    "Guidance": "guidance",
    "Where guidance ends": "guidance-end",
    "Steps": "steps",
    "Engines side by side": "engines",
    "Guidance of ReMoMask": "remomask-guidance",
    "Iterations of ReMoMask": "remomask-iterations",
}


def draw(results: Results, folder: Path) -> list[Path]:
    """Writes the pictures that there are figures for; returns their paths."""
    pictures = {"rareness": _rareness(results)} if _has(results, TABLES[0].systems) else {}
    for table in TABLES:
        if table.heading in _COMPARED and _has(results, table.systems):
            pictures[_COMPARED[table.heading]] = _compared(results, table.systems)
    return [_write(folder / f"{name}.png", picture) for name, picture in pictures.items()]


def _rareness(results: Results) -> Figure:
    """MM Dist in each fifth of the prompts, from the commonest to the rarest."""
    figure = Figure(figsize=(6.0, 3.6), layout="constrained")
    axes = figure.subplots()
    for name in TABLES[0].systems:
        if name in results.systems:
            values = results.systems[name].figures()
            means, widths = ([getattr(values[key], part) for key in FIFTHS] for part in ("mean", "half_width"))
            axes.errorbar(range(1, 6), means, widths, marker="o", capsize=3, label=results.systems[name].title)
    axes.set(xlabel="fifth of the prompts, from common to rare", ylabel="MM Dist (lower is better)", xticks=range(1, 6))
    axes.legend(fontsize="small")
    return figure


def _compared(results: Results, systems: Mapping[str, Any]) -> Figure:
    """FID (not of recorded motion), R-precision and MM Dist of each system of a table, side by side."""
    values = {name: results.systems[name].figures() for name in systems if name in results.systems}
    there = [name for name in values if "fid" in values[name]]
    figure = Figure(figsize=(9.0, 0.8 + 0.4 * len(there)), layout="constrained")
    panels = (("fid", f"FID (n = {results.n})"), ("r_precision_3", "R-precision, top 3"), ("mm_dist", "MM Dist"))
    for axes, (key, heading) in zip(figure.subplots(1, len(panels), sharey=True), panels, strict=True):
        means, widths = ([getattr(values[name][key], part) for name in there] for part in ("mean", "half_width"))
        axes.barh(_titles(results, there), means, xerr=widths, color="#5b8db8", capsize=3)
        axes.set_title(heading, fontsize="medium")
        axes.invert_yaxis()
    return figure


def _titles(results: Results, names: Sequence[str]) -> list[str]:
    return [results.systems[name].title for name in names]


def _has(results: Results, systems: Mapping[str, Any]) -> bool:
    return any(name in results.systems for name in systems)


def _write(path: Path, figure: Figure) -> Path:
    image = io.BytesIO()
    figure.savefig(image, format="png", dpi=120)
    write_file(path, image.getvalue())
    return path
