"""Pairs of branches that mirror each other: what legs and arms, but also ears, pigtails and coat tails look like."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .tree import Tree

_LIMB_SHARE = 0.08  # a limb reaches at least so far, as a share of the figure's size
_LONGEST_LINE = 14  # bones of a limb that are looked at
_MOST_PAIRS = 16  # the pairs that reach farthest are enough


@dataclass(frozen=True)
class Pair:
    """Two branches that hang from one bone (or ROOT) and mirror each other at the plane `normal` . x = `middle`.

    `lines` are bones from each branch's first down to its tip, one opposite the other.
    """

    parent: int
    lines: tuple[tuple[int, ...], tuple[int, ...]]
    normal: NDArray[np.float64]
    middle: float


def find_pairs(tree: Tree) -> list[Pair]:
    """All pairs of sibling branches long enough to be legs or arms, the farthest reaching first."""
    shortest = _LIMB_SHARE * tree.size
    found: list[tuple[float, Pair]] = []
    for parent, below in tree.children.items():
        branches = [bone for bone in below if tree.depths[bone] >= 2 and tree.reach[bone] >= shortest]
        for position, first in enumerate(branches):
            for second in branches[position + 1 :]:
                lines = _twin_lines(tree, first, second)
                pair = _mirrored(tree, parent, lines)
                if pair is not None and (reach := _length(tree, lines[0])) >= shortest:
                    found.append((reach, pair))
    found.sort(key=lambda item: -item[0])
    return [pair for _, pair in found[:_MOST_PAIRS]]


def _twin_lines(tree: Tree, first: int, second: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Down both branches at once, at each fork along the two children that are most alike and reach far."""
    left, right = [first], [second]
    while len(left) < _LONGEST_LINE:
        options = [(a, b) for a in tree.children[left[-1]] for b in tree.children[right[-1]]]
        if not options:
            break
        across = tree.heads[left] - tree.heads[right]
        normal = across.sum(axis=0)
        norm = float(np.linalg.norm(normal))
        normal = normal / norm if norm > 1e-3 * tree.size else np.zeros(3)

        def alike(option: tuple[int, int], normal: NDArray[np.float64] = normal) -> float:
            a, b = option
            one, other = tree.heads[a] - tree.heads[left[-1]], tree.heads[b] - tree.heads[right[-1]]
            if normal.any():
                error = float(np.linalg.norm(one - other + 2.0 * (other @ normal) * normal))
            else:
                error = abs(float(np.linalg.norm(one)) - float(np.linalg.norm(other)))
            reach = min(float(np.linalg.norm(one)) + tree.reach[a], float(np.linalg.norm(other)) + tree.reach[b])
            return reach * (1.0 + 0.05 * min(tree.counts[a], tree.counts[b], 10)) - 4.0 * error

        best = max(options, key=alike)
        if alike(best) < -0.02 * tree.size:  # not alike at all: a sword in one hand
            break
        left.append(best[0])
        right.append(best[1])
    return tuple(left), tuple(right)


def _mirrored(tree: Tree, parent: int, lines: tuple[tuple[int, ...], tuple[int, ...]]) -> Pair | None:
    """The pair, if the one line is about the mirror image of the other."""
    a, b = (tree.heads[list(line)] for line in lines)
    across = (a - b).sum(axis=0)
    norm = float(np.linalg.norm(across))
    if norm < 1e-3 * tree.size:
        return None
    normal = across / norm
    middle = float(((a + b) / 2 @ normal).mean())
    image = b + 2 * (middle - b @ normal)[:, None] * normal
    error = float(np.linalg.norm(image - a, axis=1).max())
    return Pair(parent, lines, normal, middle) if error < 0.2 * _length(tree, lines[0]) else None


def _length(tree: Tree, line: tuple[int, ...]) -> float:
    last = line[-1]
    end = 0.0 if tree.children[last] else float(np.linalg.norm(tree.tails[last] - tree.heads[last]))
    return float(np.linalg.norm(np.diff(tree.heads[list(line)], axis=0), axis=1).sum()) + end
