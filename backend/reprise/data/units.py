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
_SURE = 0.5  # of the mean direction from feet to neck along one axis, from which on it is taken for up
_STANDS = 0.9  # the same for a pose that plainly stands


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


def up_axis(joints: Array, rest: Array) -> tuple[str, str]:
    """The vertical axis of joints (T, 22, 3), and a sentence where that was not plain.

    It is the axis along which the rest pose (1, 22, 3) stands, since a motion may lie all the time; where the rest pose
    does not stand, as some exporters' zero poses do not, the one along which the figure stands most; else Y.
    """
    moving, resting = _standing(joints), _standing(rest)
    axis, most = int(np.argmax(resting)), int(np.argmax(moving))
    if resting[axis] < _STANDS:
        if moving[most] < _SURE:
            return "y", "Y is taken as up, though the figure never stands."
        return _AXES[most], f"{_AXES[most].upper()} is taken as up, since the figure stands along it."
    if most != axis and moving[most] > _STANDS:
        return _AXES[axis], f"{_AXES[axis].upper()} is up in the rest pose and taken for that, though the figure lies."
    return _AXES[axis], "" if _AXES[axis] == "y" else f"{_AXES[axis].upper()} is taken as up, as in the rest pose."


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
