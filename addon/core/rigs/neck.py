"""Neck and head: the line of bones in the middle beyond the arms, and what of it still is the spine."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from .pairs import Pair
from .tree import ROOT, Tree

_IN_PLANE = 0.03  # a bone of the middle lies at most so far beside it, as a share of the figure's size
_APART = 0.008  # bones this far apart across the middle are a pair (eyes)
_LONGEST_NECK = 5  # bones from the neck's first on that are looked at
_TOGETHER = 0.01  # as a share of the trunk: bones as near as that begin in one place
_NECK_BEGINS = 0.2  # at most so far above the shoulders, likewise; a head begins higher
_NECK_LENGTH = 0.22  # from neck to head, as a share of the trunk from hips to shoulders


def find_neck(
    tree: Tree, arms: Pair, shoulders: NDArray[np.float64], trunk: NDArray[np.float64]
) -> tuple[tuple[int, ...], dict[str, int]]:  # fmt: skip
    """The bones of the line that still are the spine's, and those of `neck` and `head`, of `head` alone, or none.

    `shoulders` is the point between the shoulders, `trunk` the way to it from between the hips. The line
    ends at the bone from which a face hangs.
    """
    length = float(np.linalg.norm(trunk))
    up = trunk / length
    candidates = _middle(tree, arms, arms.parent)

    def height(bone: int) -> float:
        tips = tree.heads[tree.below(bone)]
        top = max(float(((tips - shoulders) @ up).max()), float((tree.tails[bone] - shoulders) @ up))
        return top + 0.002 * length * min(tree.counts[bone], 50)

    if not candidates or height(best := max(candidates, key=height)) <= 0.0:
        return (), {}
    line = [best]
    while len(line) < _LONGEST_NECK and not _has_face(tree, arms, line[-1]):
        here = tree.heads[line[-1]]
        rising = [bone for bone in _middle(tree, arms, line[-1]) if float((tree.heads[bone] - here) @ up) > 0.0]
        if not rising:
            break
        line.append(max(rising, key=lambda bone: tree.counts[bone]))
    spine: tuple[int, ...] = ()
    low = len(line) > 2 and float((tree.heads[line[1]] - shoulders) @ up) < _NECK_BEGINS * length
    if low and _begins_at_chest(tree, arms, line[0], length):
        spine, line = (line[0],), line[1:]  # CMU's first neck bones, in BVH and Acclaim: the neck is what follows
    if len(line) == 1:
        return spine, {"head": line[0]}
    return spine, {"neck": line[0], "head": _head(tree, line, up, length, _has_face(tree, arms, line[-1]))}


def _begins_at_chest(tree: Tree, arms: Pair, bone: int, trunk: float) -> bool:
    """Whether a bone starts where the bone does that carries the arms, or where both collar bones do."""
    carrier, *collars = (
        other != ROOT and float(np.linalg.norm(tree.heads[other] - tree.heads[bone])) < _TOGETHER * trunk
        for other in (arms.parent, *(line[0] for line in arms.lines))
    )
    return carrier or all(collars)


def _head(tree: Tree, line: list[int], up: NDArray[np.float64], trunk: float, face: bool) -> int:
    """The bone of a line from the neck up that is the head's; `face`: the line ends with a bone that carries a face."""
    if face:
        last = tree.heads[line[-1]] - tree.heads[line[-2]]
        in_front = float(last @ up) < 0.8 * float(np.linalg.norm(last))  # a bone for the face, before the head's
        return line[-2] if in_front and len(line) > 2 else line[-1]
    way = np.linalg.norm(tree.heads[line] - tree.heads[line[0]], axis=1)

    def unlike(place: int) -> float:
        cost = abs(math.log(max(float(way[place]), 1e-9) / (_NECK_LENGTH * trunk)))
        return cost + 0.3 * (way[-1] - way[place] < 1.3 * way[place] and place < len(line) - 1)  # a head is long

    return line[min(range(1, len(line)), key=unlike)]


def _has_face(tree: Tree, arms: Pair, bone: int) -> bool:
    """Whether paired bones (eyes, ears, pigtails) hang from the bone."""
    return len(tree.children[bone]) - len(_middle(tree, arms, bone)) >= 2


def _middle(tree: Tree, pair: Pair, parent: int) -> list[int]:
    """The children in the plane of symmetry that are not one of a pair, like the branches of `pair` itself."""
    below = [bone for bone in tree.children[parent] if bone not in {line[0] for line in pair.lines}]

    def paired(bone: int, other: int) -> bool:
        across = tree.heads[bone] - tree.heads[other]
        apart = float(np.linalg.norm(across))
        centred = abs(float((tree.heads[bone] + tree.heads[other]) / 2 @ pair.normal) - pair.middle)
        return (
            apart > _APART * tree.size
            and abs(float(across @ pair.normal)) > 0.9 * apart
            and centred < _IN_PLANE * tree.size
        )

    return [
        bone
        for bone in below
        if abs(float(tree.heads[bone] @ pair.normal) - pair.middle) < _IN_PLANE * tree.size
        and not any(paired(bone, other) for other in below if other != bone)
    ]
