"""The skeleton of a figure known by its motion only: its bone lengths, and how its pelvis and chest are built."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from . import quaternion as quat
from .checks import checked_positions
from .skeleton import PARENTS, Skeleton, humanml3d_skeleton
from .torso import fit_rotation

_RIGID = (0, 9)  # pelvis and chest: the joints with several children, which move as one piece
_ROUNDS = 5  # of fitting turns to the shape and the shape to the turns; the shape hardly changes after two


def fit_skeleton(positions: ArrayLike) -> Skeleton:
    """The 22-joint skeleton that positions (T, 22, 3; metres) of a figure with other bones than ours move.

    Lengths are medians over time. What leaves the pelvis and the chest gets its own directions, by generalised
    Procrustes analysis (Gower, 1975) turned as near to our rest pose as it goes; every other bone points as in ours, so
    that rotations mean the same on both. Raises `RepriseError` for another shape and for values that are not finite.
    """
    joints = checked_positions(positions)
    bones = joints - joints[:, [max(parent, 0) for parent in PARENTS]]
    ours = humanml3d_skeleton(np.median(np.linalg.norm(bones, axis=-1), axis=0))
    offsets = ours.rest_offsets.copy()
    for joint in _RIGID:
        children = [child for child, parent in enumerate(PARENTS) if parent == joint]
        shape = offsets[children]
        for _ in range(_ROUNDS):
            turns = fit_rotation(shape, bones[:, children])
            shape = quat.rotate(quat.conjugate(turns)[:, None], bones[:, children]).mean(axis=0)
        offsets[children] = quat.rotate(fit_rotation(shape, offsets[children][None]), shape)
    return Skeleton(ours.joint_names, ours.parents, offsets)
