"""A camera of fixed direction that follows a figure smoothly and keeps all of it in the picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from reprise_core.ground import heading_of

Array = NDArray[np.float64]

_ELEVATION, _AZIMUTH = np.radians(13.0), np.radians(-46.0)  # seen from the right front, so that forward is rightwards
_FIELD_OF_VIEW = np.radians(26.0)  # of the picture's height, or of its width in one that is taller
_FOLLOW = 0.5  # seconds over which the figure's path is averaged
_MARGIN = 1.08  # of the figure's extent
_NEAREST = 1.0  # metres that half a picture's height shows at least: a figure keeps about its size


@dataclass(frozen=True)
class Camera:
    """Where it stands in each frame, `eyes` (T, 3), and `axes` (3, 3): rows right, up and towards the viewer.

    `path` (T, 3) are the points on the ground that it follows. `focal` is in pixels: a point at depth d and x to the
    right of the axis is seen focal * x / d pixels from the middle of a picture of `width` by `height`.
    """

    eyes: Array
    path: Array
    axes: Array
    focal: float
    width: int
    height: int

    def seen(self, frame: int, points: Array) -> Array:
        """Points (..., 3) of the world in a frame's camera space: right, up, depth, in metres."""
        return (points - self.eyes[frame]) @ self.axes.T * np.array([1.0, 1.0, -1.0])


def following(positions: Array, reach: float, floor: float, fps: float, width: int, height: int) -> Camera:
    """The camera for poses (T, J, 3) of a figure that reaches `reach` metres beyond its joints, over a `floor`."""
    turn = float(heading_of(positions[0])) + _AZIMUTH
    sine, cosine, high, level = np.sin(turn), np.cos(turn), np.sin(_ELEVATION), np.cos(_ELEVATION)
    axes = np.array([[cosine, 0.0, -sine], [-sine * high, level, -cosine * high], [sine * level, high, cosine * level]])
    path = _smoothed(positions[:, 0], _FOLLOW * fps)
    path[:, 1] = floor
    around = (positions - path[:, None]) @ axes.T
    low = min(float(around[..., 1].min()) - reach, -0.15)
    high_end = max(float(around[..., 1].max()) + reach, 1.8)
    focal = min(width, height) / (2.0 * np.tan(_FIELD_OF_VIEW / 2.0))
    wide = (np.abs(around[..., 0]).max() + reach) * 2.0 / width
    tall = max(high_end - low, 2.0 * _NEAREST) / height
    # Nearer points look larger: what reaches towards the camera is allowed for.
    distance = _MARGIN * focal * max(wide, tall) + max(float(around[..., 2].max()), 0.0)
    eyes = path + axes[1] * (low + high_end) / 2.0 + axes[2] * distance
    return Camera(eyes, path, axes, focal, width, height)


def _smoothed(path: Array, sigma: float) -> Array:
    """A path (T, 3) under a Gaussian of `sigma` frames that goes straight on beyond both ends."""
    room = int(np.ceil(4.0 * sigma))
    if len(path) == 1:
        return path.copy()
    longer = np.pad(path, ((room, room), (0, 0)), mode="reflect", reflect_type="odd")
    return gaussian_filter1d(longer, sigma, axis=0)[room : room + len(path)]
