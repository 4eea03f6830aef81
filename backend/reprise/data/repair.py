"""Optical recordings' faults: poses that jump away for a few frames, and stretches that begin and end with a jump.

CMU's files have both (flipped joint angles, lost markers, zeros at the start); `inventory.csv` notes some of them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, median_filter

SPIKE_SPEED = 6.0  # metres a second off the running median, root-relative: 5 cm a frame at 120 Hz
JUMP_SPEED = 12.0  # metres a second that one step differs from the steps around it: 10 cm at 120 Hz
MAX_BRIDGE = 0.25  # seconds between two jumps that are taken for the two ends of one fault
_END = 0.1  # seconds from either end within which everything beyond a jump counts as a fault
_SPLICE = 0.05  # seconds on both sides of a lone jump over which the poses cross over
_WINDOW = 9  # frames; outlives faults of up to three, two of them together


def repair(joints: NDArray[np.float64], fps: float) -> NDArray[np.float64]:
    """Recorded poses (T, 22, 3) in metres at `fps` without jumps and spikes; same length and times.

    For recordings at 50 fps or more: at keyframe rates a fast pose looks the same as a spike.
    """
    return remove_spikes(bridge_jumps(joints, fps), fps)


def bridge_jumps(joints: NDArray[np.float64], fps: float) -> NDArray[np.float64]:
    """Interpolates over stretches that begin and end with a jump.

    At the ends of the file the nearest good pose is held; a lone jump (a splice) is softened.
    """
    if len(joints) <= _WINDOW:
        return joints
    steps = np.diff(_relative(joints), axis=0)
    off = np.linalg.norm(steps - median_filter(steps, size=(_WINDOW, 1, 1), mode="nearest"), axis=-1)
    jumps = np.flatnonzero((off > JUMP_SPEED / fps).any(axis=-1))
    bad = np.zeros(len(joints), dtype=bool)
    for group in np.split(jumps, np.flatnonzero(np.diff(jumps) > MAX_BRIDGE * fps) + 1):
        if len(group) == 0:
            continue
        first, last = int(group[0]), int(group[-1])  # the faulty poses are first + 1 ... last
        at_start, at_end = first < _END * fps, len(joints) - 1 - last <= _END * fps
        pad = round(_SPLICE * fps) if first == last and not (at_start or at_end) else 0
        bad[0 if at_start else first + 1 - pad : len(joints) if at_end else last + 1 + pad] = True
    return _interpolated(joints, bad)


def remove_spikes(joints: NDArray[np.float64], fps: float) -> NDArray[np.float64]:
    """Interpolates over poses in which a joint leaves its running median, relative to the root, by over 6 m/s a frame.

    A hand that turns at its fastest stays below that.
    """
    if len(joints) <= _WINDOW:
        return joints
    relative = _relative(joints)
    away = np.linalg.norm(relative - median_filter(relative, size=(_WINDOW, 1, 1), mode="nearest"), axis=-1)
    spikes = (away > SPIKE_SPEED / fps).any(axis=-1)
    return _interpolated(joints, np.asarray(binary_dilation(spikes), dtype=bool))


def _relative(joints: NDArray[np.float64]) -> NDArray[np.float64]:
    """Joints seen from the root; the root itself in the world."""
    relative = joints - joints[:, :1]
    relative[:, 0] = joints[:, 0]
    return relative


def _interpolated(joints: NDArray[np.float64], bad: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The bad poses replaced by lines between their good neighbours, at the ends by the nearest good pose."""
    good, wrong = np.flatnonzero(np.logical_not(bad)), np.flatnonzero(bad)
    if len(wrong) == 0 or len(good) < 2:
        return joints
    after = np.clip(np.searchsorted(good, wrong), 1, len(good) - 1)
    start, end = good[after - 1], good[after]
    weight = np.clip((wrong - start) / (end - start), 0.0, 1.0)[:, None, None]
    result = joints.copy()
    result[wrong] = (1.0 - weight) * joints[start] + weight * joints[end]
    return result
