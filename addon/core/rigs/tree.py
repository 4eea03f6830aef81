"""The tree of a rig's bones, measured: what hangs below each bone and how far it reaches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .bones import Bones

ROOT = -1  # stands for the parent of all roots


@dataclass(frozen=True)
class Tree:
    """Per bone b: `children[b]` (and `children[ROOT]`), `reach[b]` the longest way from its head down to a tip, in the
    rig's unit, `counts[b]` the bones from it on, `depths[b]` the bones on its longest line of descent, itself included.
    `size` is the diagonal of the box around all heads.
    """

    parents: tuple[int, ...]
    heads: NDArray[np.float64]
    tails: NDArray[np.float64]
    children: dict[int, tuple[int, ...]]
    reach: NDArray[np.float64]
    counts: NDArray[np.intp]
    depths: NDArray[np.intp]
    size: float

    def below(self, bone: int) -> list[int]:
        """The bone and all that hangs on it."""
        found = [bone]
        for item in found:
            found.extend(self.children[item])
        return found


def build_tree(bones: Bones) -> Tree:
    """The measured tree of `bones`."""
    number = len(bones.names)
    children: dict[int, list[int]] = {ROOT: []} | {bone: [] for bone in range(number)}
    for bone, parent in enumerate(bones.parents):
        children[parent].append(bone)
    own = np.linalg.norm(bones.tails - bones.heads, axis=1)
    edges = [
        float(np.linalg.norm(bones.heads[bone] - bones.heads[parent])) if parent >= 0 else 0.0
        for bone, parent in enumerate(bones.parents)
    ]
    reach, counts, depths = [0.0] * number, [1] * number, [1] * number
    for bone in reversed(range(number)):
        if not children[bone]:
            reach[bone] = float(own[bone])
        parent = bones.parents[bone]
        if parent >= 0:
            reach[parent] = max(reach[parent], edges[bone] + reach[bone])
            counts[parent] += counts[bone]
            depths[parent] = max(depths[parent], 1 + depths[bone])
    size = float(np.linalg.norm(np.ptp(bones.heads, axis=0))) if number else 0.0
    return Tree(
        bones.parents, bones.heads, bones.tails, {bone: tuple(below) for bone, below in children.items()},
        np.array(reach), np.array(counts, dtype=np.intp), np.array(depths, dtype=np.intp), size,
    )  # fmt: skip


def ancestors(parents: Sequence[int], bone: int) -> list[int]:
    """The bone itself, its parent and so on up to its root, then ROOT."""
    line = [bone]
    while line[-1] != ROOT:
        line.append(parents[line[-1]])
    return line


def common_ancestor(parents: Sequence[int], first: int, second: int) -> int:
    """The lowest bone that both hang below (or are), ROOT if there is none."""
    above = set(ancestors(parents, first))
    return next(bone for bone in ancestors(parents, second) if bone in above)
