"""The tables of the results: which systems stand in each, and how they are written down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import protocol
from .metrics import Interval
from .physics_report import UNITS
from .protocol import DELIVERED
from .results import Results
from .systems import SYSTEMS, System

_FULL = SYSTEMS["full"]
_QUALITY = (
    ("r_precision_1", "R@1 ↑"), ("r_precision_2", "R@2 ↑"), ("r_precision_3", "R@3 ↑"), ("fid", "FID ↓"),
    ("mm_dist", "MM Dist ↓"), ("diversity", "Diversity"), ("multimodality", "MultiModality"),
)  # fmt: skip
_RARENESS = (("mm_dist", "MM Dist ↓"), ("tail_mm", "tail-5% MM ↓"), ("balanced_mm", "balanced MM ↓"))
_SPEED = (("seconds_per_clip", "s a clip ↓"),)
_BODY = ("foot_slide", "skate", "floating", "penetration", "jitter")
_PHYSICS = tuple((prefix + name, f"{name.replace('_', ' ')} ({UNITS[name]})")
                 for name in _BODY for prefix in ("", DELIVERED))  # fmt: skip
_DELIVERED = ((f"{DELIVERED}skate", "skate (mm/frame)"), (f"{DELIVERED}jitter", f"jitter ({UNITS['jitter']})"))
_COPYING = (("nearest_training_mm", "to the nearest training second (mm)"),)

_GUIDANCE_ENDS = (100, 200, 300, 500, 600)
FLOORS = {
    "clips": "random training clips against others",
    "recordings": "the same, of other recordings",
    "training": "the split against random training clips",
}

Columns = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Table:
    """A heading, what a reader must know, the systems by name, and the figures with their headings."""

    heading: str
    note: str
    systems: Mapping[str, System]
    columns: Columns


def _named(names: Sequence[str]) -> dict[str, System]:
    return {name: SYSTEMS[name] for name in names}


_MAIN = _named(("real", "retrieval", "no-references", "full", "remomask"))
_MOMENTUM = System("ReMoDiffuse, references by the momentum retriever", "engine").varied(method="momentum")


def _remomask(title: str, **changes: Any) -> System:
    return System(title, "engine", "remomask").varied(**changes)


def _scales(title: str, *guidance: str) -> dict[str, System]:
    return {f"remomask-guidance-{each}": _remomask(title.format(*each.split(",")), guidance=each) for each in guidance}


TABLES = (
    Table("Against recorded motion", "", _MAIN, _QUALITY + _SPEED),
    Table(
        "Rareness of the prompt",
        "Rareness is 1 - the largest cosine with any training caption (ReMoDiffuse, Table 4).",
        _MAIN,
        _RARENESS,
    ),
    Table(
        "Physics",
        "First figure of each pair: what the network made; second: after clean-up, what a user gets.",
        _MAIN,
        _PHYSICS,
    ),
    Table(
        "Copying",
        "Each second of a clip against all training clips and their mirrored twins: root mean squared distance of the"
        " joints in the figure's own frame. Recorded motion of the split shows what no copy looks like.",
        _MAIN,
        _COPYING,
    ),
    Table(
        "Engines side by side",
        "Each without references, with those of Equation 4 (the sentence against the clips' captions), and with those"
        " of the momentum retriever (against the motions themselves; lengths count the same). Physics after clean-up.",
        {
            "real": SYSTEMS["real"],
            "no-references": SYSTEMS["no-references"],
            "full": _FULL,
            "momentum": _MOMENTUM,
            "remomask-no-references": _remomask("ReMoMask without references", k=0),
            "remomask": SYSTEMS["remomask"],
            "remomask-momentum": _remomask("ReMoMask, references by the momentum retriever", method="momentum"),
        },
        _QUALITY + _RARENESS[1:2] + _DELIVERED + _SPEED,
    ),
    Table(
        "Retrieval",
        "As ReMoDiffuse's Table 3, without training anew: the network was trained with k = 2, both similarities and"
        " the stride of its configuration, so k and stride show how far it bears others, not what training for them"
        " would give.",
        {
            "no-references": SYSTEMS["no-references"],
            "semantic-only": System("k = 2, by meaning only", "engine").varied(length_decay=0.0),
            "k1": System("k = 1", "engine").varied(k=1),
            "full": _FULL,
            "k3": System("k = 3", "engine").varied(k=3),
            "stride-2": System("every 2nd frame of a reference", "engine").varied(stride=2),
            "stride-8": System("every 8th frame of a reference", "engine").varied(stride=8),
        },
        _QUALITY + _RARENESS[1:],
    ),
    Table(
        "Guidance",
        "s: time-dependent guidance w = 1 + s t / 1000 down to where the checkpoint's ends, then the fully conditioned"
        " branch.",
        {
            "guidance-0": System("s = 0: no guidance", "engine").varied(guidance="0"),
            "guidance-2.5": System("s = 2.5", "engine").varied(guidance="2.5"),
            "guidance-5": System("s = 5", "engine").varied(guidance="5"),
            "guidance-published": System("the published coefficients", "engine").varied(guidance="published"),
            "searched": System("searched as in the paper", "engine").varied(guidance="searched"),
            "searched-early": System("the same, late steps not learnt", "engine").varied(guidance="searched-early"),
            "full": _FULL,
        },
        _QUALITY,
    ),
    Table(
        "Where guidance ends",
        "w = 1 + 2.5 t / 1000 down to that t, then the fully conditioned branch alone, which is one instead of two.",
        {
            **{f"guidance-2.5,{t}": System(f"t = {t}", "engine").varied(guidance=f"2.5,{t}") for t in _GUIDANCE_ENDS},
            "full": _FULL,
        },
        _QUALITY + _DELIVERED,
    ),
    Table(
        "Steps",
        "Full is DPM-Solver++ with its 15 steps.",
        {
            "ddim-10": System("DDIM, 10 steps", "engine").varied(steps=10, solver="ddim"),
            "ddim-20": System("DDIM, 20 steps", "engine").varied(steps=20, solver="ddim"),
            "ddim-50": System("DDIM, 50 steps", "engine").varied(steps=50, solver="ddim"),
            "dpm-10": System("DPM-Solver++, 10 steps", "engine").varied(steps=10, solver="dpm++"),
            "dpm-20": System("DPM-Solver++, 20 steps", "engine").varied(steps=20, solver="dpm++"),
            "full": _FULL,
        },
        _QUALITY + _SPEED,
    ),
    Table(
        "Guidance of ReMoMask",
        "s = 0 is the conditional model alone. One scale: (1 + s) l(text, references) - s l(). Two: l() + (1 + s_t)"
        " [l(text) - l()] + (1 + s_r) [l(text, references) - l(text)]. The paper says s = 4.",
        {
            **_scales("s = {}", "0", "0.5", "1", "2", "4"),
            **_scales("s_t = {}, s_r = {}", "1,0", "0,1", "2,0.5", "0.5,2"),
            "remomask": SYSTEMS["remomask"],
        },
        _QUALITY + _DELIVERED[:1],
    ),
    Table(
        "Iterations of ReMoMask",
        "ReMoMask itself is with its 10 iterations.",
        {
            "remomask-5": _remomask("5 iterations", steps=5),
            "remomask": SYSTEMS["remomask"],
            "remomask-15": _remomask("15 iterations", steps=15),
            "remomask-20": _remomask("20 iterations", steps=20),
        },
        _QUALITY + _DELIVERED[:1] + _SPEED,
    ),
)


def all_systems() -> dict[str, System]:
    """The systems of all tables, each once, in the order of the tables."""
    return {name: system for table in TABLES for name, system in table.systems.items()}


def markdown(results: Results) -> str:
    """All tables that have a row, as Markdown."""
    parts = [_heading(results)]
    for table in TABLES:
        if set(table.systems) & set(results.systems):
            parts += [f"## {table.heading}", *([table.note] if table.note else []), rows(results, table)]
    return "\n\n".join(parts) + "\n"


def rows(results: Results, table: Table) -> str:
    """One table; a system that has not been measured has no row."""
    measured = {name: results.systems[name] for name in table.systems if name in results.systems}
    figures = {name: one.figures() for name, one in measured.items()}
    there = [(key, heading) for key, heading in table.columns if any(key in row for row in figures.values())]
    lines = [
        f"| {' | '.join(['', *(heading for _, heading in there), 'repeats'])} |",
        f"|{'---|' * (len(there) + 2)}",
    ]
    for name, one in measured.items():
        cells = [_cell(key, figures[name].get(key), results.n) for key, _ in there]
        lines.append(f"| {' | '.join([table.systems[name].title, *cells, str(len(one.repeats))])} |")
    return "\n".join(lines)


def _heading(results: Results) -> str:
    settings, floor = results.settings, protocol.intervals(results.floor)
    compared = ", ".join(
        f"{_written(floor[name], 3)} ({what}, n = {floor[f'{name}_n'].mean:.0f})" for name, what in FLOORS.items()
    )
    return (
        f"n = {results.n} clips of the split '{settings['split']}', seed {settings['seed']}, evaluator"
        f" {settings['evaluator']}. Each figure is the mean over the repeats with its 95% interval. FID of recorded"
        f" motion against recorded motion: {compared}."
    )


def _cell(name: str, value: Interval | None, n: int) -> str:
    if value is None:
        return "-"
    return _written(value, 3) + (f" (n = {n})" if name == "fid" else "")


def _written(value: Interval, digits: int) -> str:
    return f"{value.mean:.{digits}f} ± {value.half_width:.{digits}f}"
