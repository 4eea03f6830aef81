"""Finds the joints of a human figure from the tree and the rest pose alone, whatever the bones are called.

Two pairs of matching branches are looked for, the one near the root and pointing away from the other: legs and arms.
Between the bones they hang from lies the spine, beyond the arms the head. Nothing is taken for granted of axes, units
or pose except that left and right mirror each other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .facing import Facing, find_facing
from .limbs import Limb, fit_arm, fit_leg
from .neck import find_neck
from .pairs import Pair, find_pairs
from .spine import spread_spine
from .tree import ROOT, Tree, ancestors, common_ancestor

_NO_HUMAN = 15.0  # cost beyond which a choice of limbs is no human figure
_SIDES = ("left", "right")


@dataclass(frozen=True)
class Figure:
    """Joint -> bone as found, how unlike a human figure the choice is (0 = like), and where it faces."""

    bones: dict[str, int]
    cost: float
    facing: Facing


@dataclass(frozen=True)
class _Limbs:
    """A pair of branches taken for legs or arms: which place along them is which role."""

    pair: Pair
    limb: Limb

    def middle(self, tree: Tree, role: str) -> NDArray[np.float64]:
        """Half way between the two sides' joints of a role."""
        return np.mean([tree.heads[line[self.limb.roles[role]]] for line in self.pair.lines], axis=0)

    def length(self, tree: Tree, first: str, middle: str, last: str) -> float:
        """Mean length of the two segments; where the last role has no bone, to the tail of the middle one."""
        lengths = []
        for line in self.pair.lines:
            start, bend = (tree.heads[line[self.limb.roles[role]]] for role in (first, middle))
            roles = self.limb.roles
            end = tree.heads[line[roles[last]]] if last in roles else tree.tails[line[roles[middle]]]
            lengths.append(float(np.linalg.norm(bend - start) + np.linalg.norm(end - bend)))
        return sum(lengths) / 2.0


def find_figure(tree: Tree) -> Figure | None:
    """The most human figure in the rig, or None when it has no legs, no arms or nothing between them."""
    pairs = find_pairs(tree)
    legs = [_Limbs(pair, limb) for pair in pairs if (limb := fit_leg(tree, pair))]
    arms = [_Limbs(pair, limb) for pair in pairs if (limb := fit_arm(tree, pair))]
    choices = [  # rounded: of two that are as good, the first is taken, however the rig is turned
        (round(leg.limb.cost + arm.limb.cost + _posture_cost(tree, leg, arm), 6), i, j)
        for i, leg in enumerate(legs)
        for j, arm in enumerate(arms)
        if leg.limb.cost + arm.limb.cost < _NO_HUMAN and not _exclude_each_other(tree, leg.pair, arm.pair)
    ]
    if not choices or min(choices)[0] > _NO_HUMAN:
        return None
    cost, i, j = min(choices)
    return _assemble(tree, cost, legs[i], arms[j])


def _exclude_each_other(tree: Tree, legs: Pair, arms: Pair) -> bool:
    """Whether they mirror at different planes, share a branch, or the one hangs on the other."""
    if abs(float(legs.normal @ arms.normal)) < 0.9:
        return True
    for above, below in ((legs, arms), (arms, legs)):
        line = ancestors(tree.parents, below.parent)
        if any(branch[0] in line or branch[0] == other[0] for branch in above.lines for other in below.lines):
            return True
    return False


def _posture_cost(tree: Tree, legs: _Limbs, arms: _Limbs) -> float:
    """How unlike a standing figure's the places of legs and arms to each other are."""
    hips, shoulders = legs.middle(tree, "hip"), arms.middle(tree, "shoulder")
    trunk = float(np.linalg.norm(shoulders - hips))
    leg, arm = legs.length(tree, "hip", "knee", "ankle"), arms.length(tree, "shoulder", "elbow", "wrist")
    if trunk < 0.1 * leg or min(leg, arm) == 0.0:
        return math.inf
    up = (shoulders - hips) / trunk
    thighs = legs.middle(tree, "knee") - hips
    along = -float(thighs @ up) / max(float(np.linalg.norm(thighs)), 1e-9)
    folded = along < -0.9  # some formats rest with all limbs along one axis; then the tree alone tells them
    cost = 3.0 if folded else (max(0.0, 0.85 - along) / 0.12) ** 2
    cost += 20.0 * max(0.0, abs(math.log(trunk / leg / 0.65)) - 0.4) ** 2
    cost += 20.0 * max(0.0, abs(math.log(arm / leg / 0.7)) - 0.3) ** 2
    if not folded:
        ends = np.mean([tree.heads[line[-1]] for line in legs.pair.lines], axis=0)
        cost += 12.0 * max(0.0, float(ends @ up) - float((tree.heads @ up).min()) - 0.1 * leg) / leg
    depth_legs, depth_arms = (len(ancestors(tree.parents, limbs.pair.parent)) for limbs in (legs, arms))
    cost += 2.0 * (depth_legs > depth_arms) + 1.0 * (legs.pair.parent == arms.pair.parent)
    tips_leg, tips_arm = (
        min(sum(not tree.children[bone] for bone in tree.below(line[0])) for line in limbs.pair.lines)
        for limbs in (legs, arms)
    )
    return cost + 1.0 * (tips_leg > tips_arm)


def _assemble(tree: Tree, cost: float, legs: _Limbs, arms: _Limbs) -> Figure:
    """Names the bones of the chosen limbs left and right, and finds pelvis, spine, neck and head."""
    centre = _centre(tree, legs, arms)
    # the first branch of a pair need not be on the same side for legs and arms
    crossed = float(legs.pair.normal @ arms.pair.normal) < 0
    bones = dict(centre)
    for limbs, sides in ((legs, _SIDES), (arms, _SIDES[::-1] if crossed else _SIDES)):
        for side, line in zip(sides, limbs.pair.lines, strict=True):
            bones |= {f"{side}_{role}": line[place] for role, place in limbs.limb.roles.items()}
    facing = find_facing(tree, bones)
    if facing.swapped:
        bones = {_other_side(joint): bone for joint, bone in bones.items()}
        facing = find_facing(tree, bones)
    return Figure(bones, cost, facing)


def _centre(tree: Tree, legs: _Limbs, arms: _Limbs) -> dict[str, int]:
    """Pelvis, spine, neck and head."""
    hips, shoulders = legs.middle(tree, "hip"), arms.middle(tree, "shoulder")
    trunk = float(np.linalg.norm(shoulders - hips))
    up = (shoulders - hips) / trunk
    pelvis = common_ancestor(tree.parents, legs.pair.parent, arms.pair.parent)
    on_floor = pelvis == ROOT or float(np.linalg.norm(tree.heads[pelvis] - hips)) > 0.6 * trunk
    if on_floor and legs.pair.parent != ROOT:
        pelvis = legs.pair.parent
    line = ancestors(tree.parents, arms.pair.parent)
    spine = [bone for bone in line[: line.index(pelvis) if pelvis in line else -1][::-1] if bone != ROOT]
    start = tree.heads[pelvis] if pelvis != ROOT else hips
    spine = [bone for bone in spine if float(np.linalg.norm(tree.heads[bone] - start)) > 0.03 * trunk] or spine
    more, neck = find_neck(tree, arms.pair, shoulders, up * trunk)
    spine += more
    if len(neck) == 1 and len(spine) > 1 and float((tree.heads[spine[-1]] - shoulders) @ up) > -0.08 * trunk:
        neck = {"neck": spine.pop(), "head": neck["head"]}  # the neck carries the collars
    return ({} if pelvis == ROOT else {"pelvis": pelvis}) | spread_spine(spine) | neck


def _other_side(joint: str) -> str:
    side, _, role = joint.partition("_")
    return f"{_SIDES[1 - _SIDES.index(side)]}_{role}" if side in _SIDES else joint
