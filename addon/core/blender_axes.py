"""From our axes to Blender's: Y up to Z up, and a Motion to the channels that pose bones are keyed with."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from . import quaternion as quat
from .motion import Motion

Y_UP_TO_Z_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])


def to_z_up(vectors: ArrayLike) -> quat.Array:
    """Vectors (..., 3) with Y up, facing +Z, as Blender's with Z up, facing -Y: (x, y, z) -> (x, -z, y)."""
    return np.asarray(vectors) @ Y_UP_TO_Z_UP.T


def rotations_to_z_up(quaternions: ArrayLike) -> quat.Array:
    """Quaternions (..., 4) of our axes as the same turns in Blender's axes: only the axis is converted."""
    quaternions = np.asarray(quaternions)
    return np.concatenate((quaternions[..., :1], to_z_up(quaternions[..., 1:])), axis=-1)


def pose_channels(
    motion: Motion, rest_matrices: ArrayLike, root_head: ArrayLike = (0.0, 0.0, 0.0)
) -> tuple[quat.Array, quat.Array]:
    """What to key on an armature of the motion's skeleton: root `location` (T, 3), `rotation_quaternion` (T, J, 4).

    The armature is parented as the skeleton and has each bone's head at the joint's rest position, in Blender's axes;
    roll and tail are free. `rest_matrices` (J, 3, 3) are the bones' rest axes in armature space
    (`bone.matrix_local.to_3x3()`), `root_head` (3,) the place of the root bone's head there (metres). The motion is
    then played in armature space.

    Blender evaluates a bone as P = P_parent * (M_parent^-1 M) * B with M the rest and B the keyed matrix. With
    P = G M for a turn G of the joint that is B = M^-1 (G_parent^-1 G) M: the local turn seen in the bone's rest axes.
    """
    rest = quat.from_matrix(np.asarray(rest_matrices, dtype=np.float64))
    local = rotations_to_z_up(np.asarray(motion.local_rotations, dtype=np.float64))
    quaternions = quat.make_continuous(quat.normalize(quat.multiply(quat.multiply(quat.conjugate(rest), local), rest)))
    root = motion.parents.index(-1)
    moved = to_z_up(np.asarray(motion.root_translation, dtype=np.float64)) - np.asarray(root_head, dtype=np.float64)
    return quat.rotate(quat.conjugate(rest[root]), moved), quaternions
