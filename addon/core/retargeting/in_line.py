"""Twist helpers in the line of an upper arm or thigh: the mapped bone swings, and along the line the twist comes in.

So Daz's bend and twist bones are meant, MakeHuman's halves of arm and thigh, MMD's twist bone before the elbow and
Rigify's deform bones: such a helper hangs on the mapped bone and carries the elbow or knee. Helpers beside such a line
(MMD's at a quarter, half and three quarters of the arm) share in its twist by how far along it they lie.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from .. import quaternion as quat
from .alignment import CHILD
from .controls import Players
from .keying import can_turn_about, why_held
from .limb_twist import LOWERED, UPPER, limb_twists, place_along
from .pose import Joints
from .source import Source

Array = quat.Array

WHOLE_TWIST = "bones_with_whole_twist"  # in a Motion's meta: names of mapped bones

_ALONG = np.cos(np.radians(45.0))  # of a bone with its limb: one that goes another way is no part of the line
_AT_REST = np.radians(1.0)


@dataclass(frozen=True)
class Line:
    """An upper limb from its `joint` to the one at its `end`: its `bones`, from the mapped one over the helpers to the
    end's, and the unit `directions` (N - 1, 3; armature space) at rest from the head of each to that of the next.

    `stiff` has the helpers that cannot be turned so, and which of the bones carries them; `beside` those that do not
    carry the end, and how far along the limb they lie: from 0 at its start to 1 at its end.
    """

    joint: str
    end: str
    bones: tuple[int, ...]
    directions: Array
    stiff: Mapping[int, int]
    beside: Mapping[int, float]


def kept_whole(meta: Mapping[str, Any]) -> frozenset[str]:
    """The names of the bones that, as the `meta` of a Motion says, keep all the twist of their limb."""
    names = meta.get(WHOLE_TWIST)
    return frozenset(map(str, names)) if isinstance(names, list | tuple) else frozenset()


def find_lines(joints: Joints, players: Players, without: Collection[str] = ()) -> tuple[Line, ...]:
    """The upper limbs of a rig that have helpers in line, but for mapped bones that are held or are named `without`."""
    names, taken, found = joints.rig.bones.names, set(players.bones.values()), []
    for joint, helpers in players.twists.items():
        side, _, role = joint.partition("_")
        end = f"{side}_{CHILD.get(role)}"
        if role not in UPPER or joint not in players.bones or end not in players.bones:
            continue
        first, last = players.bones[joint], players.bones[end]
        above = joints.above(last)
        if first not in above or names[first] in without or why_held(joints, first):
            continue
        between = above[1 : above.index(first)][::-1]
        line = [bone for bone in between if names[bone] in helpers and bone not in taken]
        directions = _directions(joints, (first, *line, last))
        if not line or (directions @ _directions(joints, (first, last))[0] < _ALONG).any():
            continue
        free, stiff = [first], {}
        for bone, around in zip(line, pairwise(directions), strict=True):
            if all(can_turn_about(joints, bone, direction) for direction in around):
                free.append(bone)
            else:
                stiff[bone] = free[-1]
        bones, heads = (*free, last), np.asarray(joints.rig.bones.heads, dtype=np.float64)
        beside = {
            bone: place_along(heads[bone], heads[first], heads[last] - heads[first])
            for bone in map(names.index, helpers)
            if bone not in taken and bone not in above
        }
        found.append(Line(joint, end, bones, _directions(joints, bones), stiff, beside))
    return tuple(found)


def _directions(joints: Joints, bones: Sequence[int]) -> Array:
    """Unit directions (N - 1, 3) from each to the next at rest; a bone in the next one's place goes the whole's way."""
    heads = np.asarray(joints.rig.bones.heads, dtype=np.float64)[list(bones)]
    ways = np.diff(heads, axis=0)
    lengths = np.linalg.norm(ways, axis=-1, keepdims=True)
    return quat.normalize(np.where(lengths > 1e-6 * lengths.sum(), ways, heads[-1] - heads[0]))


def whole_turns(lines: Sequence[Line], wanted: Mapping[int, Array], turns: Mapping[int, Array]) -> dict[str, Array]:
    """Joint -> turn (T, 4) in armature space that the end of each line is to have.

    That of the mapped bone as it is `wanted` (T, 4), in the direction that its own locks leave it: `turns` as keyed.
    Without a helper that can make up for those, as keyed.
    """
    found = {}
    for line in lines:
        bone, along = line.bones[0], line.directions[0]
        found[line.joint] = turns[bone]
        if len(line.bones) > 2:
            swing = quat.between(quat.rotate(wanted[bone], along), quat.rotate(turns[bone], along))
            found[line.joint] = quat.multiply(swing, wanted[bone])
    return found


def share_twist(lines: Sequence[Line], whole: Mapping[str, Array], ours: Source) -> dict[int, Array]:
    """Bone -> turn (T, 4) in armature space under which bone i of 0 to n in a line has the share i / n of the twist.

    The end keeps its `whole` turn, so that nothing below it turns; and as each bone turns about its own direction,
    nothing moves. `ours` has the twists: our figure as the rig performs it, from which a Motion taken of the rig has
    the same ones. A stiff helper goes with the bone that carries it. A helper beside has the share of its place, so
    that it lies between the mapped bone and the last in line; it is left out where all in line are stiff.
    """
    found: dict[int, Array] = {}
    twists = limb_twists(ours, {line.joint: line.end for line in lines}, LOWERED)
    for line, twist in zip(lines, twists.T, strict=True):
        steps = len(line.bones) - 2
        for place, (bone, along) in enumerate(zip(line.bones[:-1], line.directions, strict=True)):
            found[bone] = _with_share(place / steps if steps else 1.0, whole[line.joint], along, twist)
        found |= {bone: found[carrier] for bone, carrier in line.stiff.items()}
        for bone, place in line.beside.items() if steps else ():
            found[bone] = _with_share(place, whole[line.joint], line.directions[0], twist)
    return found


def _with_share(share: float, whole: Array, along: Array, twist: Array) -> Array:
    """The `whole` turn (T, 4) with only this share of its `twist` (T,) about a direction (3,) at rest."""
    return quat.multiply(whole, quat.from_axis_angle(along, (share - 1.0) * twist))


def regained_turns(
    lines: Sequence[Line], joints: Joints, heads: Array, turn: Callable[[int], Array]
) -> tuple[dict[str, Array], tuple[str, ...]]:
    """The other way round: joint -> turn (T, 4) in armature space of a whole limb, as the last helper is turned, by a
    shortest arc to where the limb points; and the names of the mapped bones whose helpers add no twist to theirs.

    `heads` (T, B, 3) are where the bones are, `turn` gives the turn (T, 4) of one, both in armature space.
    """
    found, alone = {}, []
    for line in lines:
        first, *_, last, end = line.bones
        held, freed = turn(first), turn(last)
        points = quat.normalize(heads[:, end] - heads[:, first])
        limb = _directions(joints, (first, end))[0]
        found[line.joint] = quat.multiply(quat.between(quat.rotate(freed, limb), points), freed)
        added = quat.twist_about(quat.multiply(quat.conjugate(held), freed), line.directions[0])
        if np.linalg.norm(quat.to_rotation_vector(added), axis=-1).max() < _AT_REST:
            alone.append(joints.rig.bones.names[first])
    return found, tuple(alone)
