"""What keeps a mapped rig from being driven, or looks wrong, in whole sentences, and what to do about it."""

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
_BONES = {"hip": "thigh", "knee": "shin", "shoulder": "upper arm", "elbow": "forearm"}  # that begin at the joints
_UPRIGHT = 0.35  # cosine between legs and trunk, beyond which a figure stands upright (or is folded flat)


@dataclass(frozen=True)
class Problem:
    """A sentence for the user, and one that says what to do; a fatal one keeps the rig from being driven at all."""

    text: str
    fix: str
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
                "Choose the bones of legs, arms and pelvis.",
                fatal=True,
            )
        ]
    fatal = [Problem(text, fix, fatal=True) for text, fix in _missing(bones, mapped)]
    if fatal:
        return fatal
    return list(_posture(tree, mapped, by_structure))


def _missing(bones: Bones, mapped: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    if "pelvis" not in mapped:
        yield (
            "No pelvis was found: no bone carries both the legs and the spine.",
            "Choose the bone that carries both for the pelvis, or parent them to one.",
        )
    for limb, roles in _LIMBS.items():
        for side in ("left", "right"):
            lacking = [role for role in roles if f"{side}_{role}" not in mapped]
            if not lacking:
                continue
            fix = f"Choose the {side} {' and the '.join(_BONES[role] for role in lacking)}."
            if len(lacking) == len(roles):
                place = f' below "{bones.names[mapped["pelvis"]]}"' if limb == "leg" and "pelvis" in mapped else ""
                yield f"No {side} {limb} was found{place}.", fix
            else:
                yield f"The {side} {limb} has no bone for the {lacking[0]}.", fix


def _posture(tree: Tree, mapped: Mapping[str, int], by_structure: bool) -> Iterator[Problem]:
    facing = find_facing(tree, mapped)
    legs = np.mean([_leg(tree, mapped[f"{side}_hip"], mapped[f"{side}_knee"]) for side in ("left", "right")], axis=0)
    if abs(float(legs @ facing.up)) < _UPRIGHT * float(np.linalg.norm(legs)):
        yield Problem(
            "The legs stand across the trunk at rest, as on a four-legged animal.",
            "Let the figure stand upright at rest; an animal cannot be driven.",
            fatal=True,
        )
    elif facing.swapped and facing.sure:
        yield Problem(
            "The bones mapped as left lie on the right of the way that the feet point.",
            "Exchange left and right under Mapping.",
            fatal=False,
        )
    elif not facing.sure and by_structure:
        yield Problem(
            "The rest pose hardly tells front from back, so left and right may be exchanged.",
            "Try Test Motion: the left arm is to move first.",
            fatal=False,
        )


def _leg(tree: Tree, hip: int, knee: int) -> NDArray[np.float64]:
    """The way from the hip to the end of the leg."""
    below = tree.below(knee)
    points = np.concatenate((tree.heads[below], tree.tails[below])) - tree.heads[hip]
    return points[np.linalg.norm(points, axis=1).argmax()]
