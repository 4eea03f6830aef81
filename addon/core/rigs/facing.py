"""Where a mapped figure's up, forward and left are, and whether the bones called left lie on that side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .tree import Tree

_CLEAR = 0.04  # how far toes must lie ahead of the ankles to be believed, as a share of the leg
_FAINT = 0.004  # how far knees, elbows or face must lie ahead or behind to be of any use, likewise
_BESIDE = 0.004  # eyes lie at least so far beside the middle, as a share of the figure's size


@dataclass(frozen=True)
class Facing:
    """Unit vectors in the rig's space; `forward` is None when nothing in the rest pose tells front from back.

    `swapped` says that the bones mapped as left lie on the right. Both are `sure` when the feet tell, and otherwise a
    guess by where ankle bones end, knees and elbows bend and eyes hang.
    """

    up: NDArray[np.float64]
    forward: NDArray[np.float64] | None
    swapped: bool
    sure: bool


def find_facing(tree: Tree, bones: Mapping[str, int]) -> Facing:
    """Up from the hips to the shoulders; forward from ankles to toes, else by fainter signs.

    `bones` maps at least both hips, knees and shoulders.
    """
    at = {joint: tree.heads[bone] for joint, bone in bones.items()}
    hips, shoulders = at["left_hip"] + at["right_hip"], at["left_shoulder"] + at["right_shoulder"]
    up = _unit(shoulders - hips)
    left = (at["left_hip"] - at["right_hip"]) + (at["left_shoulder"] - at["right_shoulder"])
    left = _unit(left - up * float(left @ up))
    ahead = np.cross(left, up)  # right-handed: left x up = forward
    leg = float(np.linalg.norm(at["left_knee"] + at["right_knee"] - hips))
    feet = _toes(at, ahead)
    if abs(feet) > _CLEAR * leg:
        return Facing(up, ahead if feet > 0 else -ahead, swapped=feet < 0, sure=True)
    knees, elbows = _bend(at, ("hip", "knee", "ankle"), ahead), _bend(at, ("shoulder", "elbow", "wrist"), ahead)
    faint = _tails(tree, bones, left, ahead) + knees - elbows + _face(tree, bones, left, ahead)
    if abs(faint) > _FAINT * leg:
        return Facing(up, ahead if faint > 0 else -ahead, swapped=faint < 0, sure=False)
    return Facing(up, None, swapped=False, sure=False)


def _toes(at: Mapping[str, NDArray[np.float64]], ahead: NDArray[np.float64]) -> float:
    """How far the toes lie ahead of the ankles; 0 without toes or when the two sides disagree."""
    return _agreed(
        [
            float((at[f"{side}_foot"] - at[f"{side}_ankle"]) @ ahead)
            for side in ("left", "right")
            if f"{side}_foot" in at and f"{side}_ankle" in at
        ]
    )


def _tails(
    tree: Tree, bones: Mapping[str, int], left: NDArray[np.float64], ahead: NDArray[np.float64]
) -> float:  # fmt: skip
    """How far the ends of the ankles' bones lie ahead of their heads; 0 unless they mirror each other."""
    if "left_ankle" not in bones or "right_ankle" not in bones:
        return 0.0
    one, other = (tree.tails[bone] - tree.heads[bone] for bone in (bones["left_ankle"], bones["right_ankle"]))
    mirrored = other - 2.0 * float(other @ left) * left
    return float(one @ ahead) if float(np.linalg.norm(mirrored - one)) < 0.4 * float(np.linalg.norm(one)) else 0.0


def _bend(at: Mapping[str, NDArray[np.float64]], roles: tuple[str, str, str], ahead: NDArray[np.float64]) -> float:
    """How far the middle joint of a limb lies ahead of the line between the others."""
    lengths = []
    for side in ("left", "right"):
        if all(f"{side}_{role}" in at for role in roles):
            first, middle, last = (at[f"{side}_{role}"] for role in roles)
            line = _unit(last - first)
            lengths.append(float(((middle - first) - line * float((middle - first) @ line)) @ ahead))
    return _agreed(lengths)


def _face(
    tree: Tree, bones: Mapping[str, int], left: NDArray[np.float64], ahead: NDArray[np.float64]
) -> float:  # fmt: skip
    """How far what hangs beside the middle of the head (eyes) lies ahead of it."""
    if "head" not in bones:
        return 0.0
    ways = [tree.heads[bone] - tree.heads[bones["head"]] for bone in tree.children[bones["head"]]]
    eyes = [float(way @ ahead) for way in ways if abs(float(way @ left)) > _BESIDE * tree.size]
    return float(np.mean(eyes)) if len(eyes) >= 2 else 0.0


def _agreed(lengths: list[float]) -> float:
    return float(np.mean(lengths)) if lengths and len({length > 0 for length in lengths}) == 1 else 0.0


def _unit(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    norm = float(np.linalg.norm(vector))
    return vector / norm if norm > 0.0 else vector
