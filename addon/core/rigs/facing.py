"""Where a mapped figure's up, forward and left are, and whether the bones called left lie on that side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .tree import Tree

_CLEAR = 0.04  # a cue counts from this length on, as a share of the leg's


@dataclass(frozen=True)
class Facing:
    """Unit vectors in the rig's space; `forward` is None when nothing in the rest pose tells front from back.

    `swapped` says that the bones mapped as left lie on the right, judged by the feet (or, without feet, by knees and
    face). Without `forward` it is False.
    """

    up: NDArray[np.float64]
    forward: NDArray[np.float64] | None
    swapped: bool


def find_facing(tree: Tree, bones: Mapping[str, int]) -> Facing:
    """Up from the hips to the shoulders; forward from ankles to toes, else from bent knees, else from the face.

    `bones` maps at least both hips and shoulders.
    """
    at = {joint: tree.heads[bone] for joint, bone in bones.items()}
    up = _unit((at["left_shoulder"] + at["right_shoulder"]) - (at["left_hip"] + at["right_hip"]))
    left = (at["left_hip"] - at["right_hip"]) + (at["left_shoulder"] - at["right_shoulder"])
    left = _unit(left - up * float(left @ up))
    ahead = np.cross(left, up)  # right-handed: left x up = forward
    knees = [at[f"{side}_knee"] for side in ("left", "right") if f"{side}_knee" in at]
    hips = (at["left_hip"] + at["right_hip"]) / 2
    leg = 2.0 * float(np.linalg.norm(np.mean(knees, axis=0) - hips)) if knees else float(tree.size)
    for cue in (_feet, _knees, _face):
        length = cue(tree, bones, at, ahead)
        if abs(length) > _CLEAR * leg:
            return Facing(up, ahead if length > 0 else -ahead, length < 0)
    return Facing(up, None, swapped=False)


def _feet(
    tree: Tree, bones: Mapping[str, int], at: Mapping[str, NDArray[np.float64]], ahead: NDArray[np.float64]
) -> float:
    """How far the toes lie ahead of the ankles; 0 without feet or when the two sides disagree."""
    lengths = [
        float(((at[f"{side}_foot"] if f"{side}_foot" in at else tree.tails[bones[f"{side}_ankle"]]) - ankle) @ ahead)
        for side in ("left", "right")
        if (ankle := at.get(f"{side}_ankle")) is not None
    ]
    return _agreed(lengths)


def _knees(
    tree: Tree,  # noqa: ARG001
    bones: Mapping[str, int],  # noqa: ARG001
    at: Mapping[str, NDArray[np.float64]],
    ahead: NDArray[np.float64],
) -> float:
    """How far the knees lie ahead of the line from hip to ankle."""
    lengths = [
        float((at[f"{side}_knee"] - (at[f"{side}_hip"] + at[f"{side}_ankle"]) / 2) @ ahead)
        for side in ("left", "right")
        if f"{side}_knee" in at and f"{side}_ankle" in at
    ]
    return _agreed(lengths)


def _face(
    tree: Tree, bones: Mapping[str, int], at: Mapping[str, NDArray[np.float64]], ahead: NDArray[np.float64]
) -> float:
    """How far what hangs on the head (eyes, jaw) lies ahead of it."""
    below = tree.children[bones["head"]] if "head" in bones else ()
    return float(np.mean([(tree.heads[bone] - at["head"]) @ ahead for bone in below])) if below else 0.0


def _agreed(lengths: list[float]) -> float:
    return float(np.mean(lengths)) if lengths and len({length > 0 for length in lengths}) == 1 else 0.0


def _unit(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    norm = float(np.linalg.norm(vector))
    return vector / norm if norm > 0.0 else vector
