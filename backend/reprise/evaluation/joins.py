"""How clean the joins of composed pairs are: a contact sheet of them, and what their joints and feet do there.

python -m reprise.evaluation.joins DATA OUT.png [--pairs N] [--shown N] [--seed N] [--split NAME]
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reprise.data.compose import Pair, compose, find_pairs
from reprise.data.dataset import MotionDataset, load
from reprise.data.transition import BLEND
from reprise.features.humanml3d import FPS
from reprise.rendering.contact_sheet import sheets
from reprise_core.contacts import detect_contacts
from reprise_core.errors import RepriseError
from reprise_core.motion import write_file
from reprise_core.skeleton import CONTACT_JOINTS

Array = NDArray[np.float64]

_BEFORE, _AFTER = 10, 10  # poses shown and looked at before and after the blend


def measure_join(joints: Array, first: int, parts: tuple[Array, Array]) -> dict[str, float]:
    """What happens at a join, against what the two clips do elsewhere.

    `joints` (T, 22, 3) is the composed motion, whose blend begins at pose `first`; `parts` are the two clips that it
    was made of. `velocity` and `acceleration` are the largest of any joint at the join over the 99th percentile, in the
    clips' own frames, of the largest of any joint. `slide` is the mean way of feet in contact, mm a frame, at the join;
    `own_slide` the same in the clips.
    """
    near = slice(max(first - 2, 0), first + BLEND + 2)
    result = {}
    for name, order in (("velocity", 1), ("acceleration", 2)):
        own = np.concatenate([_fastest(part, order) for part in parts])
        result[name] = float(_fastest(joints[near], order).max() / max(np.percentile(own, 99.0), 1e-9))
    result["slide"] = _slide(joints, near)
    result["own_slide"] = float(np.mean([_slide(part, slice(None)) for part in parts]))
    return result


def report(dataset: MotionDataset, pairs: list[Pair]) -> dict[str, Any]:
    """The figures of `measure_join` over all pairs: medians, 95th percentiles and largest values."""
    rows = []
    for pair in pairs:
        own = tuple(dataset.joints(part.row, part.mirrored).astype(np.float64) for part in (pair.first, pair.second))
        rows.append(measure_join(compose(dataset, pair), pair.fit.first, (own[0], own[1])))
    figures: dict[str, Any] = {"pairs": len(pairs)}
    distances = [1000.0 * pair.fit.distance for pair in pairs]
    for name, values in {"distance_mm": distances, **{key: [row[key] for row in rows] for key in rows[0]}}.items():
        median, high = np.percentile(values, [50.0, 95.0])
        figures[name] = {"median": float(median), "p95": float(high), "max": float(np.max(values))}
    return figures


def sheet(dataset: MotionDataset, pairs: list[Pair]) -> bytes:
    """A PNG page: each pair as a strip of poses from half a second before its blend to half a second after."""
    strips = []
    for pair in pairs:
        joints, first = compose(dataset, pair), pair.fit.first
        shown = joints[max(first - _BEFORE, 0) : first + BLEND + _AFTER]
        ids = " + ".join(
            dataset.segments[part.row].id + ("-mirrored" if part.mirrored else "") for part in (pair.first, pair.second)
        )
        strips.append((f"{1000.0 * pair.fit.distance:.0f} mm  {pair.caption}  ({ids})", shown))
    return sheets(strips, columns=1, frames=11, fps=FPS)


def _fastest(joints: Array, order: int) -> Array:
    """The largest speed (order 1) or acceleration (order 2) of any joint in each frame, per frame."""
    return np.linalg.norm(np.diff(joints, n=order, axis=0), axis=-1).max(axis=1)


def _slide(joints: Array, frames: slice) -> float:
    """Mean way over the ground, mm a frame, of feet in contact in some frames of a motion; 0 without contacts."""
    feet = joints[:, list(CONTACT_JOINTS)][..., [0, 2]]
    down = detect_contacts(joints, FPS)[frames] > 0.5
    steps = np.linalg.norm(np.diff(feet[frames], axis=0), axis=-1)
    both = down[1:] & down[:-1]
    return 1000.0 * float(steps[both].mean()) if both.any() else 0.0


def main(arguments: list[str]) -> int:
    """Writes the sheet and prints the figures as JSON; 2 for a wrong use or a folder that is no data set."""
    parser = argparse.ArgumentParser(prog="python -m reprise.evaluation.joins", description=__doc__)
    parser.add_argument("data", type=Path, help="a training set of `reprise data build`")
    parser.add_argument("out", type=Path, help="the picture (.png)")
    parser.add_argument("--pairs", type=int, default=200, help="pairs that are measured")
    parser.add_argument("--shown", type=int, default=12, help="pairs that are drawn, evenly from the best to the worst")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--split", default="train")
    given = parser.parse_args(arguments)
    try:
        dataset = load(given.data)
        rows = [row for row, segment in enumerate(dataset.segments) if segment.split == given.split]
        pairs = sorted(find_pairs(dataset, rows, given.pairs, given.seed), key=lambda pair: pair.fit.distance)
        if not pairs:
            raise RepriseError("no_pairs", f"No two clips of '{given.data}' fit together.", "Build it of more motion.")
        places = np.unique(np.linspace(0, len(pairs) - 1, min(given.shown, len(pairs))).astype(int))
        write_file(given.out, sheet(dataset, [pairs[place] for place in places]))
    except RepriseError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(json.dumps(report(dataset, pairs), indent=2) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
