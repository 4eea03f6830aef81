"""Our turns given to a rig's bones: one to one, spread along its spine and neck, twists shared by helpers beside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from .. import quaternion as quat
from ..rigs.bones import Bones
from ..torso import share_bend
from .alignment import CHILD
from .limb_twist import UPPER, limb_twists, place_along
from .pose import Joints
from .source import Source

Array = quat.Array

_SPINE = ("pelvis", "spine1", "spine2", "spine3")


def torso_turns(
    joints: Joints, players: Mapping[str, int], turns: Mapping[str, Array], spread: bool
) -> dict[int, Array]:
    """Bone -> turn (T, 4) for pelvis, spine, neck and head from the turns of our joints, none of them aligned.

    The uppermost bone of the spine turns as our chest whatever it is mapped to, so that one bone or six end alike. With
    `spread`, bones between mapped ones turn in between (evenly by their number).
    """
    found = {players["pelvis"]: turns["pelvis"]} if "pelvis" in players else {}
    spine = [(_SPINE.index(joint), players[joint]) for joint in _SPINE[1:] if joint in players]
    if spine:
        spine[-1] = (3, spine[-1][1])
    neck = [(place, players[joint]) for place, joint in enumerate(("neck", "head")) if joint in players]
    levels = [turns[joint] for joint in _SPINE]
    for curve, knots in ((levels, [(0, players.get("pelvis", -1)), *spine]), ([turns["neck"], turns["head"]], neck)):
        for below, above in zip([(0, -1), *knots], knots, strict=False):
            found[above[1]] = curve[above[0]]
            if not spread or below[1] < 0:
                continue
            between = _between(joints, below[1], above[1])
            for step, bone in enumerate(between, 1):
                level = below[0] + (above[0] - below[0]) * step / (len(between) + 1)
                first = min(int(level), len(curve) - 2)
                found[bone] = share_bend(curve[first], curve[first + 1], level - first)
    found.pop(-1, None)
    return found


def _between(joints: Joints, low: int, high: int) -> list[int]:
    """The bones between two, from below; none where the one does not carry the other."""
    line = joints.above(high)
    return line[1 : line.index(low)][::-1] if low in line else []


def twist_turns(
    bones: Bones,
    players: Mapping[str, int],
    helpers: Mapping[str, Sequence[str]],
    source: Source,
    rig_turns: Mapping[int, Array],
) -> dict[int, Array]:
    """Bone -> turn (T, 4) in the rig's space for the `helpers`, by joint, that share a limb's twist.

    Not for those in the line of an upper limb; where these share its twist, those beside it share in that instead
    (`in_line.py`). Beside an upper bone a helper gives up the twist that the bone has against the body, all of it at
    its upper end; beside a lower bone it takes the twist of hand or foot, all of it at the lower end. `source` has the
    twists; `rig_turns` are the turns of the players.
    """
    found: dict[int, Array] = {}
    index = {name: bone for bone, name in enumerate(bones.names)}
    limbs = {
        joint: f"{side}_{CHILD[role]}"
        for joint in helpers
        for side, _, role in (joint.partition("_"),)
        if role in CHILD and players.get(joint) in rig_turns and f"{side}_{CHILD[role]}" in players
    }
    for (joint, end), twist in zip(limbs.items(), limb_twists(source, limbs).T, strict=True):
        child, upper = players[end], joint.endswith(UPPER)
        start, way = bones.heads[players[joint]], bones.heads[child] - bones.heads[players[joint]]
        length = float(np.linalg.norm(way))
        if not length > 0.0:
            continue
        for name in helpers[joint]:
            bone = index[name]
            if bone in players.values() or (upper and _carries(bones, bone, child)):
                continue
            share = place_along(bones.heads[bone], start, way) - float(upper)
            turn = quat.from_axis_angle(way / length, share * twist)
            found[bone] = quat.multiply(rig_turns[players[joint]], turn)
    return found


def _carries(bones: Bones, bone: int, other: int) -> bool:
    while other >= 0 and other != bone:
        other = bones.parents[other]
    return other == bone
