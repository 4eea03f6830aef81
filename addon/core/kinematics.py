"""Forward kinematics of the shared skeleton."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from . import quaternion as quat


def forward_kinematics(
    parents: Sequence[int], rest_offsets: ArrayLike, root_translation: ArrayLike, local_rotations: ArrayLike
) -> tuple[quat.Array, quat.Array]:
    """World positions (T, J, 3) and rotations (T, J, 4) from local rotations (T, J, 4) and the root's place (T, 3)."""
    offsets, local = np.asarray(rest_offsets), np.asarray(local_rotations)
    rotations = np.empty_like(local)
    positions = np.empty((*local.shape[:-1], 3), dtype=local.dtype)
    for joint, parent in enumerate(parents):
        if parent < 0:
            rotations[:, joint], positions[:, joint] = local[:, joint], np.asarray(root_translation)
        else:
            rotations[:, joint] = quat.multiply(rotations[:, parent], local[:, joint])
            positions[:, joint] = positions[:, parent] + quat.rotate(rotations[:, parent], offsets[joint])
    return positions, rotations
