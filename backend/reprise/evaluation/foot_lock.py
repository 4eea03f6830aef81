"""What clean-up does to motion: generated joints stage by stage, and recordings that are made to tremble.

python -m reprise.evaluation.foot_lock --prompts scripts/starter_prompts.csv --every 4 --seeds 1 2 --data DIR
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from reprise import pipelines
from reprise.data import dataset
from reprise.pipelines.remodiffuse import ReMoDiffuse
from reprise_core.cleanup import contact_slide, to_motion
from reprise_core.contract import MODEL_FPS
from reprise_core.errors import RepriseError
from reprise_core.motion import Motion
from reprise_core.prompt_list import read_requests
from reprise_core.skeleton import JOINT_NAMES
from reprise_core.smoothing import remove_jitter

from .physics import Physics, jitter, measure
from .physics_report import UNITS, mean

Array = NDArray[np.float64]

_ENDS = [JOINT_NAMES.index(name) for name in ("left_wrist", "right_wrist", "left_foot", "right_foot")]
_OTHERS = [i for i, name in enumerate(JOINT_NAMES) if not name.endswith(("hip", "knee", "ankle", "foot"))]
_FAST = 2.0  # metres a second: peaks below are no kicks, punches or landings
_TREMBLES = (0.0, 0.002, 0.005, 0.01)  # metres, standard deviation a coordinate
_SMOOTHERS: dict[str, Callable[[Array], Array]] = {
    "none": lambda clip: clip,
    "Gaussian, 0.04 s": lambda clip: gaussian_filter1d(clip, 0.04 * MODEL_FPS, axis=0, mode="nearest"),
    "remove_jitter": lambda clip: remove_jitter(clip, MODEL_FPS),
}


def generated(clips: Iterable[Array]) -> dict[str, Any]:
    """Physics of raw generated joints (T, 22, 3), of the same without and with foot lock, and what the lock did.

    `deepest_mm` is the lowest joint of a clip below y = 0, where generated motion stands; `held_slide_mm` is over the
    contacts that the motion itself carries (mean and worst clip); `new_jitter` the mean jerk with the lock over that
    without; `others_turned_deg` the largest change that the lock makes to a local rotation of a joint other than the
    legs'; `pelvis_lowered_mm` the largest; `travel_kept` the way of the pelvis against raw.
    """
    stages: dict[str, list[Physics]] = {"raw": [], "free": [], "locked": []}
    held, turned, lowered, travel, seconds, deepest = [], [], [], [], [], []
    for clip in clips:
        free = to_motion(clip, MODEL_FPS, generated=True, foot_lock=False)
        started = time.process_time()
        locked = to_motion(clip, MODEL_FPS, generated=True)
        seconds.append((time.process_time() - started) / locked.seconds)
        for stage, motion in (("raw", clip), ("free", free), ("locked", locked)):
            stages[stage].append(measure(motion, MODEL_FPS))
        held.append(1000.0 * contact_slide(locked.positions, locked.foot_contact))
        turned.append(_turned(free, locked))
        deepest.append(1000.0 * max(0.0, -float(locked.positions[..., 1].min())))
        lowered.append(1000.0 * float((free.root_translation - locked.root_translation)[:, 1].max()))
        travel.append((_way(np.asarray(locked.positions, dtype=np.float64)), _way(clip)))
    kept, given = np.sum(travel, axis=0)
    return {
        "takes": len(held),
        **{stage: mean(figures) for stage, figures in stages.items()},
        "held_slide_mm": {"mean": float(np.mean(held)), "worst": max(held)},
        "deepest_mm": {"mean": float(np.mean(deepest)), "worst": max(deepest)},
        "new_jitter": mean(stages["locked"])["jitter"] / mean(stages["free"])["jitter"],
        "others_turned_deg": max(turned),
        "pelvis_lowered_mm": max(lowered),
        "travel_kept": float(kept / given),
        "cpu_ms_for_six_seconds": 6000.0 * float(np.mean(seconds)),
    }


def trembling(clips: Sequence[Array], seed: int = 0) -> list[dict[str, Any]]:
    """How well recorded joints come back from white noise on every coordinate: a row a strength and a smoother.

    `error_mm` is the mean distance from the recording, `jerk` a multiple of the recording's (median of clips). Of
    wrists and toes faster than 2 m/s, `peak_speed` is the share of the recording's peak (median) that is left, and
    `within_5_percent` the share of peaks that keep theirs.
    """
    rows = []
    for strength in _TREMBLES:
        random = np.random.default_rng(seed)
        noisy = [clip + strength * random.normal(size=clip.shape) for clip in clips]
        for name, smoother in _SMOOTHERS.items():
            smooth = [smoother(clip) for clip in noisy]
            pairs = list(zip(smooth, clips, strict=True))
            true = np.concatenate([_peaks(clip) for clip in clips])
            left = (np.concatenate([_peaks(clip) for clip in smooth]) / true)[true > _FAST]
            errors = [np.linalg.norm(ours - clip, axis=-1).mean() for ours, clip in pairs]
            rows.append(
                {
                    "noise_mm": 1000.0 * strength,
                    "smoother": name,
                    "error_mm": 1000.0 * float(np.mean(errors)),
                    "jerk": float(
                        np.median([jitter(ours, MODEL_FPS) / jitter(clip, MODEL_FPS) for ours, clip in pairs])
                    ),
                    "peak_speed": float(np.median(left)) if left.size else None,
                    "within_5_percent": float((np.abs(left - 1.0) < 0.05).mean()) if left.size else None,
                    "peaks": left.size,
                }
            )
    return rows


def _turned(free: Motion, locked: Motion) -> float:
    """The largest angle (degrees) between local rotations of joints other than the legs'."""
    one, other = (motion.local_rotations[:, _OTHERS].astype(np.float64) for motion in (free, locked))
    apart = np.minimum(np.linalg.norm(one - other, axis=-1), np.linalg.norm(one + other, axis=-1))
    return float(np.degrees(4.0 * np.arcsin(apart.max() / 2.0)))


def _way(positions: Array) -> float:
    """Metres that the pelvis travels over the ground."""
    return float(np.linalg.norm(np.diff(positions[:, 0, [0, 2]], axis=0), axis=-1).sum())


def _peaks(positions: Array) -> Array:
    """Largest speed (m/s) of wrists and toes, (4,)."""
    return MODEL_FPS * np.linalg.norm(np.diff(positions[:, _ENDS], axis=0), axis=-1).max(axis=0)


def _recorded(folder: Path) -> list[Array]:
    data = dataset.load(folder)
    rows = [row for row, segment in enumerate(data.segments) if segment.split == "test"]
    return [clip for clip in (np.asarray(data.joints(row), dtype=np.float64) for row in rows) if len(clip) >= MODEL_FPS]


def _table(result: dict[str, Any]) -> str:
    stages = {name: result["generated"][name] for name in ("raw", "free", "locked")}
    if "recorded" in result:
        stages["recorded"] = result["recorded"]
    lines = [" " * 10 + "".join(f"{name:>18}" for name in UNITS)]
    lines += [f"{name:<10}" + "".join(f"{row[figure]:>18.2f}" for figure in UNITS) for name, row in stages.items()]
    lines += [f"{key}: {value}" for key, value in result["generated"].items() if key not in stages]
    return "\n".join([*lines, *(str(row) for row in result.get("trembling", []))])


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the figures as a table or as JSON; 2, with a sentence, for bad input."""
    parser = argparse.ArgumentParser(prog="python -m reprise.evaluation.foot_lock", description=__doc__)
    parser.add_argument("--prompts", type=Path, required=True, help="CSV with the columns prompt and seconds")
    parser.add_argument("--every", type=int, default=1, help="take every n-th prompt")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1], help="one take each")
    parser.add_argument("--checkpoint", type=Path, help="weights; the shipped ones if not given")
    parser.add_argument("--data", type=Path, help="a built data set: its test split is measured beside")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    try:
        requests = read_requests(given.prompts)[:: max(1, given.every)]
        recorded = _recorded(given.data) if given.data else []
        engine = pipelines.load(checkpoint=given.checkpoint)
        assert isinstance(engine, ReMoDiffuse)  # noqa: S101 -- the only engine so far
        clips = [
            np.asarray(engine.raw_joints(replace(request, seed=seed))[0], dtype=np.float64)
            for request in requests
            for seed in given.seeds
        ]
        result: dict[str, Any] = {"generated": generated(clips)}
        if recorded:
            result |= {"recorded": mean([measure(clip) for clip in recorded]), "trembling": trembling(recorded)}
    except RepriseError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write((json.dumps(result, indent=2) if given.json else _table(result)) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
