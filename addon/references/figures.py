"""Mannequins of capsules round the bones of our skeleton, as triangles with shaded colours. NumPy only."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..core.motion import Motion
from ..core.skeleton import JOINT_NAMES, PARENTS

Array = NDArray[np.floating]

_SIDES, _HALF_RINGS = 10, 3
_LIGHT = np.array([0.36, -0.48, 0.8], dtype=np.float32)  # over the viewer's right shoulder, seen from the front
_DARKEST = 0.42
# Radii in metres at both ends of the capsule from a joint's parent to the joint.
_LIMBS = {
    "hip": (0.085, 0.078), "knee": (0.078, 0.054), "ankle": (0.054, 0.04), "foot": (0.042, 0.034),
    "collar": (0.06, 0.055), "shoulder": (0.055, 0.052), "elbow": (0.05, 0.042), "wrist": (0.042, 0.032),
}  # fmt: skip
_TRUNK = {"spine1": (0.1, 0.105), "spine2": (0.105, 0.115), "spine3": (0.115, 0.115), "neck": (0.1, 0.05),
          "head": (0.05, 0.06)}  # fmt: skip
_SKULL, _SKULL_UP, _HAND, _HAND_ALONG = 0.1, 0.06, 0.036, 0.08


def pose_at(motion: Motion, seconds: float) -> NDArray[np.float64]:
    """Joint places (22, 3) of a clip (Y up, metres) `seconds` after its first frame; it begins again after its last.

    Straight between two frames. Before its beginning it plays as if it had been going round for ever.
    """
    place = (seconds % max(motion.seconds, 1e-9)) * motion.fps
    before = min(int(place), motion.frames - 1)
    after = min(before + 1, motion.frames - 1)
    share = place - before
    return (1.0 - share) * motion.positions[before].astype(np.float64) + share * motion.positions[after]


def beside(number: int, offset: float) -> NDArray[np.float64]:
    """Where the figure of that number (from 0) stands (3,), Y up: left of the character, right, further left, ..."""
    step = number // 2 + 1
    return np.array([offset * (step if number % 2 == 0 else -step), 0.0, 0.0])


def placed(joints: ArrayLike, world: ArrayLike) -> NDArray[np.float64]:
    """Joints (..., 3; ours, Y up) in Blender's world by the matrix (4, 4) that brings our space there."""
    world = np.asarray(world, dtype=np.float64)
    return np.asarray(joints, dtype=np.float64) @ world[:3, :3].T + world[:3, 3]


def mannequins(
    poses: ArrayLike, sizes: ArrayLike, colours: ArrayLike
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int32]]:
    """Vertices (N, 3), colours (N, 4) and triangles (M, 3) of G figures.

    `poses` (G, 22, 3) joints in the world, `sizes` (G,) world units a metre, `colours` (G, 4) RGBA. Triangles face
    outwards, counter-clockwise.
    """
    poses, sizes = np.asarray(poses, dtype=np.float32), np.asarray(sizes, dtype=np.float32)
    starts, ends, radii = _capsules(poses, sizes)
    normals_at_rest, at_end, _ = _template()
    axes = _frames(ends - starts)  # (B, 3, 3): rows are two directions across and the one along
    normals = normals_at_rest @ axes  # (B, V, 3)
    centres = np.where(at_end[:, None], ends[:, None], starts[:, None])
    vertices = centres + normals * np.where(at_end, radii[:, 1:], radii[:, :1])[..., None]
    bones = len(starts) // max(len(poses), 1)
    return (
        vertices.reshape(-1, 3).astype(np.float32, copy=False),
        _shaded(normals, colours, bones),
        _all_triangles(len(starts)),
    )


def _shaded(normals: Array, colours: ArrayLike, bones: int) -> NDArray[np.float32]:
    light = _DARKEST + (1.0 - _DARKEST) * (0.5 + 0.5 * normals @ _LIGHT)
    base = np.repeat(np.asarray(colours, dtype=np.float32), bones, axis=0)
    shaded = np.empty((*normals.shape[:2], 4), dtype=np.float32)
    shaded[..., :3] = base[:, None, :3] * light[..., None]
    shaded[..., 3] = base[:, None, 3]
    return shaded.reshape(-1, 4)


def _capsules(poses: Array, sizes: Array) -> tuple[Array, Array, Array]:
    """Both ends (G * B, 3) and radii (G * B, 2) of all capsules: one a bone, the skull and the hands."""
    joints, parents, widths = _bones()
    starts, ends = poses[:, parents], poses[:, joints]
    head, neck = (poses[:, JOINT_NAMES.index(name)] for name in ("head", "neck"))
    up = _unit(head - neck) * sizes[:, None]
    wrists = poses[:, [JOINT_NAMES.index(f"{side}_wrist") for side in ("left", "right")]]
    elbows = poses[:, [JOINT_NAMES.index(f"{side}_elbow") for side in ("left", "right")]]
    hands = wrists + _unit(wrists - elbows) * (_HAND_ALONG * sizes[:, None, None])
    starts = np.concatenate((starts, head[:, None], wrists), axis=1)
    ends = np.concatenate((ends, (head + up * _SKULL_UP)[:, None], hands), axis=1)
    radii = widths * sizes[:, None, None]
    return starts.reshape(-1, 3), ends.reshape(-1, 3), radii.reshape(-1, 2)


@cache
def _bones() -> tuple[list[int], list[int], Array]:
    """Joints, their parents, and the radii (B, 2) of their capsules and of those of skull and hands."""
    joints = [joint for joint, parent in enumerate(PARENTS) if parent >= 0]
    widths = [_TRUNK.get(JOINT_NAMES[joint]) or _LIMBS[JOINT_NAMES[joint].partition("_")[2]] for joint in joints]
    widths += [(_SKULL, _SKULL), (_HAND, 0.8 * _HAND), (_HAND, 0.8 * _HAND)]
    return joints, [PARENTS[joint] for joint in joints], np.array(widths, dtype=np.float32)


@cache
def _template() -> tuple[Array, NDArray[np.bool_], NDArray[np.int32]]:
    """Unit normals (V, 3) of a capsule along +Z, which vertices belong to its end, and its triangles (M, 3)."""
    below = np.linspace(-np.pi / 2.0, 0.0, _HALF_RINGS + 1)
    heights = np.concatenate((below, -below[::-1]))
    turns = np.arange(_SIDES) * (2.0 * np.pi / _SIDES)
    across = np.stack((np.cos(turns), np.sin(turns), np.zeros(_SIDES)), axis=-1)
    normals = np.cos(heights)[:, None, None] * across + np.sin(heights)[:, None, None] * np.array([0.0, 0.0, 1.0])
    at_end = np.repeat(np.arange(len(heights)) > _HALF_RINGS, _SIDES)
    triangles = []
    for ring in range(len(heights) - 1):
        for side in range(_SIDES):
            a, b = ring * _SIDES + side, ring * _SIDES + (side + 1) % _SIDES
            triangles += [(a, b, b + _SIDES), (a, b + _SIDES, a + _SIDES)]
    return normals.reshape(-1, 3).astype(np.float32), at_end, np.array(triangles, dtype=np.int32)


@cache
def _all_triangles(capsules: int) -> NDArray[np.int32]:
    one, vertices = _template()[2], len(_template()[0])
    return (one + vertices * np.arange(capsules, dtype=np.int32)[:, None, None]).reshape(-1, 3)


def _frames(along: Array) -> Array:
    """(B, 3, 3) right-handed axes whose last row is the direction; any two across."""
    last = _unit(along)
    helper = np.where(
        np.abs(last[:, 2:]) < 0.9, np.array([[0, 0, 1]], dtype=np.float32), np.array([[1, 0, 0]], dtype=np.float32)
    )
    first = _unit(np.cross(helper, last))
    return np.stack((first, np.cross(last, first), last), axis=1)


def _unit(vectors: Array) -> Array:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), np.float32(1e-9))
