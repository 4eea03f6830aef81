"""A rig family: how a kind of rig names its bones, as a value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from .bones import Bones
from .names import fold

SIDED_ROLES = ("hip", "knee", "ankle", "foot", "collar", "shoulder", "elbow", "wrist")
CENTRE_ROLES = ("pelvis", "spine1", "spine2", "spine3", "neck", "head")


@dataclass(frozen=True)
class RigFamily:
    """What a kind of rig calls its bones.

    `bones` gives for each role the name of the bone whose head lies at that joint, or several that are tried in turn;
    roles of the limbs (`SIDED_ROLES`) stand without side, and `{side}` in their names is replaced by each pair of
    `sides` (left, right). A role that the family does not have is left out. `prefix` (a pattern) may stand before every
    name, `marks` are patterns of bone names that tell this family from others with the same names, `twists` names the
    helpers that share a role's twist. Names are compared by `names.fold`.
    """

    name: str
    sides: tuple[tuple[str, str], ...]
    bones: Mapping[str, str | tuple[str, ...]]
    prefix: str = ""
    marks: tuple[str, ...] = ()
    twists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def joint_names(family: RigFamily, names: Mapping[str, str | tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Joint of the 22 -> folded bone names, from names by role."""
    joints: dict[str, tuple[str, ...]] = {}
    for role, patterns in names.items():
        options = (patterns,) if isinstance(patterns, str) else patterns
        if role in CENTRE_ROLES:
            joints[role] = tuple(fold(option) for option in options)
            continue
        for which, side in enumerate(("left", "right")):
            joints[f"{side}_{role}"] = tuple(
                fold(option.replace("{side}", pair[which])) for pair in family.sides for option in options
            )
    return joints


def find_bones(family: RigFamily, bones: Bones) -> dict[str, int]:
    """Joint -> bone index for all joints whose bone goes by one of the family's names; a bone plays one joint only."""
    index: dict[str, int] = {}
    for bone, name in enumerate(bones.names):
        index.setdefault(fold(name, family.prefix), bone)
    found: dict[str, int] = {}
    for joint, options in joint_names(family, family.bones).items():
        hit = next((index[option] for option in options if option in index), None)
        if hit is not None and hit not in found.values():
            found[joint] = hit
    return found


def find_twists(family: RigFamily, bones: Bones) -> dict[str, tuple[str, ...]]:
    """Joint -> names of the rig's bones that share its twist."""
    index = {fold(name, family.prefix): name for name in bones.names}
    found = {
        joint: tuple(index[option] for option in options if option in index)
        for joint, options in joint_names(family, family.twists).items()
    }
    return {joint: names for joint, names in found.items() if names}


def is_marked(family: RigFamily, bones: Bones) -> bool:
    """Whether the rig has a bone of every pattern in `marks`."""
    return all(any(re.search(mark, name, re.IGNORECASE) for name in bones.names) for mark in family.marks)
