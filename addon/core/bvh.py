"""Writing a Motion as BVH (Biovision hierarchy), which Blender and most animation programs read."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import quaternion as quat
from .motion import Motion
from .skeleton import Skeleton

_TURNS = "Zrotation Xrotation Yrotation"
_PLACED = f"CHANNELS 6 Xposition Yposition Zposition {_TURNS}"
_END_SHARE = 0.3  # an end site's length as a share of the bone before it: BVH has no joint without an end


def to_bvh(motion: Motion) -> str:
    """The BVH of a Motion: metres, Y up, the rest pose as OFFSETs, rotations as Z-X-Y angles in degrees.

    The root's OFFSET is zero, so that its position channels are its world place however a reader treats the OFFSET. A
    `root_track` becomes a joint `root` on the ground above the pelvis, which then has position channels of its own.
    """
    children: dict[int, list[int]] = {}
    for joint, parent in enumerate(motion.parents):
        children.setdefault(parent, []).append(joint)
    (pelvis,) = children[-1]
    tree, order = _joint(motion, children, pelvis)
    angles = euler_zxy(motion.local_rotations[:, order]).reshape(motion.frames, -1)
    columns = [motion.root_translation, angles]
    tree[0] = f"ROOT {motion.joint_names[pelvis]}"
    if motion.root_track is not None:
        skeleton = Skeleton(motion.joint_names, motion.parents, motion.rest_offsets.astype(np.float64))
        tree[0] = f"JOINT {motion.joint_names[pelvis]}"
        tree[2] = "  " + _offset((0.0, -skeleton.rest_positions()[:, 1].min(), 0.0))
        tree = ["ROOT root", "{", "  " + _offset(np.zeros(3)), f"  {_PLACED}", *_indented(tree), "}"]
        x, z, heading = motion.root_track.T
        still = np.zeros(motion.frames)
        columns.insert(0, np.stack((x, still, z, still, still, np.degrees(heading)), axis=1))
    lines = ["HIERARCHY", *tree, "MOTION", f"Frames: {motion.frames}", f"Frame Time: {1.0 / motion.fps:.10f}"]
    lines += [" ".join(f"{value:.6f}" for value in row) for row in np.concatenate(columns, axis=1)]
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


def _joint(motion: Motion, children: dict[int, list[int]], joint: int) -> tuple[list[str], list[int]]:
    """The lines of a joint and all below it, and these joints in the order of their channels, depth first."""
    is_root = motion.parents[joint] < 0
    offset = np.zeros(3) if is_root else motion.rest_offsets[joint]
    lines = [_offset(offset), _PLACED if is_root else f"CHANNELS 3 {_TURNS}"]
    order = [joint]
    for child in children.get(joint, ()):
        below, joints = _joint(motion, children, child)
        lines += below
        order += joints
    if joint not in children:
        lines += ["End Site", "{", f"  {_offset(_END_SHARE * motion.rest_offsets[joint])}", "}"]
    return [f"JOINT {motion.joint_names[joint]}", "{", *_indented(lines), "}"], order


def _indented(lines: list[str]) -> list[str]:
    return [f"  {line}" for line in lines]


def _offset(vector: ArrayLike) -> str:
    return "OFFSET " + " ".join(f"{value:.6f}" for value in np.asarray(vector))
