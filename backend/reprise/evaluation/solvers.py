"""How far fewer sampler steps are from a thousand, in millimetres, and how long they take.

python -m reprise.evaluation.solvers [--prompts N] [--takes N] [--seconds S] [--seed N]

The same noise goes through each solver, with the shipped weights; what comes out is compared, joint by joint, with 1000
steps of DDIM. `body` is measured relative to the pelvis over the ground, `world` where the figure is.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from reprise import pipelines
from reprise.pipelines.remodiffuse import ReMoDiffuse
from reprise_core.contract import Request
from reprise_core.errors import RepriseError

PROMPTS = (
    "a person walks forward",
    "a person jumps",
    "a person kicks with the right leg",
    "a person waves with the right hand",
    "a person does a squat",
    "a person runs",
)
COMPARED = (("ddim", 10), ("ddim", 20), ("ddim", 50), ("ddim", 100), ("dpm++", 10), ("dpm++", 15), ("dpm++", 20))
_TRUTH = 1000


@dataclass(frozen=True)
class SolverFigures:
    """Mean distances in millimetres to 1000 steps over `n` clips, and the processor's seconds for one."""

    solver: str
    steps: int
    n: int
    world: float
    body: float
    processor_seconds: float


def compare(engine: ReMoDiffuse, prompts: Sequence[str], takes: int, seconds: float, seed: int) -> list[SolverFigures]:
    """Each of `COMPARED` on the same prompts, seeds and references."""
    rows: dict[tuple[str, int], list[tuple[float, float, float]]] = {each: [] for each in COMPARED}
    for prompt in prompts:
        request = Request(prompt, seconds, seed, takes, steps=_TRUTH, solver="ddim")
        truth = np.stack(engine.raw_joints(request))
        for solver, steps in COMPARED:
            started = time.process_time()
            made = np.stack(engine.raw_joints(replace(request, solver=solver, steps=steps)))
            taken = (time.process_time() - started) / takes
            rows[solver, steps].append((apart(made, truth), apart(in_place(made), in_place(truth)), taken))
    n = len(prompts) * takes
    return [
        SolverFigures(*which, n, *(round(float(f), 3) for f in np.mean(own, axis=0))) for which, own in rows.items()
    ]


def apart(made: NDArray[np.float32], truth: NDArray[np.float32]) -> float:
    """Mean distance of joints (..., 3) in metres, in millimetres."""
    return 1000.0 * float(np.linalg.norm(made - truth, axis=-1).mean())


def in_place(joints: NDArray[np.float32]) -> NDArray[np.float32]:
    """Joints (..., T, J, 3) relative to the pelvis over the ground, height kept."""
    return (joints - joints[..., :1, :] * [1.0, 0.0, 1.0]).astype(np.float32)


def main() -> int:
    """Prints one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prompts", type=int, default=len(PROMPTS))
    parser.add_argument("--takes", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--seed", type=int, default=100)
    given = parser.parse_args()
    try:
        engine = pipelines.load("remodiffuse", device="cpu")
        if not isinstance(engine, ReMoDiffuse):
            raise RepriseError("bad_engine", "Only remodiffuse has solvers to compare.")
        figures = compare(engine, PROMPTS[: given.prompts], given.takes, given.seconds, given.seed)
    except RepriseError as error:
        print(f"solvers: {error}", file=sys.stderr)  # noqa: T201
        return 2
    print(json.dumps([vars(row) for row in figures], indent=2))  # noqa: T201
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
