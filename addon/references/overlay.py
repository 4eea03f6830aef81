"""Draws the references as figures beside the character, with caption and score, in every 3D viewport.

The triangles of a frame are made once for all viewports; nothing is kept of Blender's data.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import blf
import bpy
import gpu
import numpy as np
from bpy_extras.view3d_utils import location_3d_to_region_2d
from mathutils import Vector
from numpy.typing import NDArray

from ..core.skeleton import JOINT_NAMES
from ..preferences import preferences
from ..properties import settings
from . import current
from .choices import GhostChoices
from .figures import beside, mannequins, placed, pose_at
from .placement import forget_figures, stage_of
from .shown import Row

log = logging.getLogger(__name__)
_HEAD = JOINT_NAMES.index("head")
_LABEL_ABOVE, _LABEL_POINTS, _LABEL_CHARACTERS = 0.28, 11, 26  # metres above the head joint; text size; a line's length


Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Ghost:
    """One figure of this frame: its row, its joints (22, 3) in the world, and world units a metre."""

    row: Row
    joints: NDArray[np.float64]
    size: float


@dataclass
class _Drawn:
    """The triangles that were drawn last, and of what they are."""

    key: object = None
    batch: Any = None


_handles: list[Any] = []
_drawn = _Drawn()
_failed: list[str] = []  # what was logged already: drawing goes on sixty times a second


def ghosts_of(context: bpy.types.Context) -> list[Ghost]:
    """The figures to draw in the context's viewport at the scene's frame; none where the user hides them."""
    scene = cast(bpy.types.Scene, context.scene)
    space = cast(Any, context.space_data)
    choices = preferences().ghosts
    if not choices.show or (space is not None and not space.overlay.show_overlays):
        return []
    shown = current.shown_of(scene)
    motions = current.current.motions
    rows = list(enumerate(shown.visible(settings(scene).sentence)))
    there = [(number, row, motions[row.reference.id]) for number, row in rows if row.reference.id in motions]
    stage = stage_of(context, there[0][2]) if there else None
    if stage is None:
        return []
    seconds = seconds_at(scene, shown.first_frame)
    size = float(abs(np.linalg.det(stage[:3, :3])) ** (1.0 / 3.0))
    return [
        Ghost(row, placed(pose_at(motion, seconds) + beside(number, choices.offset), stage), size)
        for number, row, motion in there
    ]


def seconds_at(scene: bpy.types.Scene, first_frame: int) -> float:
    """How long after `first_frame` the scene's current frame (and subframe) is."""
    fps = scene.render.fps / scene.render.fps_base
    return (scene.frame_current + scene.frame_subframe - first_frame) / fps


def attach() -> None:
    """Called when the add-on is registered."""
    add = cast(Any, bpy.types.SpaceView3D).draw_handler_add
    _handles.append(add(_draw_figures, (), "WINDOW", "POST_VIEW"))
    _handles.append(add(_draw_labels, (), "WINDOW", "POST_PIXEL"))


def detach() -> None:
    """Called when the add-on is unregistered: nothing is drawn any more."""
    for handle in _handles:
        bpy.types.SpaceView3D.draw_handler_remove(handle, "WINDOW")
    _handles.clear()
    _drawn.key = _drawn.batch = None
    _failed.clear()
    forget_figures()


def _draw_figures() -> None:
    try:
        choices = preferences().ghosts
        ghosts = ghosts_of(bpy.context)
        if ghosts:
            _draw_batch(_batch_of(ghosts, choices))
    except Exception as error:  # a viewport must never be lost for a ghost
        _log_once(error)


def _draw_labels() -> None:
    try:
        context, choices = bpy.context, preferences().ghosts
        taken: list[Box] = []
        for ghost in ghosts_of(context) if choices.labels else ():
            _draw_label(context, ghost, choices, taken)
    except Exception as error:
        _log_once(error)


def _batch_of(ghosts: Sequence[Ghost], choices: GhostChoices) -> Any:
    colours = [choices.pinned_colour if ghost.row.pinned else choices.colour for ghost in ghosts]
    poses, sizes = np.stack([ghost.joints for ghost in ghosts]), [ghost.size for ghost in ghosts]
    key = (poses.tobytes(), tuple(sizes), tuple(colours))
    if key != _drawn.key:
        vertices, shades, triangles = mannequins(poses, sizes, colours)
        types = cast(Any, gpu.types)  # the stubs know none of their arguments
        layout = types.GPUVertFormat()
        layout.attr_add(id="pos", comp_type="F32", len=3, fetch_mode="FLOAT")
        layout.attr_add(id="color", comp_type="F32", len=4, fetch_mode="FLOAT")
        buffer = types.GPUVertBuf(layout, len(vertices))
        buffer.attr_fill("pos", vertices)
        buffer.attr_fill("color", shades)
        elements = types.GPUIndexBuf(type="TRIS", seq=triangles)
        _drawn.batch = types.GPUBatch(type="TRIS", buf=buffer, elem=elements)
        _drawn.key = key
    return _drawn.batch


def _draw_batch(batch: Any) -> None:
    """First the depth of all, then the colours of what is nearest: a figure does not show through itself."""
    shader = gpu.shader.from_builtin("SMOOTH_COLOR")
    state = gpu.state
    state.depth_test_set("LESS_EQUAL")
    state.face_culling_set("BACK")
    try:
        state.depth_mask_set(True)
        state.color_mask_set(False, False, False, False)
        batch.draw(shader)
        state.depth_mask_set(False)
        state.color_mask_set(True, True, True, True)
        state.blend_set("ALPHA")
        batch.draw(shader)
    finally:
        state.depth_mask_set(False)
        state.color_mask_set(True, True, True, True)
        state.blend_set("NONE")
        state.face_culling_set("NONE")
        state.depth_test_set("NONE")


def _draw_label(context: bpy.types.Context, ghost: Ghost, choices: GhostChoices, taken: list[Box]) -> None:
    above = ghost.joints[_HEAD] + [0.0, 0.0, _LABEL_ABOVE * ghost.size]
    place = location_3d_to_region_2d(context.region, context.region_data, Vector(above))  # type: ignore[arg-type]
    if place is None:  # behind the viewer
        return
    scale = cast(Any, context.preferences).system.ui_scale
    line_height = _LABEL_POINTS * scale * 1.35
    colour = choices.pinned_colour if ghost.row.pinned else choices.colour
    lightened = [0.45 + 0.55 * value for value in colour[:3]]
    blf.size(0, _LABEL_POINTS * scale)
    lines = label_of(ghost.row)[::-1]
    widths = [blf.dimensions(0, text)[0] for text in lines]
    wide, high = max(widths), line_height * len(lines)
    bottom = free_height((place.x - wide / 2.0, place.y, wide, high), taken)
    taken.append((place.x - wide / 2.0, bottom, wide, high))
    blf.enable(0, blf.SHADOW)
    blf.shadow(0, 5, 0.0, 0.0, 0.0, 0.9)
    try:
        for number, (text, width) in enumerate(zip(lines, widths, strict=True)):
            red, green, blue = lightened if number == 0 else (1.0, 1.0, 1.0)
            blf.color(0, red, green, blue, 1.0)
            blf.position(0, place.x - width / 2.0, bottom + number * line_height, 0.0)
            blf.draw(0, text)
    finally:
        blf.disable(0, blf.SHADOW)


def free_height(box: Box, taken: Sequence[Box]) -> float:
    """How far up a box (left, bottom, width, height) must begin to be free of those that are taken."""
    left, bottom, width, height = box
    for other_left, other_bottom, other_width, other_height in sorted(taken, key=lambda other: other[1]):
        beside = left >= other_left + other_width or other_left >= left + width
        if not beside and other_bottom < bottom + height and bottom < other_bottom + other_height:
            bottom = other_bottom + other_height
    return bottom


def label_of(row: Row) -> list[str]:
    """The lines above a figure: the caption, cut where it is long, and the score."""
    lines: list[str] = []
    for word in row.reference.caption.split():
        if lines and len(lines[-1]) + 1 + len(word) <= _LABEL_CHARACTERS:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    if len(lines) > 2:
        lines = [lines[0], f"{lines[1]} ..."]
    return [*lines, f"{row.reference.score:.2f}"]


def _log_once(error: Exception) -> None:
    what = f"{type(error).__name__}: {error}"
    if what not in _failed:
        _failed.append(what)
        log.error("The references could not be drawn", exc_info=error)
