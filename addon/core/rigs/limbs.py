"""Which bones along a limb are its joints: the choice whose proportions and bends are most like a human limb's."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from .tree import Tree, main_line

_LONGEST_LINE = 14  # bones of a limb that are looked at
_SKIPPED = 0.3  # cost of a bone between two joints (a twist bone)
_NO_END = 0.6  # cost of a wrist or ankle with nothing beyond it
_NO_BONE_AT_THE_END = 1.5  # cost of taking a tail for the wrist or ankle


@dataclass(frozen=True)
class Limb:
    """Role (`hip`, `knee`, ...) -> bone, and how unlike a human limb the choice is (0 = like)."""

    bones: dict[str, int]
    cost: float


def fit_leg(tree: Tree, bone: int, lateral: NDArray[np.float64], middle: float) -> Limb | None:
    """Hip, knee, ankle and, where there is one, foot among the bones from `bone` down.

    `lateral` is the unit normal of the figure's plane of symmetry, `middle` the plane's place along it. None when there
    are too few bones.
    """
    line, points = _line(tree, bone)
    best: Limb | None = None
    for hip, knee, ankle in combinations(range(len(points)), 3):
        thigh, shin = points[knee] - points[hip], points[ankle] - points[knee]
        length = _norm(thigh) + _norm(shin)
        if min(_norm(thigh), _norm(shin)) < 0.1 * length or length == 0.0:
            continue
        cost = ((_norm(thigh) / length - 0.5) / 0.08) ** 2 + (_angle(thigh, shin) / 30.0) ** 2
        cost += _choice_cost(points, hip, knee, ankle)
        cost += 4.0 * (abs(float(points[hip] @ lateral) - middle) < 0.03 * length)
        rest = _way(points, ankle, len(points) - 1) / length
        cost += (max(0.0, rest - 0.45) / 0.1) ** 2
        if rest > 0.05:
            cost += (max(0.0, 40.0 - _angle(shin, points[ankle + 1] - points[ankle])) / 20.0) ** 2
        else:
            cost += _NO_END
        if ankle >= len(line):
            cost += _NO_BONE_AT_THE_END
        if best is None or cost < best.cost:
            roles = {"hip": line[hip], "knee": line[knee]} | ({"ankle": line[ankle]} if ankle < len(line) else {})
            toes = [i for i in range(ankle + 1, len(line)) if 0.05 < _norm(points[i] - points[ankle]) / length < 0.45]
            if toes:
                roles["foot"] = line[min(toes, key=lambda i: _unlike_toe(points, ankle, i, length))]
            best = Limb(roles, cost)
    return best


def fit_arm(tree: Tree, bone: int, lateral: NDArray[np.float64], middle: float) -> Limb | None:
    """Shoulder, elbow, wrist and, where there is one, collar among the bones from `bone` down; see `fit_leg`."""
    line, points = _line(tree, bone)
    forks = [*(sum(tree.depths[child] >= 2 for child in tree.children[b]) for b in line), 0]
    most = max(forks)
    best: Limb | None = None
    for shoulder, elbow, wrist in combinations(range(len(points)), 3):
        upper, lower = points[elbow] - points[shoulder], points[wrist] - points[elbow]
        length = _norm(upper) + _norm(lower)
        if min(_norm(upper), _norm(lower)) < 0.1 * length or length == 0.0:
            continue
        cost = ((_norm(upper) / length - 0.53) / 0.09) ** 2 + (_angle(upper, lower) / 40.0) ** 2
        cost += _choice_cost(points, shoulder, elbow, wrist)
        rest = _way(points, wrist, len(points) - 1) / length
        cost += (max(0.0, rest - 0.6) / 0.15) ** 2 + _NO_END * (rest < 0.05)
        if most >= 2:  # the fingers fork at the hand
            cost += (3.0 if most >= 3 else 1.0) * (forks[min(wrist, len(forks) - 1)] < most)
        out = abs(float(points[shoulder] @ lateral) - middle) / length
        if shoulder == 0:
            cost += 3.0 * (out < 0.12)
        else:
            collar = _norm(points[shoulder] - points[0]) / length
            cost -= 0.5  # a collar is no bone too many
            cost += (max(0.0, collar - 0.45) / 0.08) ** 2 + (max(0.0, 0.05 - collar) / 0.02) ** 2
        if wrist >= len(line):
            cost += _NO_BONE_AT_THE_END
        if best is None or cost < best.cost:
            apart = [i for i in range(shoulder) if _norm(points[shoulder] - points[i]) > 0.05 * length]
            roles = {"collar": line[apart[-1]]} if apart else {}
            roles |= {"shoulder": line[shoulder], "elbow": line[elbow]}
            roles |= {"wrist": line[wrist]} if wrist < len(line) else {}
            best = Limb(roles, cost)
    return best


def _choice_cost(points: Sequence[NDArray[np.float64]], first: int, middle: int, last: int) -> float:
    """Cost of bones passed over before and between a limb's joints.

    Between two joints they lie on a line (twist bones). Of bones in one place (a cancel bone before a hip, a finger
    base after a wrist) the one next to the limb's middle costs least.
    """
    upper, lower = _norm(points[middle] - points[first]), _norm(points[last] - points[middle])
    near = 0.01 * (upper + lower)
    before = sum(_norm(points[i + 1] - points[i]) > near for i in range(first))
    doubled = (_norm(points[first + 1] - points[first]) <= near) + (_norm(points[last] - points[last - 1]) <= near)
    detour = _way(points, first, middle) / upper + _way(points, middle, last) / lower - 2.0
    return _SKIPPED * (last - first - 2) + 0.5 * before + 0.4 * doubled + (detour / 0.03) ** 2


def _unlike_toe(points: Sequence[NDArray[np.float64]], ankle: int, toe: int, length: float) -> float:
    """How far a point beyond the ankle is from where the toes begin; the very tip is mostly their end."""
    return abs(_norm(points[toe] - points[ankle]) / length - 0.16) + 0.1 * (toe == len(points) - 1)


def _way(points: Sequence[NDArray[np.float64]], first: int, last: int) -> float:
    """Length of the way along the points from one to another."""
    return sum(_norm(points[i + 1] - points[i]) for i in range(first, last))


def _line(tree: Tree, bone: int) -> tuple[list[int], list[NDArray[np.float64]]]:
    """The limb's bones, and the points along it: their heads, and the last one's tail if it has any length."""
    line = main_line(tree, bone)[:_LONGEST_LINE]
    points = [tree.heads[b] for b in line]
    last = line[-1]
    if not tree.children[last] and _norm(tree.tails[last] - tree.heads[last]) > 0.005 * tree.size:
        points.append(tree.tails[last])
    return line, points


def _norm(vector: NDArray[np.float64]) -> float:
    return math.sqrt(float(vector @ vector))


def _angle(first: Sequence[float] | NDArray[np.float64], second: Sequence[float] | NDArray[np.float64]) -> float:
    """Degrees between two vectors."""
    first, second = np.asarray(first), np.asarray(second)
    scale = _norm(first) * _norm(second)
    return math.degrees(math.acos(max(-1.0, min(1.0, float(first @ second) / scale)))) if scale > 0.0 else 0.0
