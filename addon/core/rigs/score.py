"""How well a choice of bones holds up as a human figure: order in the tree, sides apart, matching lengths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from ..skeleton import JOINT_NAMES, PARENTS
from .tree import Tree, ancestors

ESSENTIAL = (
    "pelvis", "left_hip", "right_hip", "left_knee", "right_knee",
    "left_shoulder", "right_shoulder", "left_elbow", "right_elbow",
)  # fmt: skip
_SEGMENTS = (("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow"), ("elbow", "wrist"))
_ALIKE = 0.25  # lengths left and right differ by less, as a share


def coverage(bones: Mapping[str, int]) -> float:
    """Share of the 22 joints found, essential ones, head, hands and feet counting double."""
    double = {*ESSENTIAL, "head", "left_ankle", "right_ankle", "left_wrist", "right_wrist"}
    weights = {joint: 2.0 if joint in double else 1.0 for joint in JOINT_NAMES}
    return sum(weights[joint] for joint in bones) / sum(weights.values())


def soundness(tree: Tree, bones: Mapping[str, int]) -> float:
    """Share in [0, 1] of the checks that hold; independent of pose, axes and unit. 0 without anything to check."""
    checks = [*_order(tree, bones), *_lengths(tree, bones)]
    return sum(checks) / len(checks) if checks else 0.0


def _order(tree: Tree, bones: Mapping[str, int]) -> Iterator[bool]:
    """Each joint's bone hangs below the bone of the joint before it; in control rigs, starts where that ends, or hangs
    below a bone that starts in the same place.
    """
    for joint, bone in bones.items():
        before = PARENTS[JOINT_NAMES.index(joint)]
        while before >= 0 and JOINT_NAMES[before] not in bones:
            before = PARENTS[before]
        if before < 0:
            continue
        above = bones[JOINT_NAMES[before]]
        line = ancestors(tree.parents, bone)[1:-1]
        yield above in line or _touch(tree, above, bone) or any(_start_together(tree, above, other) for other in line)


def _touch(tree: Tree, above: int, below: int) -> bool:
    return float(np.abs(tree.tails[above] - tree.heads[below]).max()) < 0.01 * tree.size


def _start_together(tree: Tree, first: int, second: int) -> bool:
    return float(np.abs(tree.heads[first] - tree.heads[second]).max()) < 1e-3 * tree.size


def _lengths(tree: Tree, bones: Mapping[str, int]) -> Iterator[bool]:
    at = {joint: tree.heads[bone] for joint, bone in bones.items()}

    def distance(first: str, second: str) -> float:
        return float(np.linalg.norm(at[first] - at[second])) if first in at and second in at else np.nan

    lengths = {
        (side, start): distance(f"{side}_{start}", f"{side}_{end}")
        for side in ("left", "right")
        for start, end in _SEGMENTS
    }
    for start, _ in _SEGMENTS:
        left, right = lengths["left", start], lengths["right", start]
        if not np.isnan(left + right):
            yield abs(left - right) <= _ALIKE * max(left, right)
    for side in ("left", "right"):
        for upper, lower in (("hip", "knee"), ("shoulder", "elbow")):
            first, second = lengths[side, upper], lengths[side, lower]
            if not np.isnan(first + second):
                yield 0.5 * second < first < 2.2 * second
    leg = (lengths["left", "hip"] + lengths["right", "hip"]) / 2
    for role in ("hip", "shoulder"):
        apart = distance(f"left_{role}", f"right_{role}")
        if not np.isnan(apart + leg):
            yield 0.05 * leg < apart < 4.0 * leg
