"""Which bones along a limb are its joints: the choice whose proportions and bends are most like a human limb's.

Both sides are judged as one, by the mean of their measures, so that left and right always get the same joints.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from .pairs import Pair
from .tree import Tree

_SKIPPED = 0.3  # cost of a bone between two joints (a twist bone)
_NO_END = 0.6  # cost of a wrist or ankle with nothing beyond it
_NO_BONE_AT_THE_END = 1.5  # cost of taking a tail for the wrist or ankle
_ASIDE, _ALIKE = 0.9, 0.8  # cosines: of a thumb to the arm, at most; to the other's mirror image, at least
_NO_THUMB = 1.5  # cost of a wrist without the thumb that another bone of the arm has


@dataclass(frozen=True)
class Limb:
    """Role (`hip`, `knee`, ...) -> place in the pair's lines, and how unlike a human limb that is (0 = like)."""

    roles: dict[str, int]
    cost: float


@dataclass(frozen=True)
class _Measures:
    """Of the points along a limb, mean of both sides: distances (k, k), way from the first, distance from the plane of
    symmetry, how many of them are bones, and how many branches of two bones and more leave each.
    """

    apart: list[list[float]]
    way: list[float]
    out: list[float]
    bones: int
    forks: list[int]

    def bend(self, first: int, middle: int, last: int) -> float:
        """Degrees between the way from `first` to `middle` and that from there to `last`."""
        a, b, c = self.apart[first][middle], self.apart[middle][last], self.apart[first][last]
        return math.degrees(math.acos(max(-1.0, min(1.0, (c * c - a * a - b * b) / (2.0 * a * b))))) if a * b else 0.0


def fit_leg(tree: Tree, pair: Pair) -> Limb | None:
    """Hip, knee, ankle and, where there is one, foot along the pair's lines; None when there are too few bones."""
    m = _measure(tree, pair)
    points = len(m.way)
    best: Limb | None = None
    for hip, knee, ankle in combinations(range(points), 3):
        thigh, shin = m.apart[hip][knee], m.apart[knee][ankle]
        length = thigh + shin
        if min(thigh, shin) <= 0.1 * length:
            continue
        cost = ((thigh / length - 0.5) / 0.08) ** 2 + (m.bend(hip, knee, ankle) / 30.0) ** 2
        cost += _choice_cost(m, hip, knee, ankle) + 4.0 * (m.out[hip] < 0.03 * length)
        rest = (m.way[-1] - m.way[ankle]) / length
        cost += (max(0.0, rest - 0.45) / 0.1) ** 2
        cost += (max(0.0, 40.0 - m.bend(knee, ankle, ankle + 1)) / 20.0) ** 2 if rest > 0.05 else _NO_END
        cost += _NO_BONE_AT_THE_END * (ankle >= m.bones)
        if best is None or cost < best.cost:
            roles = {"hip": hip, "knee": knee} | ({"ankle": ankle} if ankle < m.bones else {})
            best = Limb(roles | _toe(m, ankle, length), cost)
    return best


def fit_arm(tree: Tree, pair: Pair) -> Limb | None:
    """Shoulder, elbow, wrist and, where there is one, collar along the pair's lines; see `fit_leg`."""
    m = _measure(tree, pair)
    most = max(m.forks)
    thumbs = [place > 1 and most < 2 and _has_thumb(tree, pair, place) for place in range(len(m.way))]
    best: Limb | None = None
    for shoulder, elbow, wrist in combinations(range(len(m.way)), 3):
        upper, lower = m.apart[shoulder][elbow], m.apart[elbow][wrist]
        length = upper + lower
        if min(upper, lower) <= 0.1 * length:
            continue
        cost = ((upper / length - 0.53) / 0.09) ** 2 + (m.bend(shoulder, elbow, wrist) / 40.0) ** 2
        cost += _choice_cost(m, shoulder, elbow, wrist)
        rest = (m.way[-1] - m.way[wrist]) / length
        cost += (max(0.0, rest - 0.6) / 0.15) ** 2 + _NO_END * (rest < 0.05)
        if most >= 2:  # the fingers fork at the hand
            cost += (3.0 if most >= 3 else 1.0) * (m.forks[wrist] < most)
        elif any(thumbs):
            cost += _NO_THUMB * (not thumbs[wrist])
        if shoulder == 0:
            cost += 3.0 * (m.out[0] < 0.12 * length)
        else:
            collar = m.apart[0][shoulder] / length
            cost += ((collar - 0.28) / 0.17) ** 2 - 0.5  # a collar is no bone too many
        cost += _NO_BONE_AT_THE_END * (wrist >= m.bones)
        if best is None or cost < best.cost:
            roles = {"shoulder": shoulder, "elbow": elbow} | ({"wrist": wrist} if wrist < m.bones else {})
            best = Limb(roles | _collar(m, shoulder, length), cost)
    return best


def _choice_cost(m: _Measures, first: int, middle: int, last: int) -> float:
    """Cost of bones passed over before and between a limb's joints.

    Between two joints they lie on a line (twist bones). Of bones in one place (a cancel bone before a hip, a finger
    base after a wrist) the one next to the limb's middle costs least.
    """
    upper, lower = m.apart[first][middle], m.apart[middle][last]
    near = 0.01 * (upper + lower)
    before = sum(m.apart[i][i + 1] > near for i in range(first))
    doubled = (m.apart[first][first + 1] <= near) + (m.apart[last - 1][last] <= near)
    detour = (m.way[middle] - m.way[first]) / upper + (m.way[last] - m.way[middle]) / lower - 2.0
    return _SKIPPED * (last - first - 2) + 0.5 * before + 0.4 * doubled + (detour / 0.03) ** 2


def _toe(m: _Measures, ankle: int, length: float) -> dict[str, int]:
    """The bone beyond the ankle where the toes begin, about three quarters of the way to the last one."""
    toes = [point for point in range(ankle + 1, m.bones) if 0.03 < m.apart[ankle][point] / length < 0.6]
    if not toes:
        return {}
    return {"foot": min(toes, key=lambda point: abs(m.apart[ankle][point] / m.apart[ankle][toes[-1]] - 0.75))}


def _collar(m: _Measures, shoulder: int, length: float) -> dict[str, int]:
    """The first bone before the shoulder that is apart from it; of those in one place the last."""
    near = 0.01 * length
    apart = [point for point in range(shoulder) if m.apart[point][shoulder] > 0.05 * length]
    return {"collar": max(point for point in apart if m.apart[apart[0]][point] <= near)} if apart else {}


def _measure(tree: Tree, pair: Pair) -> _Measures:
    sides = []
    for line in pair.lines:
        points = [tree.heads[bone] for bone in line]
        last = line[-1]
        if not tree.children[last] and np.linalg.norm(tree.tails[last] - tree.heads[last]) > 0.005 * tree.size:
            points.append(tree.tails[last])
        sides.append(np.array(points))
    length = min(len(points) for points in sides)
    both = np.stack([points[:length] for points in sides])
    apart = np.linalg.norm(both[:, :, None] - both[:, None], axis=-1).mean(axis=0)
    way = np.concatenate(([0.0], np.cumsum(np.diagonal(apart, 1))))
    out = np.abs(both @ pair.normal - pair.middle).mean(axis=0)
    bones = len(pair.lines[0])
    forks = [
        min(sum(tree.depths[child] >= 2 for child in tree.children[line[i]]) for line in pair.lines)
        for i in range(min(bones, length))
    ]
    return _Measures(apart.tolist(), way.tolist(), out.tolist(), bones, forks + [0] * (length - len(forks)))


def _has_thumb(tree: Tree, pair: Pair, place: int) -> bool:
    """Whether bones that point aside, the one as the other's mirror image, begin where the lines' next ones do."""
    if place + 1 >= len(pair.lines[0]):
        return False
    ways, others = (_aside(tree, line, place) for line in pair.lines)
    images = [other - 2.0 * float(other @ pair.normal) * pair.normal for other in others]
    return any(float(way @ image) > _ALIKE for way in ways for image in images)


def _aside(tree: Tree, line: tuple[int, ...], place: int) -> list[NDArray[np.float64]]:
    """Where bones point to (unit vectors) that begin where the line's next one does, but do not go on as it does."""
    start, after = tree.heads[line[place]], line[place + 1]
    found = []
    for bone in tree.children[line[place]]:
        way = tree.tails[bone] - tree.heads[bone]
        length = float(np.linalg.norm(way))
        together = float(np.linalg.norm(tree.heads[bone] - tree.heads[after])) < 1e-3 * tree.size
        if bone != after and together and length > 0.0:
            found.append(way / length)
    on = tree.heads[after] - start
    return [way for way in found if float(way @ on) < _ASIDE * float(np.linalg.norm(on))]
