"""From a recording's own rate to the models' 20 fps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicHermiteSpline
from scipy.ndimage import gaussian_filter1d

from reprise.features.humanml3d import FPS

_ANTI_ALIAS = 0.25  # sigma of the Gaussian, in output frames: 12.5 ms, which keeps 73% at the Nyquist rate of 10 Hz


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
