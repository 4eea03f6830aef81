"""Between reading a clip and posing it on our skeleton: faults mended, loops prolonged, 20 fps, on the floor."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from reprise_core.errors import RepriseError

from . import loops, travel
from .pack import CaptionSegment
from .raw_clip import RawClip
from .repair import repair
from .resample import resample

REPAIRED_RIGS = ("cmu_asf", "cmu_bvh_31", "cmu_bvh_43")  # the others were cleaned, or keyed by hand
_SPIKE_DEPTH = 0.05  # metres that one frame may reach below all others before it no longer counts as the floor


def at_model_rate(
    raw: RawClip, windows: tuple[CaptionSegment, ...]
) -> tuple[NDArray[np.float64], tuple[CaptionSegment, ...]]:
    """The clip's joints (T, 22, 3) at 20 fps, still of its own build, and its captioned parts as they are then.

    CMU's recordings are repaired; the pack's loops on the spot are given travel and short ones are repeated (by their
    ids). Raises `RepriseError` for positions that are not finite.
    """
    if not np.isfinite(raw.joints).all():
        raise RepriseError("bad_clip", f"Clip '{raw.id}' holds positions that are not finite.", "Repair or remove it.")
    prolonged = loops.prolong(travel.give_travel(raw))
    if len(prolonged.joints) > len(raw.joints):
        windows = tuple(replace(window, end=None) for window in windows[:1])
    if raw.id in travel.TRAVELLING:
        windows = tuple(
            replace(window, captions=tuple(map(travel.travelling_caption, window.captions))) for window in windows
        )
    recorded = repair(raw.joints, raw.fps) if raw.rig in REPAIRED_RIGS else prolonged.joints
    return resample(recorded, raw.fps), windows


def on_floor(joints: NDArray[np.floating]) -> NDArray[np.floating]:
    """A recording (T, 22, 3) moved so that its lowest joint is at y = 0; a lone spike below all else does not count."""
    lowest = joints[..., 1].min(axis=1)
    floor, robust = lowest.min(), np.percentile(lowest, 1.0)
    result = joints.copy()
    result[..., 1] -= floor if robust - floor < _SPIKE_DEPTH else robust
    return result
