"""Writing a Motion as BVH (Biovision hierarchy), which Blender and most animation programs read."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .euler import euler_angles
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
    angles = np.degrees(euler_angles(motion.local_rotations[:, order], "ZXY")).reshape(motion.frames, -1)
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
