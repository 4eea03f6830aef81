"""How well motion goes onto every family of rigs: clips of a data set's test split, on rigs built and real.

    OMP_NUM_THREADS=1 python scripts/bench_retargeting.py DATA [--clips 20] [--rigs 3] [--pack DIR] [--seed 0] [--json]
        [--markdown FILE]

DATA is a built data set. Of each family, as many rigs are made (`tests/core/rigs/builders.py`) with random proportions,
rest poses, axes, units and rolls; Rigify's human comes as Blender generates it, with its bones and with its controls;
with --pack, the skeletons of the motion pack's files are added. Rigs whose automatic mapping misses a joint that they
have are counted, and the made rigs are mapped once more under names that say nothing. On every fifth clip, the rig's
animation becomes a Motion and goes onto the rig again. Prints a table, or JSON with --json; --markdown writes the table
to a file.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests/core"))
from rigs.builders import build_rig, scrambled  # pyright: ignore[reportMissingImports]
from rigs.judging import found_rightly  # pyright: ignore[reportMissingImports]
from rigs.real_rigs import asf_bones, bvh_bones, gltf_bones, rigify  # pyright: ignore[reportMissingImports]
from rigs.skeletons import FAMILY_TREES, UNKNOWN_TREES  # pyright: ignore[reportMissingImports]

from reprise.data import dataset
from reprise.evaluation.retargeting import Retargeting, measure, round_trip
from reprise_core import quaternion as quat
from reprise_core.cleanup import to_motion
from reprise_core.contract import MODEL_FPS
from reprise_core.errors import RepriseError
from reprise_core.motion import Motion, write_file
from reprise_core.retargeting.rest_rig import RestRig
from reprise_core.rigs.bones import BoneMapping, Bones
from reprise_core.rigs.mapping import map_bones

Array = quat.Array

TARGETS = {
    "arms_mean": 1.0,
    "arms_p99": 5.0,
    "legs_mean": 1.0,
    "legs_p99": 5.0,
    "slide_mm": 0.5,
    "swapped": 0,
    "jumps": 0,
    "round_trip_max": 2.0,
}
_ROUND_TRIP_EVERY = 5  # clips


@dataclass(frozen=True)
class Named:
    """A rig of a family, mapped automatically; `complete`: every joint that a person would map was found; `nameless`:
    they were under scrambled names as well, None where that was not asked.
    """

    family: str
    rig: RestRig
    mapping: BoneMapping
    complete: bool
    nameless: bool | None


def rolled(bones: Bones, random: np.random.Generator) -> RestRig:
    """The bones with random rest axes: retargeting must not depend on any roll."""
    axes = quat.to_matrix(quat.normalize(random.normal(size=(len(bones.names), 4))))
    return RestRig(bones, axes.astype(np.float64))


def made_rigs(count: int, seed: int) -> Iterator[Named]:
    """So many rigs of each family."""
    for family, (tree, sides, prefixes) in (FAMILY_TREES | UNKNOWN_TREES).items():
        for number in range(count):
            random = np.random.default_rng([seed, number, sum(map(ord, family))])
            made = build_rig(random, tree, sides, prefixes[number % len(prefixes)])
            mapping = map_bones(made.bones)
            found = {joint: match.bone for joint, match in mapping.matches.items()}
            rig, nameless = rolled(made.bones, random), found_rightly(scrambled(random, made))
            yield Named(family, rig, mapping, found == made.joints, nameless)


def real_rigs(pack: Path | None, seed: int) -> Iterator[Named]:
    """Rigify, and one skeleton of each kind in the pack."""
    random = np.random.default_rng(seed)
    kinds = {"Rigify, controls": "human_control_rig", "Rigify, meta-rig": "human_metarig"}
    skeletons = {name: rigify(kind) for name, kind in kinds.items()}
    if pack is not None:
        skeletons |= dict(_pack_skeletons(pack))
    for name, bones in skeletons.items():
        mapping = map_bones(bones)
        yield Named(name, rolled(bones, random), mapping, not mapping.problems, None)


def _pack_skeletons(pack: Path) -> Iterator[tuple[str, Bones]]:
    kinds = (
        ("file: CMU BVH, 31", "cmu_bvh.zip", bvh_bones, lambda name, data: b"LHipJoint" in data[:9000]),
        ("file: CMU BVH, 43", "cmu_bvh.zip", bvh_bones, lambda name, data: b"rShldr" in data[:9000]),
        ("file: CMU ASF", "cmu_asfamc.zip", asf_bones, lambda name, data: name.endswith(".asf")),
        ("file: ReActIdle", "reactidle.zip", bvh_bones, lambda name, data: name.endswith(".bvh")),
        ("file: KayKit", "kaykit.zip", gltf_bones, lambda name, data: name.endswith(".glb")),
        ("file: Mesh2Motion", "mesh2motion.zip", gltf_bones, lambda name, data: name.startswith("base/")),
        ("file: Mesh2Motion, add-on", "mesh2motion.zip", gltf_bones, lambda name, data: name.startswith("addon/")),
    )
    for title, archive, read, fits in kinds:
        with ZipFile(pack / archive) as files:
            yield title, read(next(d for name in sorted(files.namelist()) if fits(name, d := files.read(name))))


def test_clips(folder: Path, count: int) -> list[Motion]:
    """Clips of the test split, evenly spread over it."""
    data = dataset.load(folder)
    rows = [row for row, segment in enumerate(data.segments) if segment.split == "test"]
    if not rows:
        raise RepriseError("no_test", f"The data set '{folder}' has no test split.", "Build one with test clips.")
    chosen = [rows[round(place)] for place in np.linspace(0, len(rows) - 1, min(count, len(rows)))]
    return [to_motion(data.joints(row), MODEL_FPS) for row in chosen]


def summary(rigs: Sequence[Named], results: Sequence[Retargeting], trips: Sequence[Array]) -> dict[str, float | None]:
    """One line of the table: rigs, what was measured on them for each clip, round trips in degrees."""
    arms, legs, body, pelvis = (
        np.concatenate([getattr(result, part) for result in results]) for part in ("arms", "legs", "body_mm", "pelvis")
    )
    asked = [named.nameless for named in rigs if named.nameless is not None]
    return {
        "rigs": len(rigs),
        "mapped": sum(named.complete for named in rigs),
        "nameless": sum(asked) / len(asked) if asked else None,
        "arms_mean": float(arms.mean()),
        "arms_p99": float(np.quantile(arms, 0.99)),
        "legs_mean": float(legs.mean()),
        "legs_p99": float(np.quantile(legs, 0.99)),
        "body_mean_mm": float(body.mean()),
        "body_p99_mm": float(np.quantile(body, 0.99)),
        "pelvis_mean": float(pelvis.mean()) if len(pelvis) else None,
        "pelvis_p99": float(np.quantile(pelvis, 0.99)) if len(pelvis) else None,
        "slide_mm": statistics.mean(result.slide_mm for result in results),
        "worst_slide_mm": max(result.slide_mm for result in results),
        "source_slide_mm": statistics.mean(result.source_slide_mm for result in results),
        "sunk_mm": statistics.mean(result.sunk_mm for result in results),
        "worst_sunk_mm": max(result.sunk_mm for result in results),
        "swapped": sum(result.swapped for result in results),
        "jumps": sum(result.jumps for result in results),
        "round_trip_max": float(max(trip.max() for trip in trips)),
        "ms_a_clip": 1e3 * statistics.median(result.seconds for result in results),
    }


COLUMNS = {
    "family": "{family}",
    "rigs": "{rigs}",
    "mapped": "{mapped}",
    "mapped without names": "{nameless}",
    "arms, deg (mean / p99)": "{arms_mean:.2f} / {arms_p99:.2f}",
    "legs, deg (mean / p99)": "{legs_mean:.2f} / {legs_p99:.2f}",
    "body moved, mm (mean / p99)": "{body_mean_mm:.0f} / {body_p99_mm:.0f}",
    "pelvis turned, deg (mean / p99)": "{pelvis_mean:.1f} / {pelvis_p99:.1f}",
    "slide, mm a frame (mean / worst clip; source)": "{slide_mm:.2f} / {worst_slide_mm:.2f}; {source_slide_mm:.2f}",
    "sunk, mm (mean / worst)": "{sunk_mm:.1f} / {worst_sunk_mm:.1f}",
    "swaps": "{swapped}",
    "jumps": "{jumps}",
    "rig to Motion to rig, deg (worst)": "{round_trip_max:.2f}",
    "ms a clip": "{ms_a_clip:.0f}",
}


def table(lines: dict[str, dict[str, Any]]) -> str:
    """Markdown."""
    rows = [list(COLUMNS), ["---"] * len(COLUMNS)]
    for family, line in lines.items():
        nameless = "-" if line["nameless"] is None else f"{line['nameless']:.0%}"
        known = {name: float("nan") if value is None else value for name, value in line.items()}
        values = known | {"family": family, "nameless": nameless}
        rows.append([column.format(**values).replace("nan / nan", "-") for column in COLUMNS.values()])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def main() -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, metavar="DATA")
    parser.add_argument("--clips", type=int, default=20)
    parser.add_argument("--rigs", type=int, default=3, help="rigs made of each family")
    parser.add_argument("--pack", type=Path, metavar="DIR", help="the folder of the motion pack's archives")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="the table goes here as well")
    arguments = parser.parse_args()
    try:
        clips = test_clips(arguments.data, arguments.clips)
    except RepriseError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    results: dict[str, list[Retargeting]] = {}
    rigs: dict[str, list[Named]] = {}
    trips: dict[str, list[Array]] = {}
    for named in (*made_rigs(arguments.rigs, arguments.seed), *real_rigs(arguments.pack, arguments.seed)):
        rigs.setdefault(named.family, []).append(named)
        results.setdefault(named.family, []).extend(measure(clip, named.rig, named.mapping) for clip in clips)
        there_and_back = (round_trip(clip, named.rig, named.mapping) for clip in clips[::_ROUND_TRIP_EVERY])
        trips.setdefault(named.family, []).extend(there_and_back)
    lines: dict[str, dict[str, Any]] = {
        family: summary(rigs[family], found, trips[family]) for family, found in results.items()
    }
    lines["all"] = summary(
        [named for found in rigs.values() for named in found],
        [result for found in results.values() for result in found],
        [trip for found in trips.values() for trip in found],
    )
    missed = {
        family: [name for name, target in TARGETS.items() if line[name] > target]
        for family, line in lines.items()
        if any(line[name] > target for name, target in TARGETS.items())
    }
    machine = (
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, NumPy {np.__version__}"
    )
    if arguments.json:
        print(
            json.dumps(
                {"clips": len(clips), "seed": arguments.seed, "machine": machine, "families": lines, "missed": missed}
            )
        )
        return 0
    report = "\n".join(
        (
            f"{len(clips)} clips of the test split, seed {arguments.seed}; {machine}\n",
            table(lines),
            "",
            *(
                f"Target missed: {family}: {', '.join(f'{name} {lines[family][name]:.2f}' for name in names)}"
                for family, names in missed.items()
            ),
        )
    )
    print(report)
    if arguments.markdown:
        write_file(arguments.markdown, (report + "\n").encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
