"""A pose as flat shapes: a mannequin of capsules with volume, outline and shadow, seen from a fixed side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_rgb
from numpy.typing import NDArray

from reprise_core.skeleton import CONTACT_JOINTS

from .body import LEFT, RIGHT, Part, parts

Array = NDArray[np.float64]

GROUND, GRID, SHADOW = "#edf0f4", "#d3dae3", "#c5ccd6"
GRID_STEP = 0.25  # metres
TILE_RADIUS = 0.52  # metres of the round piece of ground below a figure
_ELEVATION, _AZIMUTH = np.radians(14.0), np.radians(-46.0)  # seen from the right front, so that forward is rightwards
_OUTLINE, _PRINT_RADIUS = 0.009, 0.06  # metres
_ARC = np.linspace(0.0, np.pi, 9)
_LIGHT = np.array([-0.28, 0.34])  # from where the light comes on the page, in radii
_SHADES = ((1.0, -0.14, 0.0), (0.80, 0.0, 0.45), (0.50, 0.16, 0.9))  # width, lightness, how far towards the light


@dataclass(frozen=True)
class View:
    """An orthographic camera that looks at a figure of the given `heading` (radians about +Y, 0 = facing +Z)."""

    heading: float = 0.0

    @property
    def axes(self) -> Array:
        """(3, 3) rows: right and up on the page, and towards the viewer."""
        turn = self.heading + _AZIMUTH
        sine, cosine, high, level = np.sin(turn), np.cos(turn), np.sin(_ELEVATION), np.cos(_ELEVATION)
        return np.array(
            [[cosine, 0.0, -sine], [-sine * high, level, -cosine * high], [sine * level, high, cosine * level]]
        )


def extent(poses: Array, view: View) -> tuple[float, float, float]:
    """How far poses (T, 22, 3) reach sideways of their pelvis, below and above the ground below it, on the page."""
    page = (poses - _below(poses)) @ view.axes[:2].T
    return float(np.abs(page[..., 0]).max()) + 0.1, float(page[..., 1].min()) - 0.14, float(page[..., 1].max()) + 0.24


def draw(
    axes: Axes,
    poses: Array,
    places: NDArray[np.floating],
    view: View,
    floor: float = 0.0,
    contacts: NDArray[np.floating] | None = None,
) -> None:
    """Draws poses (N, 22, 3; metres, Y up), each over its own round tile of ground, at page x `places` (N,).

    The lines on a tile are fixed in the world, so that they show how far a figure has gone between two tiles. A foot in
    contact (`contacts` (N, 4) as in a Motion) has its print on the tile in its side's colour.
    """
    under = _below(poses) + np.array([0.0, floor, 0.0])
    poses = poses - under
    figures = parts(poses)
    tiles, lines, prints, print_colours, shadows, shapes, colours = [], [], [], [], [], [], []
    for index, (below, place) in enumerate(zip(under, places, strict=True)):
        shift = np.array([place, 0.0])
        circle = np.linspace(0.0, 2.0 * np.pi, 60)
        rim = TILE_RADIUS * np.stack((np.cos(circle), 0.0 * circle, np.sin(circle)), axis=-1)
        tiles.append(rim @ view.axes[:2].T + shift)
        lines += [segment @ view.axes[:2].T + shift for segment in _grid_lines(below[0])]
        for side, colour in enumerate((LEFT, RIGHT)):
            if contacts is not None and contacts[index, 2 * side : 2 * side + 2].max() > 0.5:
                foot = poses[index, list(CONTACT_JOINTS[2 * side : 2 * side + 2])]
                sole = np.stack((foot[0] + 0.2 * (foot[0] - foot[1]), foot[1] + 0.35 * (foot[1] - foot[0])))
                prints.append(_on_ground(sole, np.full(2, _PRINT_RADIUS), view) + shift)
                print_colours.append(colour)
        ordered = sorted(figures, key=lambda part: float((part.ends[index] @ view.axes[2]).mean()))
        for part in ordered:
            ends = part.ends[index]
            shadows += [_on_ground(pair, radii, view) + shift for pair, radii in zip(ends, part.radii, strict=True)]
            for shape, colour in _shaded(part, ends, view):
                shapes.append(shape + shift)
                colours.append(colour)
    axes.add_collection(PolyCollection(tiles, facecolors=GROUND, edgecolors="none", zorder=1))
    axes.add_collection(LineCollection(lines, colors=GRID, linewidths=0.7, zorder=2))
    axes.add_collection(PolyCollection(shadows, facecolors=SHADOW, edgecolors="none", zorder=3))
    axes.add_collection(PolyCollection(prints, facecolors=print_colours, edgecolors="none", alpha=0.55, zorder=3.5))
    axes.add_collection(PolyCollection(shapes, facecolors=colours, edgecolors="none", zorder=4))


def _shaded(part: Part, ends: Array, view: View) -> Iterator[tuple[Array, tuple[float, ...]]]:
    """Outlines of all capsules of a part, `ends` (N, 2, 3), then their bodies in ever narrower, lighter layers."""
    page = ends @ view.axes[:2].T
    for pair, radii in zip(page, part.radii, strict=True):
        yield _outline(pair, radii + _OUTLINE), _lighter(part.colour, -0.45)
    for width, light, towards in _SHADES:
        for pair, radii in zip(page, part.radii, strict=True):
            yield _outline(pair + towards * _LIGHT * radii[:, None], radii * width), _lighter(part.colour, light)


def _on_ground(ends: Array, radii: Array, view: View) -> Array:
    """The outline (18, 2) on the page of a capsule with `ends` (2, 3) pressed flat onto the ground."""
    squash = np.array([1.0, np.sin(_ELEVATION)])
    return _outline(ends * np.array([1.0, 0.0, 1.0]) @ view.axes[:2].T / squash, radii) * squash


def _outline(ends: Array, radii: Array) -> Array:
    """The outline (18, 2) of a capsule between two page points (2, 2) with two radii: its two half circles."""
    along = ends[1] - ends[0]
    length = float(np.hypot(*along))
    angle = np.arctan2(along[1], along[0]) if length > 1e-9 else 0.0
    # The common tangents of two circles lean by this angle; a circle inside the other has none.
    lean = np.arcsin(np.clip((radii[0] - radii[1]) / max(length, 1e-9), -1.0, 1.0))
    first = angle + np.pi / 2.0 - lean + _ARC * (np.pi + 2.0 * lean) / np.pi
    second = angle - np.pi / 2.0 + lean + _ARC * (np.pi - 2.0 * lean) / np.pi
    arcs = ((ends[0], radii[0], first), (ends[1], radii[1], second))
    return np.concatenate([end + radius * np.stack((np.cos(arc), np.sin(arc)), axis=-1) for end, radius, arc in arcs])


def _grid_lines(centre: Array) -> Iterator[Array]:
    """Pieces (2, 3) of the world's grid within the tile, relative to its centre."""
    for axis, across in ((0, 2), (2, 0)):
        first = np.ceil((centre[axis] - TILE_RADIUS) / GRID_STEP) * GRID_STEP
        for line in np.arange(first, centre[axis] + TILE_RADIUS, GRID_STEP) - centre[axis]:
            half = np.sqrt(max(TILE_RADIUS**2 - line**2, 0.0))
            segment = np.zeros((2, 3))
            segment[:, axis], segment[:, across] = line, (-half, half)
            yield segment


def _below(poses: Array) -> Array:
    """(T, 1, 3) the points on the ground below the pelvis."""
    return poses[:, :1] * np.array([1.0, 0.0, 1.0])


def _lighter(colour: str, amount: float) -> tuple[float, ...]:
    """A colour nearer to white (amount up to 1) or to black (down to -1)."""
    goal = 1.0 if amount > 0 else 0.0
    return tuple(channel + (goal - channel) * abs(amount) for channel in to_rgb(colour))
