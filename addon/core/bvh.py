"""Writing a Motion as BVH (Biovision hierarchy), which Blender and most animation programs read."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import quaternion as quat
from .motion import Motion

_CHANNELS = "Zrotation Xrotation Yrotation"
_END_SHARE = 0.3  # an end site's length as a share of the bone before it: BVH has no joint without an end


def to_bvh(motion: Motion) -> str:
    """The BVH of a Motion: metres, Y up, the rest pose as OFFSETs, rotations as Z-X-Y angles in degrees.

    The root's OFFSET is zero, so that its position channels are its world place however a reader treats the OFFSET.
    """
    children: dict[int, list[int]] = {}
    for joint, parent in enumerate(motion.parents):
        children.setdefault(parent, []).append(joint)
    (root,) = children[-1]
    lines, order = ["HIERARCHY"], []
    _write_joint(motion, children, root, 0, lines, order)
    angles = euler_zxy(motion.local_rotations[:, order]).reshape(motion.frames, -1)
    rows = np.concatenate((motion.root_translation, angles), axis=1)
    lines += ["MOTION", f"Frames: {motion.frames}", f"Frame Time: {1.0 / motion.fps:.8f}"]
    lines += [" ".join(f"{value:.6f}" for value in row) for row in rows]
    return "\n".join(lines) + "\n"


def euler_zxy(rotations: ArrayLike) -> NDArray[np.float64]:
    """Angles (T, J, 3) in degrees with R = Rz(first) Rx(second) Ry(third), of unit quaternions wxyz (T, J, 4).

    Of the two triples that give a rotation, and of their full turns, each frame takes what is nearest to the frame
    before, so that curves through the angles do not jump.
    """
    m = quat.to_matrix(np.asarray(rotations, dtype=np.float64))
    locked = np.hypot(m[..., 2, 0], m[..., 2, 2]) < 1e-7  # the first and third axes coincide: the third angle is free
    z = np.where(locked, np.arctan2(m[..., 1, 0], m[..., 0, 0]), np.arctan2(-m[..., 0, 1], m[..., 1, 1]))
    x = np.arcsin(np.clip(m[..., 2, 1], -1.0, 1.0))
    y = np.where(locked, 0.0, np.arctan2(-m[..., 2, 0], m[..., 2, 2]))
    angles = np.degrees(np.stack((z, x, y), axis=-1))
    for frame in range(1, len(angles)):
        before, first = angles[frame - 1], angles[frame]
        second = np.stack((first[:, 0] + 180.0, 180.0 - first[:, 1], first[:, 2] + 180.0), axis=-1)
        first, second = (before + (each - before + 180.0) % 360.0 - 180.0 for each in (first, second))
        nearer = np.abs(second - before).sum(axis=-1) < np.abs(first - before).sum(axis=-1)
        angles[frame] = np.where(nearer[:, None], second, first)
    return angles


def _write_joint(
    motion: Motion, children: dict[int, list[int]], joint: int, depth: int, lines: list[str], order: list[int]
) -> None:
    """Appends the joint and all below it, depth first, which is the order of the channels."""
    indent = "  " * depth
    offset = np.zeros(3) if depth == 0 else motion.rest_offsets[joint]
    position = "6 Xposition Yposition Zposition" if depth == 0 else "3"
    lines += [f"{indent}{'ROOT' if depth == 0 else 'JOINT'} {motion.joint_names[joint]}", f"{indent}{{"]
    lines += [f"{indent}  {_offset(offset)}", f"{indent}  CHANNELS {position} {_CHANNELS}"]
    order.append(joint)
    for child in children.get(joint, ()):
        _write_joint(motion, children, child, depth + 1, lines, order)
    if joint not in children:
        lines += [f"{indent}  End Site", f"{indent}  {{"]
        lines += [f"{indent}    {_offset(_END_SHARE * motion.rest_offsets[joint])}", f"{indent}  }}"]
    lines.append(f"{indent}}}")


def _offset(vector: ArrayLike) -> str:
    return "OFFSET " + " ".join(f"{value:.6f}" for value in np.asarray(vector))
