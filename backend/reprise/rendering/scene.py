"""One figure on its ground as pictures, frame by frame."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import to_rgb
from numpy.typing import NDArray

from reprise_core.contacts import floor_height
from reprise_core.motion import Motion

from .body import parts
from .camera import following
from .floor import Floor, foot_prints
from .round_cones import cast

Array = NDArray[np.float32]

_FLOOR_AT_ZERO = 0.15  # metres: a lowest pose as near as that to y = 0 stands on it
_REACH = 0.12  # metres that the body is thicker than its joints
_LIGHT = np.array([-0.42, 0.78, 0.46])  # right, up and towards the viewer: where the light comes from
_EDGE, _STEP_BACK, _CONTOUR = 2, 0.04, 0.55  # samples wide; metres behind; brightness of a contour


class Scene:
    """A motion seen by a camera that follows it; `draw` gives its pictures."""

    def __init__(self, motion: Motion, width: int, height: int) -> None:
        positions = motion.positions.astype(np.float64)
        body = parts(positions)
        self._ends = np.concatenate([part.ends for part in body], axis=1)
        self._radii = np.concatenate([part.radii for part in body])
        colours = [np.array(to_rgb(part.colour), np.float32) * 255 for part in body for _ in part.radii]
        self._colours = np.array(colours)
        floor = floor_height(positions)
        if abs(floor) < _FLOOR_AT_ZERO:
            floor = min(0.0, floor)
        self._camera = following(positions, _REACH, floor, motion.fps, width, height)
        self._light = _LIGHT / np.linalg.norm(_LIGHT)
        self._floor = Floor(self._camera, floor - 0.02, self._camera.axes.T @ self._light, motion.fps)
        self._prints = foot_prints(motion)

    def draw(self, frame: int) -> NDArray[np.uint8]:
        """The picture of a frame: (height, width, 3), sRGB."""
        ends = self._ends[frame]
        image = self._floor.draw(frame, ends, self._radii, self._prints)
        self._draw_figure(image, self._camera.seen(frame, ends))
        return image

    def _draw_figure(self, image: NDArray[np.uint8], ends: NDArray[np.float64]) -> None:
        """Draws the cones at four samples a pixel and lays their mean over the image."""
        camera = self._camera
        surface = cast(ends, self._radii, 2.0 * camera.focal, 2 * camera.width, 2 * camera.height)
        samples = np.zeros((surface.depth.size, 4), dtype=np.float32)
        colours = np.empty((len(surface.seen), 4), dtype=np.float32)
        colours[:, :3] = self._shaded(surface.normals, surface.cone)
        colours[:, :3] *= _contours(surface.depth).ravel()[surface.seen, None]
        colours[:, 3] = 1.0
        samples[surface.seen] = colours
        samples = samples.reshape(*surface.depth.shape, 4)
        mean = (samples[::2, ::2] + samples[1::2, ::2] + samples[::2, 1::2] + samples[1::2, 1::2]) * np.float32(0.25)
        left, top = surface.left // 2, surface.top // 2
        under = image[top : top + mean.shape[0], left : left + mean.shape[1]]
        under[:] = under * (1.0 - mean[..., 3:]) + mean[..., :3]

    def _shaded(self, normals: Array, cone: NDArray[np.int16]) -> Array:
        """Colours (K, 3) of surface points by their normals (3, K): a soft key light, light from above, a sheen."""
        x, y, z = self._light.astype(np.float32)
        lit = np.maximum((x * normals[0] + y * normals[1] + z * normals[2]) * np.float32(0.7) + np.float32(0.3), 0.0)
        strength = np.float32(0.62) + np.float32(0.1) * normals[1] + np.float32(0.46) * lit
        sheen = np.maximum(lit - np.float32(0.75), 0.0) * np.float32(240.0)
        return np.minimum(self._colours[cone] * strength[:, None] + sheen[:, None], np.float32(255.0))


def _contours(depth: Array) -> Array:
    """Brightness (H, W) of samples: darker beside something much farther or nearer, so that limbs stand out."""
    deep = np.pad(np.minimum(depth, np.float32(1e6)), _EDGE, constant_values=1e6)
    inner = deep[_EDGE:-_EDGE, _EDGE:-_EDGE] + np.float32(_STEP_BACK)
    beside = np.maximum(
        np.maximum(deep[_EDGE:-_EDGE, 2 * _EDGE :], deep[_EDGE:-_EDGE, : -2 * _EDGE]),
        np.maximum(deep[2 * _EDGE :, _EDGE:-_EDGE], deep[: -2 * _EDGE, _EDGE:-_EDGE]),
    )
    return np.where(beside > inner, np.float32(_CONTOUR), np.float32(1.0))
