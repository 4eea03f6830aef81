"""Where a clip can be cut so that it goes round: two frames that look alike, and how the second leads to the first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .motion import Motion
from .skeleton import CONTACT_JOINTS

Array = NDArray[np.floating]

_SHORTEST = 0.6  # seconds: a running stride takes longer
_LOOK_AHEAD = 0.15  # seconds: a velocity counts as the way it leads in this time
_UNSEEN = 0.01  # metres: frames that are nearer than that are not better
_AT_REST = 0.02  # metres a second: slower is standing still
_STANDS = 20.0  # weight of a foot in contact against 1 for any other joint, cubed if it never lets go
_STRAIGHT_ON = np.radians(5.0)  # a cycle that turns less goes straight


@dataclass(frozen=True)
class Cut:
    """Frames `begin` and `end` of a clip that look alike, and by how many metres a joint differs, root mean square."""

    begin: int
    end: int
    mismatch: float


def best_cut(motion: Motion) -> Cut | None:
    """The cut with the least mismatch for how much its frames move, of all pairs at least 0.6 s apart; None without.

    The mismatch of two frames is that of joint places and velocities after the best rigid move over the ground, as in
    motion graphs (Kovar, Gleicher & Pighin, 2002, section 3.1; in closed form as a complex product, and with velocities
    for their windows of frames). The same feet are in contact at both ends. The mismatch is weighed against the speed
    of what lies between, or else standing still would be the best cycle of every clip.
    """
    shortest = max(2, int(np.ceil(_SHORTEST * motion.fps)))
    if motion.frames <= shortest:
        return None
    joints = motion.positions.astype(np.float64)
    ways = _LOOK_AHEAD * motion.fps * np.gradient(joints, axis=0)
    centred = joints - joints.mean(axis=1, keepdims=True) * np.array([1.0, 0.0, 1.0])
    points = np.concatenate((centred, ways), axis=1)
    level = points[..., 2] + 1j * points[..., 0]
    size = np.sum(points**2, axis=(1, 2))
    busy = np.concatenate(([0.0], np.cumsum(np.mean(np.sum(ways**2, axis=-1), axis=-1))))
    feet = motion.foot_contact.reshape(len(joints), 2, 2).max(axis=-1) > 0.5
    best, best_score = None, np.inf
    for begin in range(len(joints) - shortest):  # row by row: all pairs of a long clip would not fit into memory
        ends = slice(begin + shortest, len(joints))
        shared = points[ends, :, 1] @ points[begin, :, 1] + np.abs(level[ends] @ level[begin].conj())
        squared = np.maximum(size[begin] + size[ends] - 2.0 * shared, 0.0) / joints.shape[1]
        frames = np.arange(ends.start, ends.stop)
        speed = (busy[frames] - busy[begin]) / (frames - begin)
        score = (squared + _UNSEEN**2) / (speed + (_LOOK_AHEAD * _AT_REST) ** 2)
        score[(feet[ends] != feet[begin]).any(axis=-1)] = np.inf
        nearest = int(np.argmin(score))
        if score[nearest] < best_score:
            best_score = score[nearest]
            best = Cut(begin, int(frames[nearest]), float(np.sqrt(squared[nearest])))
    return best


def round_step(motion: Motion, cut: Cut) -> Array:
    """The placement (3,) that moves the pose at `begin` nearest to the pose at `end`, standing feet before the rest.

    Least squares over the joints in the plane (as Kovar, Gleicher & Pighin, 2002, eq. 2 to 4, weighted).
    """
    first, last = motion.positions[[cut.begin, cut.end]].astype(np.float64)
    weights = np.ones(len(first))
    feet, down = np.array(CONTACT_JOINTS), motion.foot_contact[cut.begin : cut.end + 1] > 0.5
    weights[feet[down[0] & down[-1]]] = _STANDS
    weights[feet[down.all(axis=0)]] = _STANDS**3
    weights /= weights.sum()
    a, b = (pose[:, 2] + 1j * pose[:, 0] for pose in (first, last))
    middle_a, middle_b = weights @ a, weights @ b
    turn = float(np.angle(np.sum(weights * (b - middle_b) * (a - middle_a).conj())))
    if abs(turn) < _STRAIGHT_ON:
        turn = 0.0
    place = middle_b - np.exp(1j * turn) * middle_a
    return np.array([place.imag, place.real, turn])
