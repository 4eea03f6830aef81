"""How well solved rotations carry the recorded positions: over the test split of a built data set.

python -m reprise.evaluation.rotations DIR
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reprise.data.dataset import load
from reprise.features import humanml3d
from reprise_core.cleanup import to_motion
from reprise_core.errors import RepriseError
from reprise_core.motion import Motion

from .physics import bone_variation, measure


def report(dataset_dir: Path, split: str = "test") -> dict[str, Any]:
    """Errors of forward kinematics against positions decoded from the features, over a split of a built data set.

    `error_mm` (mean, p99, max over frames and joints) is without foot lock, `error_locked_mm` with it; bone lengths are
    the solved motion's (standard deviation, mm); `turn_deg` the largest turn of a joint between two frames (20 fps)
    over all clips and where it is; foot slide in mm a frame before and after the lock. Raises `RepriseError` for a
    folder that is no data set or has no clip in the split.
    """
    dataset = load(Path(dataset_dir))
    indices = [index for index, segment in enumerate(dataset.segments) if segment.split == split]
    if not indices:
        raise RepriseError("no_clips", f"'{dataset_dir}' has no clip in its {split} split.")
    errors, errors_locked, rows = [], [], []
    largest = (0.0, "", "", 0)
    for index in indices:
        decoded = humanml3d.decode(dataset.features(index))
        free, locked = (to_motion(decoded, humanml3d.FPS, foot_lock=lock) for lock in (False, True))
        errors.append(np.linalg.norm(free.positions - decoded, axis=-1).ravel())
        errors_locked.append(np.linalg.norm(locked.positions - decoded, axis=-1).ravel())
        turns = turns_between_frames(free)
        frame, joint = np.unravel_index(int(turns.argmax()), turns.shape) if turns.size else (0, 0)
        turn = float(turns[frame, joint]) if turns.size else 0.0
        largest = max(largest, (turn, dataset.segments[index].id, free.joint_names[int(joint)], int(frame)))
        bones = bone_variation(free.positions.astype(np.float64))
        rows.append((bones, measure(free).foot_slide, measure(locked).foot_slide, turn))
    bones, slide_free, slide_locked, turns = np.array(rows).T
    return {
        "split": split,
        "clips": len(indices),
        "frames": sum(len(error) for error in errors) // 22,
        "error_mm": _spread(errors),
        "error_locked_mm": _spread(errors_locked),
        "bone_variation_mm": 1000.0 * float(bones.max()),
        "foot_slide_mm": {"free": float(slide_free.mean()), "locked": float(slide_locked.mean())},
        "turn_deg": {
            "largest": largest[0], "clip": largest[1], "joint": largest[2], "frame": largest[3],
            "median_of_clips": float(np.median(turns)),
        },
    }  # fmt: skip


def turns_between_frames(motion: Motion) -> NDArray[np.float64]:
    """Degrees (T-1, J) that each local rotation turns from one frame to the next."""
    local = motion.local_rotations.astype(np.float64)
    apart = np.linalg.norm(local[1:] - local[:-1], axis=-1), np.linalg.norm(local[1:] + local[:-1], axis=-1)
    return np.degrees(4.0 * np.arctan2(np.minimum(*apart), np.maximum(*apart)))


def _spread(errors: list[NDArray[np.floating]]) -> dict[str, float]:
    everything = 1000.0 * np.concatenate(errors)
    return {
        "mean": float(everything.mean()),
        "p99": float(np.percentile(everything, 99.0)),
        "max": float(everything.max()),
    }


def main(arguments: list[str]) -> int:
    """Prints the report as JSON; 2 for a wrong use or a folder that is no data set."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m reprise.evaluation.rotations DIR\n")
        return 2
    try:
        result = report(Path(arguments[0]))
    except RepriseError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(json.dumps(result, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
