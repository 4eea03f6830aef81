"""The ground of a film: a grid fixed in the world, the figure's shadow, and prints where feet stand and stood."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.colors import to_rgb
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from reprise_core.contacts import runs
from reprise_core.motion import Motion
from reprise_core.skeleton import CONTACT_JOINTS

from .body import LEFT, RIGHT
from .camera import Camera

Array = NDArray[np.float32]

SKY, _GROUND, _LINE = (np.array(to_rgb(colour), np.float32) * 255 for colour in ("#f7f9fb", "#e6eaf0", "#b9c3d0"))
_DARK = (91, 102, 117)
_STEP, _LINE_WIDTH = 0.5, 0.016  # metres
_FOG = 2.6  # camera distances after which the ground has faded into the sky
_MAP_HALF, _CELL = 2.6, 0.02  # metres: half the side and a cell of the map of shadow and prints
_CELLS = round(2.0 * _MAP_HALF / _CELL)
_SMOOTH = Image.Resampling.BILINEAR
_SHADOW, _PRINT, _LEFT_BEHIND = 0.55, 0.85, 0.4  # darkness; opacity of a print, and once the foot has left
_PRINT_RADIUS, _PRINT_FADE = 0.062, 1.5  # metres, seconds
_LOW = 0.45  # metres: what is higher casts a softer shadow


@dataclass(frozen=True)
class FootPrint:
    """A foot in contact from frame `begin` to `end`: `places` (end - begin, 2, 3) of its ankle and toe."""

    side: int
    begin: int
    end: int
    places: NDArray[np.float64]


def foot_prints(motion: Motion) -> list[FootPrint]:
    """Every contact of either foot, with its ankle or its toe."""
    prints = []
    for side in range(2):
        joints = list(CONTACT_JOINTS[2 * side : 2 * side + 2])
        for begin, end in runs(motion.foot_contact[:, 2 * side : 2 * side + 2].max(axis=1) > 0.5):
            prints.append(FootPrint(side, begin, end, motion.positions[begin:end, joints].astype(np.float64)))
    return prints


class Floor:
    """Draws the ground under a camera: what does not change from frame to frame is computed once."""

    def __init__(self, camera: Camera, level: float, light: NDArray[np.float64], fps: float) -> None:
        """`level` is the ground's height, `light` (3,) points from the figure to the light, in the world."""
        self._camera, self._level, self._light, self._fps = camera, level, light, fps
        x = (np.arange(camera.width) + 0.5 - camera.width / 2.0) / camera.focal
        y = (camera.height / 2.0 - 0.5 - np.arange(camera.height)) / camera.focal
        ray = x[None, :, None] * camera.axes[0] + y[:, None, None] * camera.axes[1] - camera.axes[2]
        height = float(camera.eyes[0, 1]) - level
        self._top = int(np.argmax(ray[:, :, 1].max(axis=1) < -0.02))  # the first row below the horizon
        ray = ray[self._top :]
        depth = height / -ray[..., 1]
        offset = ray[..., [0, 2]] * depth[..., None]
        along, across = np.gradient(offset, axis=(0, 1))
        sharpness = 1.0 / np.maximum(np.abs(along) + np.abs(across), 1e-6)  # pixels a metre
        distance = height / np.sin(np.arcsin(float(camera.axes[2, 1])))
        clear = np.exp(-((depth / (_FOG * distance)) ** 4))[..., None]
        self._rows = np.tile(SKY, (camera.height, 1))  # the colour of each row without lines: the camera does not roll
        self._rows[self._top :] += (clear.mean(axis=1) * (_GROUND - SKY)).astype(np.float32)
        # A pixel's share of a line: (half a line - the way to its middle) in pixels, and half a pixel; thin lines fade.
        line = clear * np.minimum(_LINE_WIDTH * sharpness, 1.0)
        planes = (offset / _STEP, _STEP * sharpness, 0.5 + _LINE_WIDTH / 2.0 * sharpness, line)
        self._grid = [[np.ascontiguousarray(plane[..., axis], np.float32) for plane in planes] for axis in range(2)]
        # The map of shadow and prints goes with the figure, so that it is seen in the same way in every frame.
        self._middle = camera.path[:, [0, 2]]
        self._to_map = _to_map(camera, height, camera.eyes[0, [0, 2]] - self._middle[0] + _MAP_HALF)

    def draw(
        self, frame: int, ends: NDArray[np.float64], radii: NDArray[np.float64], prints: list[FootPrint]
    ) -> NDArray[np.uint8]:
        """The ground (H, W, 3) with the shadow of cones `ends` (N, 2, 3) and `radii` (N, 2), and prints."""
        image = np.empty((self._camera.height, self._camera.width, 3), dtype=np.uint8)
        eye = self._camera.eyes[frame, [0, 2]] / _STEP
        cover = np.maximum(*(self._lines(axis, float(eye[axis])) for axis in range(2)))
        image[: self._top] = self._rows[: self._top, None]
        for channel, change in enumerate(_LINE - _GROUND):
            image[self._top :, :, channel] = cover * change + self._rows[self._top :, channel, None]
        self._lay_map(image, self._map(frame, ends, radii, prints))
        return image

    def _lay_map(self, image: NDArray[np.uint8], cells: Image.Image) -> None:
        """Lays a map (RGBA) of the ground around the figure over the picture, where there is something on it."""
        box = cells.getbbox()
        if box is None:
            return
        x0, y0, x1, y1 = box
        corners = np.linalg.solve(self._to_map, np.array([[x0, x1, x1, x0], [y0, y0, y1, y1], [1, 1, 1, 1]]))
        column, row = corners[:2] / corners[2]
        left, right = np.clip([np.floor(column.min()), np.ceil(column.max())], 0, image.shape[1]).astype(int)
        top, bottom = np.clip([np.floor(row.min()), np.ceil(row.max())], 0, image.shape[0]).astype(int)
        if left >= right or top >= bottom:
            return
        shifted = self._to_map @ np.array([[1.0, 0.0, left], [0.0, 1.0, top], [0.0, 0.0, 1.0]])
        coefficients = (shifted / shifted[2, 2]).ravel()[:8]
        seen = cells.convert("RGBa").transform(  # colours times opacity, as the edges of what is drawn need
            (int(right - left), int(bottom - top)), Image.Transform.PERSPECTIVE, tuple(coefficients), _SMOOTH
        )
        layer = np.asarray(seen, dtype=np.float32)
        under = image[top:bottom, left:right]
        under[:] = under * (np.float32(1.0) - layer[..., 3:] * np.float32(1.0 / 255.0)) + layer[..., :3]

    def _lines(self, axis: int, eye: float) -> Array:
        """How much (H, W) of each pixel lies on a line of one direction."""
        place, slope, at_line, strength = self._grid[axis]
        result = place + np.float32(eye - np.floor(eye))
        result -= np.rint(result)
        np.abs(result, out=result)
        result *= slope
        np.subtract(at_line, result, out=result)
        np.clip(result, 0.0, 1.0, out=result)
        result *= strength
        return result

    def _map(
        self, frame: int, ends: NDArray[np.float64], radii: NDArray[np.float64], prints: list[FootPrint]
    ) -> Image.Image:
        """Shadow and prints (RGBA) on the ground around a frame's figure, from above."""
        height = np.maximum(ends[..., 1] - self._level, 0.0)
        cast = ends[..., [0, 2]] - self._light[[0, 2]] * (height / self._light[1])[..., None]
        low = height.mean(axis=-1) < _LOW
        layers = [
            self._drawn(frame, cast[chosen], radii[chosen], np.full(int(chosen.sum()), _SHADOW), blur)
            for chosen, blur in ((~low, 3.0), (low, 1.4))
        ]
        result = Image.new("RGBA", layers[0].size, (*_DARK, 0))
        result.putalpha(ImageChops.lighter(*layers))
        for side, colour in enumerate((LEFT, RIGHT)):
            places, strengths = [], []
            for each in prints:
                age = max(frame - each.end + 1, 0) / self._fps
                if each.side == side and frame >= each.begin and age < _PRINT_FADE:
                    places.append(each.places[min(frame - each.begin, len(each.places) - 1)][:, [0, 2]])
                    strengths.append(_PRINT if age == 0.0 else _LEFT_BEHIND * (1.0 - age / _PRINT_FADE))
            if places:
                sole = np.array(places)
                ahead = sole[:, 1] - sole[:, 0]
                sole = np.stack((sole[:, 0] - 0.25 * ahead, sole[:, 1] + 0.35 * ahead), axis=1)
                layer = Image.new("RGBA", result.size, colour)
                layer.putalpha(
                    self._drawn(frame, sole, np.full((len(sole), 2), _PRINT_RADIUS), np.array(strengths), 0.7)
                )
                result.alpha_composite(layer)
        return result

    def _drawn(
        self,
        frame: int,
        ends: NDArray[np.float64],
        radii: NDArray[np.float64],
        strengths: NDArray[np.float64],
        blur: float,
    ) -> Image.Image:
        """Flat capsules `ends` (N, 2, 2; x and z) of some strength each on the map around a frame's figure."""
        image = Image.new("L", (_CELLS, _CELLS))
        canvas = ImageDraw.Draw(image)
        cells = (ends - self._middle[frame] + _MAP_HALF) / _CELL
        for index in np.argsort(strengths):
            value, (a, b), (ra, rb) = int(255 * strengths[index]), cells[index], radii[index] / _CELL
            canvas.line([tuple(a), tuple(b)], fill=value, width=max(1, round(ra + rb)))
            for (x, y), r in ((a, ra), (b, rb)):
                canvas.ellipse((x - r, y - r, x + r, y + r), fill=value)
        return image.filter(ImageFilter.GaussianBlur(blur))


def _to_map(camera: Camera, height: float, below: NDArray[np.float64]) -> NDArray[np.float64]:
    """The homography (3, 3) from pixels (column, row, 1) to cells of the map; `below` (2,) is where the eye is on it.

    The ground point of a ray d is below + (d_x, d_z) * height / -d_y, and d is linear in the pixel.
    """
    column, row = camera.axes[0] / camera.focal, -camera.axes[1] / camera.focal
    constant = -camera.axes[2] - column * camera.width / 2.0 - row * camera.height / 2.0
    x, y, z = np.stack((column, row, constant), axis=1)  # how each part of d depends on column, row and 1
    return np.stack(((height * x - below[0] * y) / _CELL, (height * z - below[1] * y) / _CELL, -y))
