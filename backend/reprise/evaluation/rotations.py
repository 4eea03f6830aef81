"""How good solved rotations are: against the positions they come from, and against the recordings' own rotations.

python -m reprise.evaluation.rotations DATA [ARCHIVES...] [--json]
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from reprise.data.dataset import MotionDataset, load
from reprise.features.humanml3d import FPS
from reprise_core import quaternion as quat
from reprise_core.errors import RepriseError
from reprise_core.inverse_kinematics import solve
from reprise_core.kinematics import forward_kinematics
from reprise_core.skeleton import JOINT_NAMES, Skeleton, humanml3d_skeleton
from reprise_core.skeleton_fit import fit_skeleton

from .physics import bone_variation
from .rotation_angles import (
    TURNING,
    degrees_between,
    explained_turns,
    median_rotation,
    turns_between_frames,
    twist_degrees,
)
from .source_rotations import COMPARED, SourceClip, source_clips

Array = quat.Array

NOISE, NOISE_SEED = 0.01, 0  # metres a coordinate
_UNTWISTED = ("left_knee", "right_knee", "left_elbow", "right_elbow")
_TIMED_RUNS = 9


@dataclass
class _Worst:
    """Turns of many clips: their spread, and where the largest of them is."""

    values: list[Array] = field(default_factory=list)
    largest: float = -np.inf
    where: dict[str, Any] = field(default_factory=dict)

    def add(self, turns: Array, clip: str, joints: Sequence[str]) -> None:
        """Takes degrees (T-1, J) of a clip's joints."""
        if not turns.size:
            return
        self.values.append(turns.ravel())
        frame, joint = np.unravel_index(int(turns.argmax()), turns.shape)
        if turns[frame, joint] > self.largest:
            self.largest = float(turns[frame, joint])
            self.where = {"clip": clip, "joint": joints[int(joint)], "frame": int(frame)}

    def to_json(self) -> dict[str, Any]:
        """p99.9 and largest in degrees, and where that is: from `frame` to the next."""
        everything = np.concatenate(self.values) if self.values else np.zeros(1)
        return {"p99.9": float(np.percentile(everything, 99.9)), "largest": float(everything.max()), **self.where}


def report(dataset_dir: Path, archives: Sequence[Path] = (), split: str = "test") -> dict[str, Any]:
    """The figures over a split of a built data set, and over those of its clips that `archives` hold as BVH or ASF/AMC.

    `position_error_mm` (mean, p99, max over frames and joints): forward kinematics against the data set's positions,
    which are posed on our skeleton (`posed`), and against the recorded joints scaled to our legs' length on a skeleton
    fitted to each clip (`recorded`). `beyond_positions_deg`: what bones turn between two frames (20 fps) more than
    their joints' positions explain, also with white noise of 1 cm a coordinate (`noisy`). `twist_deg`: of shins and
    forearms. `against_recording`: see `_against_recording`. `solve_ms`: the median time for the longest clip. Raises
    `RepriseError` for a folder that is no data set, has no clip in the split, or archives that cannot be read.
    """
    dataset = load(Path(dataset_dir))
    indices = [index for index, segment in enumerate(dataset.segments) if segment.split == split]
    if not indices:
        raise RepriseError("no_clips", f"'{dataset_dir}' has no clip in its {split} split.")
    skeleton, random = humanml3d_skeleton(), np.random.default_rng(NOISE_SEED)
    errors, bones, twists = [], [], []
    beyond, noisy = _Worst(), _Worst()
    names = [JOINT_NAMES[joint] for joint in TURNING]
    for index in indices:
        positions = dataset.joints(index).astype(np.float64)
        posed, turns, local = _solved(positions, skeleton)
        errors.append(np.linalg.norm(posed - positions, axis=-1).ravel())
        bones.append(bone_variation(posed))
        twists += [np.abs(twist_degrees(local, joint, skeleton.rest_offsets)) for joint in _UNTWISTED]
        clip = dataset.segments[index].id
        beyond.add(_beyond_positions(turns, positions), clip, names)
        trembling = positions + random.normal(scale=NOISE, size=positions.shape)
        noisy.add(_beyond_positions(_solved(trembling, skeleton)[1], trembling), clip, names)
    result: dict[str, Any] = {
        "split": split,
        "clips": len(indices),
        "frames": sum(len(error) for error in errors) // len(JOINT_NAMES),
        "position_error_mm": {"posed": _spread(errors)},
        "bone_variation_mm": 1000.0 * max(bones),
        "beyond_positions_deg": {"recorded": beyond.to_json(), "noisy": noisy.to_json()},
        "twist_deg": {"p99": float(np.percentile(np.concatenate(twists), 99.0)), "largest": max(map(np.max, twists))},
        "solve_ms": _timed(dataset, indices),
    }
    sources = list(source_clips(dataset, archives, split))
    if sources:
        result["position_error_mm"]["recorded"] = _spread([_recorded_error(source.joints) for source in sources])
        result["against_recording"] = _against_recording(dataset, sources, skeleton)
    return result


def _against_recording(dataset: MotionDataset, sources: Sequence[SourceClip], skeleton: Skeleton) -> dict[str, Any]:
    """Angles between our bones' world rotations and the recording's own, joint by joint (median, p90, in degrees).

    Bone frames differ by convention, so one constant rotation a kind of rig and joint (never a clip) is taken out: the
    one that makes the angles' sum least. Frames that the data set repaired are left out. `beyond_recording_deg` is what
    our bones turn between two frames more than the recording's.
    """
    ours = [_solved(dataset.joints(source.index).astype(np.float64), skeleton)[1] for source in sources]
    columns = [JOINT_NAMES.index(name) for name in COMPARED]
    ours = [turns[:, columns] for turns in ours]
    angles: list[list[Array]] = [[] for _ in COMPARED]
    for rig in sorted({source.rig for source in sources}):
        pairs = [(s.rotations[s.faithful], o[s.faithful]) for s, o in zip(sources, ours, strict=True) if s.rig == rig]
        recorded, solved = (np.concatenate(parts) for parts in zip(*pairs, strict=True))
        for joint in range(len(COMPARED)):
            between = quat.multiply(quat.conjugate(recorded[:, joint]), solved[:, joint])
            angles[joint].append(degrees_between(median_rotation(between), between))
    beyond = _Worst()
    for source, turns in zip(sources, ours, strict=True):
        steady = source.faithful[1:] & source.faithful[:-1]
        more = turns_between_frames(turns) - turns_between_frames(source.rotations)
        beyond.add(np.where(steady[:, None], more, 0.0), dataset.segments[source.index].id, COMPARED)
    joints = {
        name: {"median": float(np.median(values)), "p90": float(np.percentile(values, 90.0))}
        for name, values in ((name, np.concatenate(parts)) for name, parts in zip(COMPARED, angles, strict=True))
    }
    faithful = np.concatenate([source.faithful for source in sources])
    return {
        "clips": len(sources),
        "frames": int(np.sum(faithful)),
        "frames_left_out": int(np.sum(~faithful)),
        "angle_deg": joints,
        "beyond_recording_deg": beyond.to_json(),
    }


def _solved(positions: Array, skeleton: Skeleton) -> tuple[Array, Array, Array]:
    """Positions by forward kinematics, world and local rotations of the solution."""
    root, local = solve(positions, FPS, skeleton)
    posed, turns = forward_kinematics(skeleton.parents, skeleton.rest_offsets, root, local)
    return posed.astype(np.float64), turns.astype(np.float64), local.astype(np.float64)


def _recorded_error(joints: Array) -> Array:
    """Metres (T * 22,) between recorded joints, scaled to our legs' length, and the solution on their own skeleton."""
    legs = [JOINT_NAMES.index(name) for name in ("left_knee", "left_ankle", "right_knee", "right_ankle")]
    scale = humanml3d_skeleton().bone_lengths[legs].sum() / fit_skeleton(joints).bone_lengths[legs].sum()
    scaled = joints * scale
    return np.linalg.norm(_solved(scaled, fit_skeleton(scaled))[0] - scaled, axis=-1).ravel()


def _beyond_positions(turns: Array, positions: Array) -> Array:
    return turns_between_frames(turns[:, TURNING]) - explained_turns(positions)


def _timed(dataset: MotionDataset, indices: Sequence[int]) -> dict[str, float]:
    longest = dataset.joints(max(indices, key=lambda index: dataset.segments[index].frames))
    seconds = []
    for _ in range(_TIMED_RUNS):
        start = time.perf_counter()
        solve(longest, FPS)
        seconds.append(time.perf_counter() - start)
    return {"frames": len(longest), "median": 1000.0 * float(np.median(seconds))}


def _spread(errors: Sequence[Array]) -> dict[str, float]:
    everything = 1000.0 * np.concatenate(errors)
    return {
        "mean": float(everything.mean()),
        "p99": float(np.percentile(everything, 99.0)),
        "max": float(everything.max()),
    }


def table(result: dict[str, Any]) -> str:
    """The report as text."""
    lines = [f"{result['clips']} clips, {result['frames']} frames of the {result['split']} split", ""]
    for name, error in result["position_error_mm"].items():
        lines.append(f"position error, {name:8}  mean {error['mean']:.3f}  p99 {error['p99']:.2f} mm")
    lines.append(f"bone lengths vary by {result['bone_variation_mm']:.5f} mm")
    lines.append(f"twist of shins and forearms  p99 {result['twist_deg']['p99']:.2f} deg")
    for name, worst in result["beyond_positions_deg"].items():
        lines.append(f"turn beyond positions, {name:8}  {_worst(worst)}")
    lines.append(f"solving {result['solve_ms']['frames']} frames takes {result['solve_ms']['median']:.0f} ms")
    if against := result.get("against_recording"):
        left_out = f"{against['frames_left_out']} repaired ones left out"
        lines += ["", f"against the recording's own rotations: {against['clips']} clips, {against['frames']} frames"]
        lines += [f"({left_out})", f"turn beyond the recording's  {_worst(against['beyond_recording_deg'])}"]
        lines += ["joint             median     p90  deg"]
        lines += [f"{name:16} {a['median']:7.1f} {a['p90']:7.1f}" for name, a in against["angle_deg"].items()]
    return "\n".join(lines)


def _worst(turn: dict[str, Any]) -> str:
    place = f" ({turn['joint']} of {turn['clip']}, frame {turn['frame']})" if "clip" in turn else ""
    return f"p99.9 {turn['p99.9']:.1f}  largest {turn['largest']:.1f} deg{place}"


def main(arguments: Sequence[str]) -> int:
    """Prints the report; 2 for a folder that is no data set or an archive that cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m reprise.evaluation.rotations", description=__doc__)
    parser.add_argument("data", type=Path, help="a folder that 'reprise data build' wrote")
    parser.add_argument("archives", type=Path, nargs="*", help="BVH and ASF/AMC archives, for the recordings' own")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    try:
        result = report(options.data, options.archives)
    except RepriseError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write((json.dumps(result, indent=2) if options.json else table(result)) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
