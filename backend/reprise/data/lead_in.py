"""Frames before a motion begins: a rest pose that the exporter put first, and the frames that blend out of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from reprise_core.skeleton import JOINT_NAMES

from .skeleton_animation import SkeletonAnimation

Array = NDArray[np.float64]

_AT_REST = np.cos(np.radians(0.25))  # half of half a degree: |w| of a rotation that counts as none
_MOST = 0.95  # of the joints must be at rest
_BLEND = 0.25  # seconds that frames blending out of the rest pose last at most
_IMPOSSIBLE = 4.0  # metres a second, mean of all joints as seen from the root
_JUMP = 5.0  # times the motion's usual speed: so fast does a figure leave a pose that is not its own
_BLENDING = 3.0  # the same for a T-pose, and for the frames after one
_SLOW = 0.3  # metres a second taken for usual where a figure stands still
_T_POSE = np.cos(np.radians(20.0))  # how far arms and legs may be from level, straight and upright
_J = {name: index for index, name in enumerate(JOINT_NAMES)}


def lead_in(animation: SkeletonAnimation, joints: Array, fps: float) -> int:
    """How many first frames are no motion: of joints (T, 22, 3) in metres, Y up, at `fps`.

    First frames whose rotations are all those of the rest pose count, and a first pose that the figure leaves in a
    jump: beyond what bodies can do, or well beyond what it does later if its arms are stretched sideways. Then frames
    that go on so fast count, in which an exporter blended out of it. A clip that rests throughout stays whole.
    """
    rests = _leading(_at_rest(animation))
    blend = max(1, round(_BLEND * fps))
    speed = np.linalg.norm(np.diff(joints - joints[:, :1], axis=0), axis=-1).mean(axis=-1) * fps
    if rests == len(joints) or len(speed) <= rests + blend:
        return 0 if rests == len(joints) else rests
    usual = max(_SLOW, float(np.median(speed[rests + blend :])))
    jumps = speed[0] > (_BLENDING * usual if _is_t_pose(joints[0]) else max(_IMPOSSIBLE, _JUMP * usual))
    first = max(rests, int(jumps))
    while 0 < first < rests + blend and speed[first] > _BLENDING * usual:
        first += 1
    return first


def _at_rest(animation: SkeletonAnimation) -> NDArray[np.bool_]:
    """(T,) whether the joints below the root are turned as in the rest pose."""
    inner = [joint for joint in range(1, len(animation.joint_names)) if joint not in animation.end_sites]
    turns = animation.local_rotations[:, inner]
    if animation.rest_rotations is None:
        cosine = np.abs(turns[..., 0])
    else:
        cosine = np.abs(np.sum(turns * animation.rest_rotations[inner], axis=-1))
    return np.mean(cosine > _AT_REST, axis=-1) >= _MOST


def _leading(flags: NDArray[np.bool_]) -> int:
    return len(flags) if flags.all() else int(np.argmin(flags))


def _is_t_pose(pose: Array) -> bool:
    """Whether arms are level and straight, legs straight below the body."""
    up = np.array([0.0, 1.0, 0.0])
    for side in ("left", "right"):
        shoulder, elbow, wrist, hip, ankle = (
            pose[_J[f"{side}_{part}"]] for part in ("shoulder", "elbow", "wrist", "hip", "ankle")
        )
        upper, fore, leg = elbow - shoulder, wrist - elbow, hip - ankle
        sizes = np.linalg.norm([upper, fore, leg], axis=-1)
        if not (sizes > 0.0).all():
            return False
        level = abs(upper @ up) / sizes[0] < np.sqrt(1.0 - _T_POSE**2)
        if not level or upper @ fore < _T_POSE * sizes[0] * sizes[1] or leg @ up < _T_POSE * sizes[2]:
            return False
    return True
