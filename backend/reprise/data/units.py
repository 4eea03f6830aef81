"""Which unit a figure is in and which way is up: recognised from its legs and from how it stands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reprise_core.quaternion import normalize
from reprise_core.skeleton import JOINT_NAMES

Array = NDArray[np.float64]

_J = {name: index for index, name in enumerate(JOINT_NAMES)}
_UNITS = {  # metres of one; the last is Acclaim's, as CMU writes it
    "metre": 1.0,
    "centimetre": 0.01,
    "millimetre": 0.001,
    "inch": 0.0254,
    "foot": 0.3048,
    "decimetre": 0.1,
    "Acclaim unit": 2.54 / 0.45 / 100.0,
}
_HUMAN_LEG = 0.83  # metres of thigh and shin of a standing adult
_LEGS = (0.68, 1.0)  # metres that adults' thigh and shin measure
_AXES = "xyz"
_SURE = 0.5  # mean upright direction along one axis from which on it is taken for up
_REST_WEIGHT = 0.25  # of the rest pose against all frames together


@dataclass(frozen=True)
class Unit:
    """Metres of one unit of a file, and why it is taken for that."""

    metres: float
    why: str


def leg_length(joints: Array) -> float:
    """Median length of thigh and shin together, mean of both legs, of joints (T, 22, 3)."""
    lengths = [
        np.median(np.linalg.norm(joints[:, _J[f"{side}_{a}"]] - joints[:, _J[f"{side}_{b}"]], axis=-1))
        for side in ("left", "right")
        for a, b in (("hip", "knee"), ("knee", "ankle"))
    ]
    return float(sum(lengths)) / 2.0


def guess_unit(leg: float) -> Unit:
    """The unit in which legs of length `leg` are nearest to an adult's; without any, what makes them 0.83 m."""
    said = f"legs of {leg:.4g} units"
    name, metres = min(_UNITS.items(), key=lambda unit: abs(np.log(leg * unit[1] / _HUMAN_LEG)))
    if _LEGS[0] <= leg * metres <= _LEGS[1]:
        return Unit(metres, f"{said} are {leg * metres:.2f} m in {_plural(name)}")
    return Unit(_HUMAN_LEG / leg, f"{said} fit no usual unit and are made {_HUMAN_LEG} m")


def up_axis(joints: Array, rest: Array) -> tuple[str, bool]:
    """The axis along which the figure stands, over frames (T, 22, 3) and the rest pose (1, 22, 3), and whether it is
    sure: a figure that lies all the time may stand at rest, and where even that says nothing Y is taken.
    """
    moving = _standing(joints)
    mean = moving + _REST_WEIGHT * _standing(rest)
    axis = int(np.argmax(mean))
    if mean[axis] < _SURE:
        return "y", False
    return _AXES[axis], bool(moving[axis] >= _SURE)


def y_up(joints: Array, up: str) -> Array:
    """Joints (..., 3) turned so that axis `up` becomes Y; right-handed as before."""
    if up == "z":
        return np.stack((joints[..., 0], joints[..., 2], -joints[..., 1]), axis=-1)
    if up == "x":
        return np.stack((-joints[..., 1], joints[..., 0], joints[..., 2]), axis=-1)
    return joints


def _standing(joints: Array) -> Array:
    """(3,) the mean direction from between the ankles to the neck."""
    feet = (joints[:, _J["left_ankle"]] + joints[:, _J["right_ankle"]]) / 2.0
    return np.mean(normalize(joints[:, _J["neck"]] - feet), axis=0)


def _plural(unit: str) -> str:
    return "feet" if unit == "foot" else "inches" if unit == "inch" else unit + "s"
