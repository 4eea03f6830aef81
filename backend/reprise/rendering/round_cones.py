"""Round cones (two spheres and the cone that touches both) seen by a perspective camera: a small exact ray caster."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Surface:
    """What is seen in a window of the picture whose upper left pixel is (`left`, `top`); all of its edges are even.

    `depth` (H, W) is infinite where there is no cone. `seen` (K,) are the flat indices of the pixels with one, `cone`
    (K,) which it is, `normals` (3, K) how it is turned: right, up, and towards the viewer.
    """

    left: int
    top: int
    depth: Array
    seen: NDArray[np.int64]
    cone: NDArray[np.int16]
    normals: Array


def cast(ends: NDArray[np.floating], radii: NDArray[np.floating], focal: float, width: int, height: int) -> Surface:
    """The nearest surface of cones with `ends` (N, 2, 3) in camera space, depth > 0, and `radii` (N, 2), in metres.

    A round cone is the hull of spheres with centre a + s b and radius r - s g for s from 0 to 1. Where a ray t d first
    touches it, the distance to the sphere does not change with s, so that s = (b . p - g r) / D with p = t d - a and
    D = b . b - g^2; put into the sphere's equation that leaves |p|^2 - r^2 = D s^2, a quadratic in t. Where s is
    outside 0 to 1 one of the end spheres is seen.
    """
    ends, radii = np.asarray(ends, dtype=np.float32), np.asarray(radii, dtype=np.float32)
    left, top, right, bottom = (2 * (edge // 2) for edge in _window(ends, radii, focal, width, height))
    depth = np.full((bottom - top, right - left), np.inf, dtype=np.float32)
    cone = np.full(depth.shape, -1, dtype=np.int16)
    x = (np.arange(left, right, dtype=np.float32) + 0.5 - width / 2.0) / np.float32(focal)
    y = (height / 2.0 - 0.5 - np.arange(top, bottom, dtype=np.float32)) / np.float32(focal)
    for index, (pair, pair_radii) in enumerate(zip(ends, radii, strict=True)):
        x0, y0, x1, y1 = _window(pair[None], pair_radii[None], focal, width, height)
        x1, y1 = min(x1, right), min(y1, bottom)
        if x0 >= x1 or y0 >= y1:
            continue
        columns, rows = slice(x0 - left, x1 - left), slice(y0 - top, y1 - top)
        found = _depth(pair, pair_radii, x[None, columns], y[rows, None])
        window = depth[rows, columns]
        nearer = found < window
        window[nearer] = found[nearer]
        cone[rows, columns][nearer] = index
    seen = np.flatnonzero(cone >= 0)
    row, column = np.divmod(seen, cone.shape[1])
    which, t = cone.ravel()[seen], depth.ravel()[seen]
    return Surface(left, top, depth, seen, which, _normals((x[column] * t, y[row] * t, t), ends, radii, which))


def _depth(ends: Array, radii: Array, x: Array, y: Array) -> Array:
    """Depths at which the rays (x, y, 1) meet one cone; infinite where they miss it."""
    a, b, r, g = ends[0], ends[1] - ends[0], radii[0], radii[0] - radii[1]
    along = b[0] * x + (b[1] * y + b[2])
    towards = a[0] * x + (a[1] * y + a[2])
    ray = x * x + (y * y + np.float32(1.0))
    result = np.full(ray.shape, np.inf, dtype=np.float32)
    stretch = b @ b - g * g
    if stretch > 1e-9:
        share = -(a @ b + g * r) / stretch
        slope = along / stretch
        square = ray - stretch * slope * slope
        half = -towards - stretch * share * slope
        rest = a @ a - r * r - stretch * share * share
        inside = half * half - square * rest
        hit = (inside > 0.0) & (np.abs(square) > 1e-6)  # along its side a ray meets the cone once, far away
        t = (-half[hit] - np.sqrt(inside[hit])) / square[hit]
        s = share + slope[hit] * t
        result[hit] = np.where((s > 0.0) & (s < 1.0), t, np.inf)
    for centre, radius in zip(ends, radii, strict=True):
        half = centre[0] * x + (centre[1] * y + centre[2])
        inside = half * half - ray * (centre @ centre - radius * radius)
        hit = inside > 0.0
        result[hit] = np.minimum(result[hit], (half[hit] - np.sqrt(inside[hit])) / ray[hit])
    return result


def _normals(points: tuple[Array, Array, Array], ends: Array, radii: Array, cone: NDArray[np.int16]) -> Array:
    """Normals (3, K) of surface points, component by component: tables of a few cones stay in the cache."""
    a, b = ends[:, 0], ends[:, 1] - ends[:, 0]
    g = radii[:, 0] - radii[:, 1]
    stretch = np.maximum(np.sum(b * b, axis=-1) - g * g, np.float32(1e-9))
    along = b / stretch[:, None]
    away = [point - a[:, axis][cone] for axis, point in enumerate(points)]
    s = sum(away[axis] * along[:, axis][cone] for axis in range(3)) - (g * radii[:, 0] / stretch)[cone]
    s = np.clip(s, 0.0, 1.0)
    scale = np.float32(1.0) / (radii[:, 0][cone] - s * g[cone])
    normals = np.stack([(away[axis] - s * b[:, axis][cone]) * scale for axis in range(3)])
    normals[2] *= -1.0
    return normals


def _window(ends: Array, radii: Array, focal: float, width: int, height: int) -> tuple[int, int, int, int]:
    """Left, top, right and bottom pixel that enclose the cones, within the picture."""
    depth = ends[..., 2]
    # A sphere off the axis is seen as an ellipse that reaches a little further than its radius over its depth.
    room = focal * radii / np.maximum(depth - radii, 1e-3) * 1.05 + 2.0
    x, y = width / 2.0 + focal * ends[..., 0] / depth, height / 2.0 - focal * ends[..., 1] / depth
    left, right = np.clip([(x - room).min(), (x + room).max() + 1.0], 0, width).astype(int)
    top, bottom = np.clip([(y - room).min(), (y + room).max() + 1.0], 0, height).astype(int)
    return int(left), int(top), int(right), int(bottom)
