"""A pose as flat shapes: a mannequin of capsules with volume, outline and shadow, seen from a fixed side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_rgb
from numpy.typing import NDArray

from reprise_core import quaternion as quat
from reprise_core.skeleton import JOINT_NAMES

Array = NDArray[np.float64]

LEFT, RIGHT, MIDDLE, HEAD = "#2c6fbb", "#e2703a", "#56616f", "#7b8694"
GROUND, GRID, SHADOW = "#edf0f4", "#d3dae3", "#c5ccd6"
GRID_STEP = 0.25  # metres
TILE_RADIUS = 0.52  # metres of the round piece of ground below a figure
_ELEVATION, _AZIMUTH = np.radians(14.0), np.radians(-46.0)  # seen from the right front, so that forward is rightwards
_OUTLINE = 0.009  # metres
_ARC = np.linspace(0.0, np.pi, 9)
_LIGHT = np.array([-0.28, 0.34])  # from where the light comes on the page, in radii
_SHADES = ((1.0, -0.14, 0.0), (0.80, 0.0, 0.45), (0.50, 0.16, 0.9))  # width, lightness, how far towards the light

_J = {name: index for index, name in enumerate(JOINT_NAMES)}

# Parts that are drawn as one, far ones first: (colour, capsules of (joint, joint, radius, radius) in metres).
Capsule = tuple[str, str, float, float]
_TORSO: tuple[Capsule, ...] = (
    ("left_hip", "right_hip", 0.092, 0.092), ("pelvis", "spine1", 0.105, 0.108), ("spine1", "spine2", 0.108, 0.112),
    ("spine2", "spine3", 0.112, 0.118), ("spine3", "chest", 0.118, 0.10),
    ("left_shoulder", "right_shoulder", 0.062, 0.062), ("left_shoulder", "spine1", 0.062, 0.10),
    ("right_shoulder", "spine1", 0.062, 0.10),
)  # fmt: skip
_HEAD: tuple[Capsule, ...] = (("neck", "head", 0.05, 0.05), ("head", "crown", 0.083, 0.098))
_LIMBS: tuple[tuple[Capsule, ...], ...] = (
    (("shoulder", "elbow", 0.056, 0.043),),
    (("elbow", "wrist", 0.043, 0.031), ("wrist", "hand", 0.034, 0.036)),
    (("hip", "knee", 0.088, 0.060),),
    (("knee", "ankle", 0.060, 0.040), ("ankle", "foot", 0.042, 0.036), ("foot", "toes", 0.036, 0.028)),
)


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


def heading_of(pose: Array) -> float:
    """Radians about +Y that a pose (22, 3) faces, from its hips and shoulders; 0 when they do not say."""
    across = pose[_J["left_hip"]] - pose[_J["right_hip"]] + pose[_J["left_shoulder"]] - pose[_J["right_shoulder"]]
    return float(np.arctan2(-across[2], across[0])) if np.hypot(across[0], across[2]) > 1e-6 else 0.0


def extent(poses: Array, view: View) -> tuple[float, float, float]:
    """How far poses (T, 22, 3) reach sideways of their pelvis, below and above the ground below it, on the page."""
    page = (poses - _below(poses)) @ view.axes[:2].T
    return float(np.abs(page[..., 0]).max()) + 0.1, float(page[..., 1].min()) - 0.14, float(page[..., 1].max()) + 0.24


def draw(axes: Axes, poses: Array, places: NDArray[np.floating], view: View, floor: float = 0.0) -> None:
    """Draws poses (N, 22, 3; metres, Y up), each over its own round tile of ground, at page x `places` (N,).

    The lines on a tile are fixed in the world, so that they show how far a figure has gone between two tiles.
    """
    under = _below(poses) + np.array([0.0, floor, 0.0])
    figures = [{**_named(pose - below[0])} for pose, below in zip(poses, under, strict=True)]
    tiles, shadows, shapes, colours, lines = [], [], [], [], []
    for figure, below, place in zip(figures, under, places, strict=True):
        shift = np.array([place, 0.0])
        circle = np.linspace(0.0, 2.0 * np.pi, 60)
        rim = TILE_RADIUS * np.stack((np.cos(circle), 0.0 * circle, np.sin(circle)), axis=-1)
        tiles.append(rim @ view.axes[:2].T + shift)
        lines += [segment @ view.axes[:2].T + shift for segment in _grid_lines(below[0])]
        for part in _parts(figure, view):
            shadows += [shape + shift for shape in _shadow(part, view)]
            for shape, colour in _shaded(part, view):
                shapes.append(shape + shift)
                colours.append(colour)
    axes.add_collection(PolyCollection(tiles, facecolors=GROUND, edgecolors="none", zorder=1))
    axes.add_collection(LineCollection(lines, colors=GRID, linewidths=0.7, zorder=2))
    axes.add_collection(PolyCollection(shadows, facecolors=SHADOW, edgecolors="none", zorder=3))
    axes.add_collection(PolyCollection(shapes, facecolors=colours, edgecolors="none", zorder=4))


@dataclass(frozen=True)
class _Part:
    """Capsules of one colour that are drawn together: ends (N, 2, 3) in metres, radii (N, 2)."""

    colour: str
    ends: Array
    radii: Array


def _named(pose: Array) -> dict[str, Array]:
    """Places by joint name, and of what has no joint: crown, chest, hands and toes."""
    named = {name: pose[index] for name, index in _J.items()}
    up = quat.normalize(named["head"] - named["spine3"])
    forward = np.cross(named["left_shoulder"] - named["right_shoulder"], up)
    named["crown"] = named["head"] + 0.10 * up - 0.01 * quat.normalize(forward)
    named["chest"] = named["spine3"] + 0.6 * (named["neck"] - named["spine3"])
    for side in ("left", "right"):
        wrist, foot = named[f"{side}_wrist"], named[f"{side}_foot"]
        named[f"{side}_hand"] = wrist + 0.085 * quat.normalize(wrist - named[f"{side}_elbow"])
        ahead = (foot - named[f"{side}_ankle"]) * np.array([1.0, 0.3, 1.0])
        named[f"{side}_toes"] = foot + 0.05 * quat.normalize(ahead)
    return named


def _parts(figure: dict[str, Array], view: View) -> list[_Part]:
    """A figure's parts, the farthest first."""
    parts = [_part(figure, MIDDLE, _TORSO), _part(figure, HEAD, _HEAD)]
    for side, colour in (("left", LEFT), ("right", RIGHT)):
        for limb in _LIMBS:
            capsules = tuple((f"{side}_{start}", f"{side}_{end}", a, b) for start, end, a, b in limb)
            parts.append(_part(figure, colour, capsules))
    return sorted(parts, key=lambda part: float((part.ends @ view.axes[2]).mean()))


def _part(figure: dict[str, Array], colour: str, capsules: tuple[Capsule, ...]) -> _Part:
    ends = np.array([(figure[start], figure[end]) for start, end, _, _ in capsules])
    return _Part(colour, ends, np.array([(a, b) for _, _, a, b in capsules]))


def _shaded(part: _Part, view: View) -> Iterator[tuple[Array, tuple[float, ...]]]:
    """Outlines of all capsules of a part, then their bodies in ever narrower, lighter layers."""
    page = part.ends @ view.axes[:2].T
    for ends, radii in zip(page, part.radii, strict=True):
        yield _outline(ends, radii + _OUTLINE), _lighter(part.colour, -0.45)
    for width, light, towards in _SHADES:
        for ends, radii in zip(page, part.radii, strict=True):
            yield _outline(ends + towards * _LIGHT * radii[:, None], radii * width), _lighter(part.colour, light)


def _shadow(part: _Part, view: View) -> Iterator[Array]:
    flat = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    squash = np.array([1.0, np.sin(_ELEVATION)])
    for ends, radii in zip(part.ends @ flat @ view.axes[:2].T, part.radii, strict=True):
        yield _outline(ends / squash, radii) * squash


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
