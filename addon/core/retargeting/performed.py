"""How our joints turn under a rig's bones: the inverse of what `retarget.py` wants of them."""

from __future__ import annotations

from collections.abc import Mapping

from .. import quaternion as quat
from ..skeleton import JOINT_NAMES, PARENTS
from ..torso import share_bend
from .figure import Figure

Array = quat.Array

_SPINE = ("pelvis", "spine1", "spine2", "spine3")


def performed_turns(
    figure: Figure, aligned: Mapping[str, Array], turns: Mapping[str, Array], carrier: Array
) -> dict[str, Array]:
    """Joint -> turn (T, 4) from our rest pose, for all 22.

    `turns` (T, 4; armature space) are those of the bones that play joints, `aligned` is what `alignment.align` gives
    for them; where none plays the pelvis it turns as the `carrier` (T, 4; armature space) of the body does.
    """
    found = {j: quat.multiply(figure.turns_to_ours(turn), quat.conjugate(aligned[j])) for j, turn in turns.items()}
    return _complete({"pelvis": figure.turns_to_ours(carrier)} | found)


def _complete(turns: dict[str, Array]) -> dict[str, Array]:
    """All 22 joints: the uppermost spine bone is the chest, missing ones bend evenly, ends go on as their parents."""
    spine = [joint for joint in _SPINE if joint in turns]
    if spine[-1] != "pelvis":
        turns["spine3"] = turns[spine[-1]]
    turns.setdefault("spine3", turns["pelvis"])
    if spine[-1] in ("spine1", "spine2"):
        del turns[spine[-1]]
    levels = [level for level, joint in enumerate(_SPINE) if joint in turns]
    for level, joint in enumerate(_SPINE):
        if joint not in turns:
            low, high = max(k for k in levels if k < level), min(k for k in levels if k > level)
            turns[joint] = share_bend(turns[_SPINE[low]], turns[_SPINE[high]], (level - low) / (high - low))
    if "neck" not in turns and "head" in turns:
        turns["neck"] = share_bend(turns["spine3"], turns["head"], 0.5)
    for joint, parent in zip(JOINT_NAMES, PARENTS, strict=True):
        if joint not in turns:
            turns[joint] = turns[JOINT_NAMES[parent]]
    return turns
