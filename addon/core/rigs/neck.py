"""Neck and head: the line of bones in the middle beyond the arms."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from .pairs import Pair
from .tree import Tree

_IN_PLANE = 0.03  # a bone of the middle lies at most so far beside it, as a share of the figure's size
_BESIDE = 0.004  # a bone this far beside the middle, with another opposite, is one of a pair (an eye)
_LONGEST_NECK = 5  # bones from the neck's first on that are looked at
_NECK_LENGTH = 0.22  # from neck to head, as a share of the trunk from hips to shoulders


def find_neck(
    tree: Tree, arms: Pair, shoulders: NDArray[np.float64], trunk: NDArray[np.float64]
) -> dict[str, int]:  # fmt: skip
    """The bones of `neck` and `head`, of `head` alone, or none.

    `shoulders` is the point between the shoulders, `trunk` the way to it from between the hips. The line
    ends at the bone from which a face hangs; its head is the bone about a neck's length from the first.
    """
    length = float(np.linalg.norm(trunk))
    up = trunk / length
    candidates = _middle(tree, arms, arms.parent)

    def height(bone: int) -> float:
        tips = tree.heads[tree.below(bone)]
        top = max(float(((tips - shoulders) @ up).max()), float((tree.tails[bone] - shoulders) @ up))
        return top + 0.002 * length * min(tree.counts[bone], 50)

    if not candidates or height(best := max(candidates, key=height)) <= 0.0:
        return {}
    line = [best]
    while len(line) < _LONGEST_NECK and not _has_face(tree, arms, line[-1]):
        here = tree.heads[line[-1]]
        rising = [bone for bone in _middle(tree, arms, line[-1]) if float((tree.heads[bone] - here) @ up) > 0.0]
        if not rising:
            break
        line.append(max(rising, key=lambda bone: tree.counts[bone]))
    if len(line) == 1:
        return {"head": line[0]}
    return {"neck": line[0], "head": min(line[1:], key=lambda bone: _unlike_head(tree, line[0], bone, length))}


def _unlike_head(tree: Tree, neck: int, bone: int, trunk: float) -> float:
    way = float(np.linalg.norm(tree.heads[bone] - tree.heads[neck]))
    return abs(math.log(max(way, 1e-9) / (_NECK_LENGTH * trunk)))


def _has_face(tree: Tree, arms: Pair, bone: int) -> bool:
    """Whether paired bones (eyes, ears, pigtails) hang from the bone."""
    return len(tree.children[bone]) - len(_middle(tree, arms, bone)) >= 2


def _middle(tree: Tree, pair: Pair, parent: int) -> list[int]:
    """The children in the plane of symmetry that are not one of a pair, like the branches of `pair` itself."""
    below = [bone for bone in tree.children[parent] if bone not in {line[0] for line in pair.lines}]
    beside = {bone: float(tree.heads[bone] @ pair.normal) - pair.middle for bone in below}

    def paired(bone: int) -> bool:
        image = tree.heads[bone] - 2.0 * beside[bone] * pair.normal
        return abs(beside[bone]) > _BESIDE * tree.size and any(
            abs(beside[other] + beside[bone]) < 0.7 * abs(beside[bone])
            and float(np.linalg.norm(tree.heads[other] - image)) < _IN_PLANE * tree.size
            for other in below
        )

    return [bone for bone in below if abs(beside[bone]) < _IN_PLANE * tree.size and not paired(bone)]
