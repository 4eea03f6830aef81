"""Contact sheets: a motion on one picture that a person can judge, and many motions on one page."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from reprise_core.contacts import detect_contacts, floor_height, runs
from reprise_core.errors import RepriseError
from reprise_core.ground import heading_of
from reprise_core.motion import Motion, write_file
from reprise_core.root_motion import to_world
from reprise_core.skeleton import CONTACT_JOINTS

from . import mannequin
from .body import LEFT, MIDDLE, RIGHT, check_drawable
from .mannequin import View

Array = NDArray[np.float64]

_INK, _FAINT = "#2b323b", "#8b95a1"
_WIDTH, _DPI = 15.0, 100  # inches, dots an inch
_TITLE_HEIGHT, _FEET_HEIGHT, _TALLEST, _ROW_HEIGHT = 0.55, 1.2, 4.5, 2.6  # inches
_SPACING = 0.92  # metres between two figures on the page, unless they are wider
_WIDEST = 1.7  # metres: beyond that neighbours may overlap
_FLOOR_AT_ZERO = 0.15  # metres: a lowest pose as near as that to y = 0 stands on it
_TITLE_LENGTH = 120


def render(
    motion: Motion | NDArray[np.floating], title: str | None = None, frames: int = 10, fps: float = 20.0
) -> bytes:
    """A PNG with evenly spaced poses above the heights of both feet over time, and the path from above beside them.

    `motion` may be joint positions (T, 22, 3) in metres, Y up, at `fps`. `title` is the motion's prompt by default. The
    left limbs are blue, the right ones orange; grid lines are 0.25 m apart and fixed in the world; a foot in contact
    has its print below it, and thick bars under the feet's heights are contacts. Raises `RepriseError` for positions of
    another shape.
    """
    positions, contacts, fps, prompt = _unpacked(motion, fps)
    chosen = _chosen(len(positions), frames)
    strip = _strip(positions, contacts, chosen)
    strip_width, strip_height = 0.79 * _WIDTH, min(0.79 * _WIDTH * strip.shape, _TALLEST)
    height = _FEET_HEIGHT + strip_height + _TITLE_HEIGHT
    figure = Figure(figsize=(_WIDTH, height), dpi=_DPI, facecolor="white")

    def axes(left: float, bottom: float, width: float, tall: float) -> Axes:
        """Axes by their place in inches."""
        return figure.add_axes((left / _WIDTH, bottom / height, width / _WIDTH, tall / height))

    top = 1.0 - 0.45 * _TITLE_HEIGHT / height
    _write_title(figure, 0.012, top, title if title is not None else prompt, 15)
    figure.text(0.988, top, f"{len(positions) / fps:.1f} s", ha="right", va="center", color=_FAINT, fontsize=12)
    strip.filling(strip_height / strip_width).draw(axes(0.18, _FEET_HEIGHT, strip_width, strip_height))
    _draw_feet(axes(0.18, 0.36, strip_width, _FEET_HEIGHT - 0.46), positions, contacts, chosen, fps)
    side = min(2.44, height - _TITLE_HEIGHT - 0.5)
    _draw_path(axes(_WIDTH - 0.18 - side, 0.36, side, side), positions, contacts, chosen)
    return _png(figure)


def save(motion: Motion | NDArray[np.floating], path: Path, title: str | None = None, frames: int = 10) -> None:
    """Writes what `render` gives to a PNG file."""
    write_file(Path(path), render(motion, title, frames))


def sheets(
    motions: Sequence[tuple[str, Motion | NDArray[np.floating]]], columns: int = 1, frames: int = 10, fps: float = 20.0
) -> bytes:
    """A PNG page of many motions: (title, motion or positions (T, 22, 3)) each as a strip of poses with its path."""
    if not motions:
        raise RepriseError("no_motion", "There is no motion to draw.")
    rows = -(-len(motions) // columns)
    width, height = _WIDTH if columns == 1 else 0.62 * _WIDTH * columns, _ROW_HEIGHT * rows
    figure = Figure(figsize=(width, height), dpi=_DPI, facecolor="white")
    cell = width / columns
    for index, (title, motion) in enumerate(motions):
        positions, contacts, _, _ = _unpacked(motion, fps)
        chosen = _chosen(len(positions), frames)
        left, bottom = index % columns * cell, height - (index // columns + 1) * _ROW_HEIGHT

        def axes(x: float, y: float, wide: float, tall: float, left: float = left, bottom: float = bottom) -> Axes:
            """Axes by their place in inches within the cell."""
            return figure.add_axes(((left + x) / width, (bottom + y) / height, wide / width, tall / height))

        _write_title(figure, (left + 0.15) / width, (bottom + _ROW_HEIGHT - 0.18) / height, title, 12)
        wide, tall = cell - _ROW_HEIGHT - 0.1, _ROW_HEIGHT - 0.4
        _strip(positions, contacts, chosen).filling(tall / wide).draw(axes(0.15, 0.05, wide, tall))
        side = _ROW_HEIGHT - 0.55
        _draw_path(axes(cell - side - 0.15, 0.15, side, side), positions, contacts, chosen, labels=False)
    return _png(figure)


def _unpacked(motion: Motion | NDArray[np.floating], fps: float) -> tuple[Array, NDArray[np.floating], float, str]:
    if isinstance(motion, Motion):
        check_drawable(motion)
        motion = to_world(motion)
        positions = np.asarray(motion.positions, dtype=np.float64)
        return positions, motion.foot_contact, motion.fps, str(motion.meta.get("prompt", ""))
    positions = np.asarray(motion, dtype=np.float64)
    if positions.ndim != 3 or positions.shape[1:] != (22, 3) or not len(positions) or not np.isfinite(positions).all():
        raise RepriseError("bad_positions", f"Joint positions of shape {positions.shape} cannot be drawn.")
    return positions, detect_contacts(positions, fps), fps, ""


def _chosen(total: int, frames: int) -> NDArray[np.int64]:
    return np.unique(np.round(np.linspace(0, total - 1, max(1, min(frames, total)))).astype(np.int64))


def _write_title(figure: Figure, x: float, y: float, title: str, size: float) -> None:
    short = title if len(title) <= _TITLE_LENGTH else title[: _TITLE_LENGTH - 1].rstrip() + "…"
    figure.text(x, y, short, va="center", color=_INK, fontsize=size, fontweight="bold", parse_math=False)


@dataclass(frozen=True)
class _Strip:
    """Chosen poses (N, 22, 3) with contacts (N, 4), `spacing` metres apart, between two heights on the page."""

    poses: Array
    contacts: NDArray[np.floating]
    floor: float
    view: View
    spacing: float
    low: float
    high: float

    @property
    def shape(self) -> float:
        """Height over width."""
        return (self.high - self.low) / (self.spacing * len(self.poses))

    def filling(self, shape: float) -> _Strip:
        """The same poses as far apart as a flatter box (height over width) leaves room for."""
        return replace(self, spacing=max(self.spacing, (self.high - self.low) / (shape * len(self.poses))))

    def draw(self, axes: Axes) -> None:
        places = self.spacing * np.arange(len(self.poses))
        mannequin.draw(axes, self.poses, places, self.view, self.floor, self.contacts)
        axes.set_xlim(-self.spacing / 2.0, places[-1] + self.spacing / 2.0)
        axes.set_ylim(self.low, self.high)
        axes.set_aspect("equal", anchor="SW")
        axes.set_axis_off()


def _strip(positions: Array, contacts: NDArray[np.floating], chosen: NDArray[np.int64]) -> _Strip:
    poses = positions[chosen]
    view = View(float(heading_of(poses[0])))
    floor = floor_height(positions)
    if abs(floor) < _FLOOR_AT_ZERO:
        floor = min(0.0, floor)
    reach, low, high = mannequin.extent(poses - np.array([0.0, floor, 0.0]), view)
    spacing = float(np.clip(1.25 * reach, _SPACING, _WIDEST))
    return _Strip(poses, contacts[chosen], floor, view, spacing, min(low, -0.18), max(high, 1.5))


def _draw_feet(
    axes: Axes, positions: Array, contacts: NDArray[np.floating], chosen: NDArray[np.int64], fps: float
) -> None:
    """Toe heights over time, under the poses of the same times; bars where a foot is in contact."""
    time = np.arange(len(positions)) / fps
    span = (len(positions) - 1) / fps
    margin = span / max(len(chosen) - 1, 1) / 2.0 or 0.5
    heights = positions[:, [CONTACT_JOINTS[1], CONTACT_JOINTS[3]], 1]
    top = max(0.3, float(heights.max()) * 1.1)
    for side, colour, bar in ((0, LEFT, -0.10), (1, RIGHT, -0.22)):
        axes.plot(time, heights[:, side], color=colour, linewidth=1.6, solid_capstyle="round")
        for begin, end in runs(contacts[:, 2 * side : 2 * side + 2].max(axis=1) > 0.5):
            axes.plot([time[begin], time[end - 1]], [bar * top] * 2, color=colour, linewidth=4, solid_capstyle="butt")
    axes.axhline(0.0, color=mannequin.GRID, linewidth=0.8, zorder=0)
    for frame in chosen:
        axes.axvline(frame / fps, color=mannequin.GRID, linewidth=0.8, zorder=0)
    axes.set_xticks(chosen / fps, [f"{frame / fps:.1f}" for frame in chosen])
    axes.set_xlim(-margin, span + margin)
    axes.set_ylim(-0.32 * top, top)
    axes.text(0.0, 0.98, "toe height, contact", transform=axes.transAxes, va="top", color=_FAINT, fontsize=8)
    _bare(axes)


def _draw_path(
    axes: Axes, positions: Array, contacts: NDArray[np.floating], chosen: NDArray[np.int64], labels: bool = True
) -> None:
    """From above, forward up the page: the pelvis's path, where it faces, and the places where feet stood."""
    heading = float(heading_of(positions[0]))
    sine, cosine = np.sin(heading), np.cos(heading)
    page = (positions - positions[0, :1])[..., [0, 2]] @ np.array([[-cosine, sine], [sine, cosine]])
    for joint, colour, down in zip(CONTACT_JOINTS, (LEFT, LEFT, RIGHT, RIGHT), contacts.T > 0.5, strict=True):
        axes.scatter(*page[down, joint].T, s=12, color=colour, alpha=0.4, linewidths=0, zorder=2)
    axes.plot(*page[:, 0].T, color=MIDDLE, linewidth=1.6, zorder=3)
    facing = heading_of(positions[chosen]) - heading
    arrows = np.stack((-np.sin(facing), np.cos(facing)), axis=-1)
    axes.quiver(*page[chosen, 0].T, *arrows.T, color=_INK, alpha=0.75, scale=12.0, width=0.011, zorder=4)
    axes.scatter(*page[:1, 0].T, s=34, facecolor="white", edgecolor=_INK, linewidths=1.3, zorder=5)
    ground = page.reshape(-1, 2)
    middle = (ground.max(axis=0) + ground.min(axis=0)) / 2.0
    half = max(0.75, float(np.ptp(ground, axis=0).max()) / 2.0 + 0.15)
    axes.set_xlim(middle[0] - half, middle[0] + half)
    axes.set_ylim(middle[1] - half, middle[1] + half)
    axes.set_aspect("equal", anchor="C")
    step = 0.5 if half < 1.6 else 1.0 if half < 4.0 else 2.0
    axes.set_xticks(np.arange(np.ceil((middle[0] - half) / step), (middle[0] + half) / step) * step)
    axes.set_yticks(np.arange(np.ceil((middle[1] - half) / step), (middle[1] + half) / step) * step)
    axes.grid(color=mannequin.GRID, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.tick_params(labelbottom=False, labelleft=False, length=0)
    for spine in axes.spines.values():
        spine.set_color(mannequin.GRID)
    if labels:
        axes.set_title(f"from above, grid {step:g} m", fontsize=8, color=_FAINT, loc="left", pad=4)


def _bare(axes: Axes) -> None:
    axes.set_facecolor("none")
    axes.set_yticks([])
    axes.tick_params(length=0, labelsize=9, labelcolor=_FAINT)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    FigureCanvasAgg(figure).print_png(buffer)
    return buffer.getvalue()
