"""Finds the joints of a human figure from the tree and the rest pose alone, whatever the bones are called.

Two pairs of matching branches are looked for, the one near the root and pointing away from the other: legs and arms.
Between the bones they hang from lies the spine, beyond the arms the head. Nothing is taken for granted of axes, units
or pose except that left and right mirror each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .facing import Facing, find_facing
from .limbs import Limb, fit_arm, fit_leg
from .spine import spread_spine
from .tree import ROOT, Tree, ancestors, common_ancestor, main_line

_LIMB_SHARE = 0.08  # a limb reaches at least so far, as a share of the figure's size
_IN_PLANE = 0.006  # a bone of the middle lies at most so far beside it, as a share of the figure's size
_LONGEST_NECK = 4  # bones from the neck's first to the head
_NO_HUMAN = 40.0  # cost beyond which a choice of limbs is no human figure


@dataclass(frozen=True)
class Pair:
    """Two matching branches that hang from one bone (or ROOT), mirrored at the plane `normal` . x = `middle`."""

    parent: int
    branches: tuple[int, int]
    normal: NDArray[np.float64]
    middle: float


@dataclass(frozen=True)
class Figure:
    """Joint -> bone as found, how unlike a human figure the choice is (0 = like), and where it faces."""

    bones: dict[str, int]
    cost: float
    facing: Facing


def find_figure(tree: Tree) -> Figure | None:
    """The most human figure in the rig, or None when it has no legs, no arms or nothing between them."""
    pairs = find_pairs(tree)
    fits: dict[tuple[str, int], tuple[Limb, Limb] | None] = {}

    def fitted(kind: str, number: int) -> tuple[Limb, Limb] | None:
        if (kind, number) not in fits:
            pair, fit = pairs[number], fit_leg if kind == "leg" else fit_arm
            first, second = (fit(tree, branch, pair.normal, pair.middle) for branch in pair.branches)
            fits[kind, number] = (first, second) if first and second else None
        return fits[kind, number]

    best: tuple[float, Pair, tuple[Limb, Limb], Pair, tuple[Limb, Limb]] | None = None
    for i, legs in enumerate(pairs):
        for j, arms in enumerate(pairs):
            if i == j or abs(float(legs.normal @ arms.normal)) < 0.9 or _overlap(tree, legs, arms):
                continue
            leg, arm = fitted("leg", i), fitted("arm", j)
            if leg is None or arm is None:
                continue
            cost = _posture_cost(tree, legs, leg, arms, arm) + sum(limb.cost for limb in leg + arm) / 2
            if best is None or cost < best[0]:
                best = cost, legs, leg, arms, arm
    if best is None or best[0] > _NO_HUMAN:
        return None
    return _assemble(tree, *best)


def find_pairs(tree: Tree) -> list[Pair]:
    """All pairs of sibling branches that could be two legs or two arms."""
    pairs: list[Pair] = []
    shortest = _LIMB_SHARE * tree.size
    for parent, below in tree.children.items():
        limbs = [bone for bone in below if tree.depths[bone] >= 2 and tree.reach[bone] >= shortest]
        for position, first in enumerate(limbs):
            for second in limbs[position + 1 :]:
                a, b = tree.reach[first], tree.reach[second]
                if abs(a - b) <= 0.2 * max(a, b) and (pair := _mirrored(tree, parent, first, second)):
                    pairs.append(pair)
    return pairs


def _mirrored(tree: Tree, parent: int, first: int, second: int) -> Pair | None:
    """The pair, if the one branch's main line is about the mirror image of the other's."""
    lines = [main_line(tree, branch) for branch in (first, second)]
    length = min(len(line) for line in lines)
    a, b = (tree.heads[line[:length]] for line in lines)
    across = (a - b).sum(axis=0)
    norm = float(np.linalg.norm(across))
    if norm < 1e-3 * tree.size:
        return None
    normal = across / norm
    middle = float(((a + b) / 2 @ normal).mean())
    image = b + 2 * (middle - b @ normal)[:, None] * normal
    error = np.linalg.norm(image - a, axis=1).max()
    reach = (tree.reach[first] + tree.reach[second]) / 2
    return Pair(parent, (first, second), normal, middle) if error < 0.25 * reach else None


def _overlap(tree: Tree, legs: Pair, arms: Pair) -> bool:
    """Whether the one pair hangs on the other, or both share a branch."""
    if set(legs.branches) & set(arms.branches):
        return True
    return any(
        above in ancestors(tree.parents, below.parent)
        for above_pair, below in ((legs, arms), (arms, legs))
        for above in above_pair.branches
    )


def _posture_cost(
    tree: Tree, legs: Pair, leg: tuple[Limb, Limb], arms: Pair, arm: tuple[Limb, Limb]
) -> float:  # fmt: skip
    hips, shoulders = (_mean(tree, limbs, role) for limbs, role in ((leg, "hip"), (arm, "shoulder")))
    trunk = shoulders - hips
    trunk_length = float(np.linalg.norm(trunk))
    leg_length, arm_length = (
        float(np.mean([_limb_length(tree, limb, roles) for limb in limbs]))
        for limbs, roles in ((leg, ("hip", "knee", "ankle")), (arm, ("shoulder", "elbow", "wrist")))
    )
    if trunk_length < 0.1 * leg_length or min(leg_length, arm_length) == 0.0:
        return 10.0 * _NO_HUMAN
    up = trunk / trunk_length
    knees, ends = _mean(tree, leg, "knee"), np.mean([tree.heads[main_line(tree, b)[-1]] for b in legs.branches], axis=0)
    down = (knees - hips) / max(float(np.linalg.norm(knees - hips)), 1e-9)
    along = float(down @ -up)
    folded = (
        along < -0.9
    )  # some formats keep all limbs along one axis at rest; then the tree alone tells legs from arms
    cost = 3.0 if folded else (max(0.0, 0.85 - along) / 0.12) ** 2
    cost += max(0.0, abs(np.log(trunk_length / leg_length / 0.65)) - 0.4) ** 2 * 20.0
    cost += max(0.0, abs(np.log(arm_length / leg_length / 0.7)) - 0.3) ** 2 * 20.0
    if not folded:
        lowest = float((tree.heads @ up).min())
        cost += 12.0 * max(0.0, float(ends @ up) - lowest - 0.1 * leg_length) / leg_length
    depth_legs, depth_arms = (len(ancestors(tree.parents, pair.parent)) for pair in (legs, arms))
    cost += 2.0 * (depth_legs > depth_arms) + 1.0 * (legs.parent == arms.parent)
    forks = [sum(not tree.children[b] for b in _below(tree, pair.branches[0])) for pair in (legs, arms)]
    return cost + 1.0 * (forks[0] > forks[1])


def _assemble(
    tree: Tree, cost: float, legs: Pair, leg: tuple[Limb, Limb], arms: Pair, arm: tuple[Limb, Limb]
) -> Figure:  # fmt: skip
    """Names the bones of the chosen limbs left and right, and finds pelvis, spine, neck and head."""
    centre = _centre(tree, legs, leg, arms, arm)
    limbs = {
        f"{side}_{role}": bone
        for pair in (leg, arm)
        for side, limb in zip(("left", "right"), pair, strict=True)
        for role, bone in limb.bones.items()
    }
    # the first branch of a pair need not be on the same side for legs and arms
    if float(legs.normal @ arms.normal) < 0:
        limbs = _swap_sides(limbs, ("collar", "shoulder", "elbow", "wrist"))
    facing = find_facing(tree, centre | limbs)
    if facing.swapped:
        limbs = _swap_sides(limbs)
        facing = find_facing(tree, centre | limbs)
    return Figure(centre | limbs, cost, facing)


def _centre(
    tree: Tree, legs: Pair, leg: tuple[Limb, Limb], arms: Pair, arm: tuple[Limb, Limb]
) -> dict[str, int]:  # fmt: skip
    hips, shoulders = _mean(tree, leg, "hip"), _mean(tree, arm, "shoulder")
    trunk = float(np.linalg.norm(shoulders - hips))
    pelvis = common_ancestor(tree.parents, legs.parent, arms.parent)
    on_floor = pelvis == ROOT or float(np.linalg.norm(tree.heads[pelvis] - hips)) > 0.6 * trunk
    if on_floor and legs.parent != ROOT:
        pelvis = legs.parent
    centre = {} if pelvis == ROOT else {"pelvis": pelvis}
    line = ancestors(tree.parents, arms.parent)
    top = line.index(pelvis) if pelvis in line else len(line) - 1
    spine = [bone for bone in line[:top][::-1] if bone != ROOT]
    start = tree.heads[pelvis] if pelvis != ROOT else hips
    moved = [bone for bone in spine if float(np.linalg.norm(tree.heads[bone] - start)) > 0.03 * trunk]
    centre |= spread_spine(moved or spine)
    head_line = _head_line(tree, arms, shoulders, (shoulders - hips) / trunk)
    if len(head_line) == 1:
        centre["head"] = head_line[0]
    elif head_line:
        centre |= {"neck": head_line[0], "head": head_line[-1]}
    return centre


def _head_line(
    tree: Tree, arms: Pair, shoulders: NDArray[np.float64], up: NDArray[np.float64]
) -> list[int]:  # fmt: skip
    """Neck to head: the branch beside the arms that leads up in the plane of symmetry, as far as it does not fork."""
    candidates = [
        bone
        for bone in tree.children[arms.parent]
        if bone not in arms.branches and _off_plane(tree, arms, bone) < _IN_PLANE * tree.size
    ]
    if not candidates:
        return []

    def height(bone: int) -> float:
        tips = [tree.heads[b] for b in _below(tree, bone)] + [tree.tails[bone]]
        return max(float((tip - shoulders) @ up) for tip in tips) + 0.001 * tree.counts[bone] * tree.size / 100

    line = [max(candidates, key=height)]
    while len(line) < _LONGEST_NECK:
        below = tree.children[line[-1]]
        middle = [bone for bone in below if _off_plane(tree, arms, bone) < _IN_PLANE * tree.size]
        rising = [bone for bone in middle if float((tree.heads[bone] - tree.heads[line[-1]]) @ up) > 0.0]
        rising.sort(key=lambda bone: tree.counts[bone])
        face = len(below) - len(middle) >= 2 or (
            len(rising) > 1 and tree.counts[rising[-2]] > 0.5 * tree.counts[rising[-1]]
        )
        if face or not rising:
            break
        line.append(rising[-1])
    last = line[-1]
    nub = not tree.children[last] and float(np.linalg.norm(tree.tails[last] - tree.heads[last])) < 1e-3 * tree.size
    return line[:-1] if len(line) >= 3 and nub else line


def _off_plane(tree: Tree, pair: Pair, bone: int) -> float:
    return abs(float(tree.heads[bone] @ pair.normal) - pair.middle)


def _below(tree: Tree, bone: int) -> list[int]:
    """The bone and all that hangs on it."""
    found = [bone]
    for item in found:
        found.extend(tree.children[item])
    return found


def _mean(tree: Tree, limbs: tuple[Limb, Limb], role: str) -> NDArray[np.float64]:
    return np.mean([tree.heads[limb.bones[role]] for limb in limbs], axis=0)


def _limb_length(tree: Tree, limb: Limb, roles: tuple[str, str, str]) -> float:
    first, middle, last = roles
    points = [tree.heads[limb.bones[first]], tree.heads[limb.bones[middle]]]
    points.append(tree.heads[limb.bones[last]] if last in limb.bones else tree.tails[limb.bones[middle]])
    return float(sum(np.linalg.norm(end - start) for start, end in pairwise(points)))


def _swap_sides(bones: dict[str, int], roles: tuple[str, ...] = ()) -> dict[str, int]:
    """Left and right exchanged, for all sided joints or those of `roles`."""

    def other(joint: str) -> str:
        side, _, role = joint.partition("_")
        if side not in {"left", "right"} or (roles and role not in roles):
            return joint
        return ("right_" if side == "left" else "left_") + role

    return {other(joint): bone for joint, bone in bones.items()}
