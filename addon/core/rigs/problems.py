"""What keeps a mapped rig from being driven, or looks wrong, in whole sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .bones import Bones
from .facing import find_facing
from .score import ESSENTIAL
from .tree import Tree

_LIMBS = {"leg": ("hip", "knee"), "arm": ("shoulder", "elbow")}
_UPRIGHT = 0.35  # cosine between legs and trunk, beyond which a figure stands upright (or is folded flat)


@dataclass(frozen=True)
class Problem:
    """A sentence for the user; a fatal one keeps the rig from being driven at all."""

    text: str
    fatal: bool


def find_problems(bones: Bones, tree: Tree, mapped: Mapping[str, int], by_structure: bool) -> list[Problem]:
    """The problems of a mapping, given as bone indices by joint: the fatal ones, else the others.

    `by_structure`: the names had no part in it, so that only the rest pose tells left from right.
    """
    if sum(joint in mapped for joint in ESSENTIAL) < len(ESSENTIAL) // 2:
        return [
            Problem(
                f"No human figure was found among the {len(bones.names)} bones: it takes two legs, two arms and a "
                "pelvis.",
                fatal=True,
            )
        ]
    fatal = [Problem(text, fatal=True) for text in _missing(bones, mapped)]
    if fatal:
        return fatal
    return list(_posture(tree, mapped, by_structure))


def _missing(bones: Bones, mapped: Mapping[str, int]) -> Iterator[str]:
    if "pelvis" not in mapped:
        yield "No pelvis was found: no bone carries both the legs and the spine."
    for limb, roles in _LIMBS.items():
        for side in ("left", "right"):
            lacking = [role for role in roles if f"{side}_{role}" not in mapped]
            if len(lacking) == len(roles):
                place = f' below "{bones.names[mapped["pelvis"]]}"' if limb == "leg" and "pelvis" in mapped else ""
                yield f"No {side} {limb} was found{place}."
            elif lacking:
                yield f"The {side} {limb} has no bone for the {' and the '.join(lacking)}."


def _posture(tree: Tree, mapped: Mapping[str, int], by_structure: bool) -> Iterator[Problem]:
    facing = find_facing(tree, mapped)
    legs = np.mean([_leg(tree, mapped[f"{side}_hip"], mapped[f"{side}_knee"]) for side in ("left", "right")], axis=0)
    if abs(float(legs @ facing.up)) < _UPRIGHT * float(np.linalg.norm(legs)):
        yield Problem("The legs stand across the trunk at rest, as on a four-legged animal.", fatal=True)
    elif facing.swapped and facing.sure:
        yield Problem("The bones mapped as left lie on the right of the way that the feet point.", fatal=False)
    elif not facing.sure and by_structure:
        yield Problem("The rest pose hardly tells front from back, so left and right may be exchanged.", fatal=False)


def _leg(tree: Tree, hip: int, knee: int) -> NDArray[np.float64]:
    """The way from the hip to the end of the leg."""
    below = tree.below(knee)
    points = np.concatenate((tree.heads[below], tree.tails[below])) - tree.heads[hip]
    return points[np.linalg.norm(points, axis=1).argmax()]
