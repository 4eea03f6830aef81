"""Rigid moves over the ground: an x and a z in metres and a heading in radians about +Y.

A placement (..., 3) says where a frame stands and where it faces; what is given within the frame is turned, then moved
by it. These are the planar rigid motions SE(2), here as complex numbers z + ix, so that a turn by the heading is a
multiplication and heading 0 faces +Z. Leading axes broadcast everywhere.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import quaternion as quat
from .skeleton import JOINT_NAMES

Array = NDArray[np.floating]

_LEFT, _RIGHT = ([JOINT_NAMES.index(f"{side}_{name}") for name in ("hip", "shoulder")] for side in ("left", "right"))
_UP = np.array([0.0, 1.0, 0.0])
_NO_TURN = 1e-9  # radians


def heading_of(positions: ArrayLike) -> Array:
    """Radians (...) about +Y that poses (..., 22, 3) face, from hips and shoulders; 0 where they do not say."""
    joints = np.asarray(positions, dtype=np.float64)
    across = joints[..., _LEFT, :].sum(axis=-2) - joints[..., _RIGHT, :].sum(axis=-2)
    return np.where(np.hypot(across[..., 0], across[..., 2]) > 1e-6, np.arctan2(-across[..., 2], across[..., 0]), 0.0)


def compose(outer: ArrayLike, inner: ArrayLike) -> Array:
    """The placement of what is placed by `inner` within a frame that is placed by `outer`."""
    place, heading = _split(outer)
    inside, turn = _split(inner)
    return _joined(place + np.exp(1j * heading) * inside, heading + turn)


def inverse(placement: ArrayLike) -> Array:
    """The placement that undoes this one."""
    place, heading = _split(placement)
    return _joined(-np.exp(-1j * heading) * place, -heading)


def power(placement: ArrayLike, times: ArrayLike) -> Array:
    """Where `times` (...) moves in a row by one placement (3,) lead: (..., 3). Parts follow its line or circle."""
    place, heading = _split(placement)
    times = np.asarray(times, dtype=np.float64)
    turns = abs(float(heading)) > _NO_TURN
    # The geometric series of the turns: each move sets out where the one before has led.
    share = (np.exp(1j * heading * times) - 1.0) / (np.exp(1j * heading) - 1.0) if turns else times
    return _joined(place * share, heading * times)


def move_points(placement: ArrayLike, points: ArrayLike) -> Array:
    """Points (..., 3) within frames, as points in the world."""
    place, heading = _split(placement)
    points = np.asarray(points, dtype=np.float64)
    moved = place + np.exp(1j * heading) * (points[..., 2] + 1j * points[..., 0])
    return np.stack((moved.imag, np.broadcast_to(points[..., 1], moved.shape), moved.real), axis=-1)


def move_rotations(placement: ArrayLike, rotations: ArrayLike) -> Array:
    """Rotations (..., 4) within frames, as rotations in the world."""
    turn = quat.from_axis_angle(_UP, np.asarray(placement, dtype=np.float64)[..., 2])
    return np.asarray(quat.multiply(turn, np.asarray(rotations, dtype=np.float64)))


def _split(placement: ArrayLike) -> tuple[NDArray[np.complex128], Array]:
    x, z, heading = np.moveaxis(np.asarray(placement, dtype=np.float64), -1, 0)
    return z + 1j * x, heading


def _joined(place: NDArray[np.complex128], heading: Array) -> Array:
    place, heading = np.broadcast_arrays(place, heading)
    return np.stack((place.imag, place.real, heading), axis=-1)
