"""Makes the pictures and the table of docs/results.md from the shipped weights.

    python scripts/make_pictures.py [--data DATA_SET] [--losses RUN/losses.csv]

With --data, the physics of the test split's recordings stand beside those of the generated motions.
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import numpy as np

from reprise import pipelines
from reprise.data import dataset as datasets
from reprise.evaluation import physics
from reprise.rendering import contact_sheet
from reprise_core.contract import Request
from reprise_core.errors import RepriseError
from reprise_core.motion import Motion, write_file

PICTURES = Path(__file__).resolve().parents[1] / "docs/pictures"
DEMO = (("a person walks forward, then turns around", 6.0), ("a person jumps", 3.0))
TEN = (
    *DEMO,
    ("a person runs forward", 2.5),
    ("a person does jumping jacks", 4.0),
    ("a person squats down and stands up again", 3.0),
    ("a person punches with the right fist", 4.0),
    ("a person climbs up a ladder", 5.0),
    ("a person waves with the left hand", 4.0),
    ("a person sits down on a chair", 4.0),
    ("a person kicks with the right leg", 3.0),
)
SEED = 1  # one take each, not the best of several


def main() -> int:
    """Exit code 0, or 2 with one line for bad input."""
    parser = argparse.ArgumentParser(description="Makes the pictures and the table of docs/results.md.")
    parser.add_argument("--data", type=Path, help="a built data set, for the recordings' physics")
    parser.add_argument("--losses", type=Path, help="losses.csv of the training run, for its curve")
    arguments = parser.parse_args()
    try:
        engine = pipelines.load()
        takes = [
            (prompt, engine.generate(Request(prompt, seconds, SEED), lambda progress: None, lambda: False)[0])
            for prompt, seconds in TEN
        ]
        write_file(PICTURES / "ten-prompts.png", contact_sheet.sheets(takes, columns=2))
        write_file(PICTURES / "demo.png", contact_sheet.sheets(takes[: len(DEMO)]))
        _print_physics("generated", (motion for _, motion in takes))
        if arguments.data:
            data = datasets.load(arguments.data)
            rows = [row for row, segment in enumerate(data.segments) if segment.split == "test"]
            _print_physics("recorded, test split", (data.joints(row) for row in rows))
        if arguments.losses:
            write_file(PICTURES / "loss.png", _loss_curve(arguments.losses))
    except RepriseError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _print_physics(name: str, motions: Iterable[Motion | np.ndarray]) -> None:
    rows = [asdict(physics.measure(motion)) for motion in motions]
    means = ", ".join(f"{key} {np.mean([row[key] for row in rows]):.3g}" for key in rows[0])
    print(f"{name} (n = {len(rows)}): {means}")


def _loss_curve(file: Path) -> bytes:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    with file.open(encoding="utf-8", newline="") as lines:
        steps, losses = zip(*((int(row[0]), float(row[1])) for row in csv.reader(lines)), strict=True)
    figure, axes = pyplot.subplots(figsize=(7, 3.2), dpi=120)
    axes.plot(steps, losses, color="#d9622b")
    axes.set(xlabel="step", ylabel="training loss (normalised features)", yscale="log")
    axes.grid(alpha=0.3, which="both")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", bbox_inches="tight")
    pyplot.close(figure)
    return buffer.getvalue()


if __name__ == "__main__":
    sys.exit(main())
