"""One motion going on from another's pose: on the same spot, facing the same way, without a jump."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from . import ground
from . import quaternion as quat
from .kinematics import forward_kinematics
from .motion import Motion
from .root_motion import moved, to_world

Array = quat.Array

_FADE = 0.4  # seconds over which what differs at the seam fades out


def going_on(motion: Motion, before: Motion) -> Motion:
    """The motion from where `before` ends: moved over the ground to its last pelvis and heading, its travel in the
    pelvis.

    What is left of the difference (the pose, the pelvis's height) is added at first and fades out smoothly over 0.4 s
    (inertialization: Bollo, "Inertialization", GDC 2018, with a cubic). Both motions are at the same frame rate.
    """
    motion, before = to_world(motion), to_world(before)
    start, end = _placement(motion, 0), _placement(before, -1)
    placed = moved(motion, ground.compose(end, ground.inverse(start)))
    time = np.arange(placed.frames) / placed.fps
    share = np.clip(1.0 - time / _FADE, 0.0, 1.0)
    weight = share * share * (3.0 - 2.0 * share)
    root = placed.root_translation.astype(np.float64)
    root += weight[:, None] * (before.root_translation[-1] - root[0])
    rotations = placed.local_rotations.astype(np.float64)
    gap = quat.to_rotation_vector(quat.multiply(quat.conjugate(rotations[0]), before.local_rotations[-1]))
    rotations = quat.multiply(rotations, quat.from_rotation_vector(weight[:, None, None] * gap))
    positions, _ = forward_kinematics(placed.parents, placed.rest_offsets.astype(np.float64), root, rotations)
    return replace(
        placed,
        root_translation=root.astype(np.float32),
        local_rotations=quat.make_continuous(rotations).astype(np.float32),
        positions=positions.astype(np.float32),
        cycle=None,
    )


def _placement(motion: Motion, frame: int) -> Array:
    """Where (3,) the pelvis is over the ground at a frame, and where the figure faces."""
    x, _, z = motion.root_translation[frame].astype(np.float64)
    return np.array([x, z, ground.heading_of(motion.positions[frame])])
