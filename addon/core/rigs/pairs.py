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
    # Rounded, as below: of a skirt's many lines it must not depend on the pose which are left out.
    found.sort(key=lambda item: -round(item[0] / tree.size, 6))
    return [pair for _, pair in found[:_MOST_PAIRS]]


def _twin_lines(tree: Tree, first: int, second: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Down both branches at once, at each fork along the two children that are most alike and reach far."""
    left, right = [first], [second]
    while len(left) < _LONGEST_LINE:
        below, opposite = list(tree.children[left[-1]]), list(tree.children[right[-1]])
        if not below or not opposite:
            break
        ways, others = tree.heads[below] - tree.heads[left[-1]], tree.heads[opposite] - tree.heads[right[-1]]
        lengths, other_lengths = np.linalg.norm(ways, axis=1), np.linalg.norm(others, axis=1)
        across = (tree.heads[left] - tree.heads[right]).sum(axis=0)
        norm = float(np.linalg.norm(across))
        if norm > 1e-3 * tree.size:
            normal = across / norm
            images = others - 2.0 * (others @ normal)[:, None] * normal
            error = np.linalg.norm(ways[:, None] - images, axis=-1)
        else:  # both still in one place
            error = np.abs(lengths[:, None] - other_lengths)
        reach = np.minimum((lengths + tree.reach[below])[:, None], other_lengths + tree.reach[opposite])
        counts = np.minimum(np.minimum(tree.counts[below][:, None], tree.counts[opposite]), 10)
        # Rounded: of two that are as good, the first is taken, whatever the rounding errors of another pose say.
        alike = np.round((reach * (1.0 + 0.05 * counts) - 4.0 * error) / tree.size, 6)
        if alike.max() < -0.02:  # a sword in one hand
            break
        best = np.unravel_index(int(alike.argmax()), alike.shape)
        left.append(below[int(best[0])])
        right.append(opposite[int(best[1])])
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
