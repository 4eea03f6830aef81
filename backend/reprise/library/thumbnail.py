"""A small picture of a clip: some of its poses from the side, drawn with Pillow in a few milliseconds."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from reprise_core.skeleton import PARENTS

SIZE = (256, 96)  # pixels
_POSES = 4
_SCALE = 3  # drawn larger, then reduced: smooth edges
_QUALITY = 55
_MARGIN = 0.08  # of the height
_LEFT, _RIGHT, _MIDDLE, _GROUND = "#2c6fbb", "#e2703a", "#56616f", "#d3dae3"
_SIDES = {**dict.fromkeys((1, 4, 7, 10, 13, 16, 18, 20), _LEFT), **dict.fromkeys((2, 5, 8, 11, 14, 17, 19, 21), _RIGHT)}
_HEAD, _HEAD_RADIUS, _BONE_WIDTH = 15, 0.11, 0.075  # metres
_TALL = 1.75  # metres that a picture shows at least
_TURN = np.radians(-50.0)  # seen from the right front, so that forward is rightwards


def draw(joints: NDArray[np.floating]) -> bytes:
    """A WebP of `SIZE` with evenly spaced poses of `joints` (T, 22, 3; metres, Y up), left limbs blue, right orange.

    The view stays fixed to where the first pose faces (+Z in normalised clips); each pose stands over its own place.
    """
    poses = np.asarray(joints, np.float64)[np.linspace(0, len(joints) - 1, _POSES).round().astype(int)]
    poses = poses - poses[:, :1] * np.array([1.0, 0.0, 1.0])  # over its own place
    across = poses[..., 0] * np.cos(_TURN) - poses[..., 2] * np.sin(_TURN)
    towards = poses[..., 0] * np.sin(_TURN) + poses[..., 2] * np.cos(_TURN)
    width, height = SIZE[0] * _SCALE, SIZE[1] * _SCALE
    low, high = min(0.0, float(poses[..., 1].min())), max(_TALL, float(poses[..., 1].max()) + _HEAD_RADIUS)
    cell = width / _POSES
    reach = max(float(np.abs(across).max()) + _HEAD_RADIUS, 0.1)
    metre = min((1.0 - 2 * _MARGIN) * height / (high - low), 0.6 * cell / reach)
    floor = height * (1.0 - _MARGIN) + low * metre
    image = Image.new("RGB", (width, height), "white")
    canvas = ImageDraw.Draw(image)
    canvas.line((0, floor, width, floor), fill=_GROUND, width=2 * _SCALE)
    for pose in range(_POSES):
        x, y = (pose + 0.5) * cell + across[pose] * metre, floor - poses[pose, :, 1] * metre
        _figure(canvas, np.stack((x, y), axis=-1), towards[pose], metre)
    buffer = io.BytesIO()
    image.resize(SIZE, Image.Resampling.BOX).save(buffer, "WEBP", quality=_QUALITY)
    return buffer.getvalue()


def _figure(canvas: ImageDraw.ImageDraw, page: NDArray[np.float64], towards: NDArray[np.float64], metre: float) -> None:
    """One pose: bones as lines with round ends, the farther ones first."""
    width = _BONE_WIDTH * metre
    bones = [(joint, parent) for joint, parent in enumerate(PARENTS) if parent >= 0]
    for joint, parent in sorted(bones, key=lambda bone: towards[bone[0]] + towards[bone[1]]):
        colour = _SIDES.get(joint, _MIDDLE)
        canvas.line((*page[parent], *page[joint]), fill=colour, width=round(width))
        for end in (parent, joint):
            _disc(canvas, page[end], width / 2, colour)
        if joint == _HEAD:
            _disc(canvas, page[joint], _HEAD_RADIUS * metre, colour)


def _disc(canvas: ImageDraw.ImageDraw, centre: NDArray[np.float64], radius: float, colour: str) -> None:
    canvas.ellipse((*(centre - radius), *(centre + radius)), fill=colour)
