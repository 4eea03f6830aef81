"""From a recording's own rate to the models' 20 fps: spikes out, a light anti-alias, cubic interpolation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicHermiteSpline
from scipy.ndimage import binary_dilation, gaussian_filter1d, median_filter

from reprise.features.humanml3d import FPS

SPIKE_MIN_RATE = 50.0  # frames a second; keyframed sources below it have fast poses, no spikes
SPIKE_SPEED = 6.0  # metres a second off the running median, root-relative
_MEDIAN_FRAMES = 9  # outlives spikes of one to three frames, two of them together
_ANTI_ALIAS = 0.25  # sigma of the Gaussian, in output frames: 12.5 ms, which keeps 73% at the Nyquist rate of 10 Hz


def remove_spikes(joints: NDArray[np.float64], fps: float) -> NDArray[np.float64]:
    """Replaces poses (T, J, 3) that jump away and back within a few frames by interpolation between their neighbours.

    A pose is a spike where a joint, taken relative to the root, leaves its running median by more than 6 m/s times a
    frame (5 cm at 120 Hz): a hand that turns at its fastest stays below that.
    """
    if fps < SPIKE_MIN_RATE or len(joints) < _MEDIAN_FRAMES:
        return joints
    relative = joints - joints[:, :1]
    relative[:, 0] = joints[:, 0]
    away = relative - median_filter(relative, size=(_MEDIAN_FRAMES, 1, 1), mode="nearest")
    spikes = binary_dilation((np.linalg.norm(away, axis=-1) > SPIKE_SPEED / fps).any(axis=-1))
    good, bad = np.flatnonzero(np.logical_not(spikes)), np.flatnonzero(spikes)
    if len(bad) == 0 or len(good) < 2:
        return joints
    after = np.clip(np.searchsorted(good, bad), 1, len(good) - 1)
    start, end = good[after - 1], good[after]
    weight = np.clip((bad - start) / (end - start), 0.0, 1.0)[:, None, None]  # a spike at the ends: the nearest pose
    result = joints.copy()
    result[bad] = (1.0 - weight) * joints[start] + weight * joints[end]
    return result


def resample(joints: NDArray[np.float64], fps: float, target_fps: float = FPS) -> NDArray[np.float64]:
    """Positions (T, J, 3) at times 0, 1/target, 2/target, ... up to the last pose.

    Sources at twice the target rate or more are first smoothed by a Gaussian of a quarter of an output frame; then
    every coordinate is interpolated by a Catmull-Rom cubic at the exact times.
    """
    if len(joints) < 2:
        return joints.copy()
    if fps >= 2.0 * target_fps:
        joints = gaussian_filter1d(joints, _ANTI_ALIAS * fps / target_fps, axis=0, mode="nearest")
    count = int(np.floor((len(joints) - 1) * target_fps / fps + 1e-6)) + 1
    slopes = np.gradient(joints, axis=0)
    return CubicHermiteSpline(np.arange(len(joints)), joints, slopes)(np.arange(count) * fps / target_fps)
