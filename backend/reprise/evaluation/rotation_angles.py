"""Angles between rotations, and how far bones turn from frame to frame beyond what their joints' positions explain."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reprise_core import quaternion as quat
from reprise_core.skeleton import JOINT_NAMES, PARENTS
from reprise_core.torso import fit_rotation

Array = NDArray[np.float64]

# Joints that turn a bone; the ends (head, wrists, feet) carry no turn of their own.
TURNING = tuple(joint for joint in range(len(PARENTS)) if joint in PARENTS)
_ROUNDS, _NEAREST = 30, 1.0  # of the median's iteration; degrees below which an angle no longer gains weight


def degrees_of(rotation: ArrayLike) -> Array:
    """The angles (...) in degrees, 0 to 180, of unit quaternions (..., 4)."""
    rotation = np.asarray(rotation, dtype=np.float64)
    return np.degrees(2.0 * np.arctan2(np.linalg.norm(rotation[..., 1:], axis=-1), np.abs(rotation[..., 0])))


def degrees_between(one: ArrayLike, other: ArrayLike) -> Array:
    """The angles (...) in degrees of the turns from rotations (..., 4) to others."""
    return degrees_of(quat.multiply(quat.conjugate(one), other))


def median_rotation(rotations: ArrayLike) -> Array:
    """The rotation (4,) from which the angles to rotations (N, 4) add up to least (L1 mean; Hartley et al., 2013).

    Weiszfeld's iteration: chordal means, weighted by one over the angle of the round before.
    """
    rotations = np.asarray(rotations, dtype=np.float64)
    weights = np.ones(len(rotations))
    median = rotations[0]
    for _ in range(_ROUNDS):
        median = np.linalg.eigh(np.einsum("n,ni,nj->ij", weights, rotations, rotations))[1][:, -1]
        weights = 1.0 / np.maximum(degrees_between(median, rotations), _NEAREST)
    return median


def turns_between_frames(rotations: ArrayLike) -> Array:
    """Degrees (T-1, J) that world rotations (T, J, 4) turn from each frame to the next."""
    rotations = np.asarray(rotations, dtype=np.float64)
    return degrees_of(quat.multiply(rotations[1:], quat.conjugate(rotations[:-1])))


def explained_turns(positions: ArrayLike) -> Array:
    """Degrees (T-1, len(TURNING)) that bones must turn from frame to frame for joints (T, 22, 3) to go where they do.

    For a joint with one child the angle between its bone's directions; for pelvis and chest the angle of the rotation
    that fits their children and themselves best. No twist is explained.
    """
    joints = np.asarray(positions, dtype=np.float64)
    turns = np.empty((len(joints) - 1, len(TURNING)))
    for column, joint in enumerate(TURNING):
        children = [child for child, parent in enumerate(PARENTS) if parent == joint]
        if len(children) == 1:
            bone = quat.normalize(joints[:, children[0]] - joints[:, joint])
            turns[:, column] = degrees_of(quat.between(bone[:-1], bone[1:]))
        else:
            cluster = joints[:, [joint, *children]]
            cluster = cluster - cluster.mean(axis=1, keepdims=True)
            steps = [fit_rotation(cluster[t], cluster[t + 1 : t + 2])[0] for t in range(len(joints) - 1)]
            turns[:, column] = degrees_of(np.array(steps).reshape(-1, 4))
    return turns


def twist_degrees(local_rotations: ArrayLike, joint: str, offsets: ArrayLike) -> Array:
    """Degrees (T,), -180 to 180, of the local rotations' (T, 22, 4) part about the bone that leaves `joint`.

    The twist of the swing-twist decomposition (Dobrowolski, 2015); `offsets` (22, 3) are the rest offsets.
    """
    index = JOINT_NAMES.index(joint)
    along = quat.normalize(np.asarray(offsets)[PARENTS.index(index)])
    local = np.asarray(local_rotations, dtype=np.float64)[:, index]
    return (np.degrees(2.0 * np.arctan2(local[:, 1:] @ along, local[:, 0])) + 180.0) % 360.0 - 180.0
