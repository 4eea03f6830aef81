"""A rig family: how a kind of rig names its bones, as a value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from .bones import Bones
from .names import fold, undecorated
from .spine import spread_spine

SIDED_ROLES = ("hip", "knee", "ankle", "foot", "collar", "shoulder", "elbow", "wrist")
Names = Mapping[str, str | tuple[str, ...]]


@dataclass(frozen=True)
class ControlRig:
    """Which controls of a control rig to key, by role: `fk` turns the joint, `ik` leads the limb's end (and turns the
    toes beyond) with its `poles`.

    `switches` gives, for the limb that ends in the role, the bone and its custom property that goes from 0 (IK) to
    1 (FK). `follows` lists (bone, custom property, value) under which each FK control moves with the one before it,
    `goal_settings` (custom property, value) of the bones of the switches under which `goals_move_with` carries what
    goals and poles hang on; `chains` names the bones of the limb's IK chain, which its solver would rather stretch than
    bend. `whole` names the bones that turn as a limb does, for joints whose deforming bone shares
    its twist with helpers.
    """

    fk: Names
    ik: Names
    poles: Names
    switches: Mapping[str, tuple[str, str]]
    follows: tuple[tuple[str, str, float], ...] = ()
    goal_settings: tuple[tuple[str, float], ...] = ()
    goals_move_with: str = ""
    chains: Names = field(default_factory=dict)
    whole: Names = field(default_factory=dict)


@dataclass(frozen=True)
class RigFamily:
    """What a kind of rig calls its bones.

    `bones` gives for each role the name of the bone whose head lies at that joint, or several that are tried in turn;
    a role that the family does not have is left out. The roles of the limbs (`SIDED_ROLES`) stand without side: in
    their names `{side}` is replaced by each pair of `sides` (left, right). "spine" lists the bones between pelvis and
    neck from below: as many of them as the rig has are spread over spine1 to spine3 (`spread_spine`).

    `prefix` (a pattern) may stand before every name, `marks` are patterns that some bone each must match for the family
    to be told from others with the same names, `twists` names the helpers that share a role's twist. Names are compared
    by `names.fold`.
    """

    name: str
    sides: tuple[tuple[str, str], ...]
    bones: Names
    prefix: str = ""
    marks: tuple[str, ...] = ()
    twists: Names = field(default_factory=dict)
    control_rig: ControlRig | None = None


def joint_names(family: RigFamily, names: Names) -> dict[str, tuple[str, ...]]:
    """Joint of the 22 (and "spine") -> bone names, from the family's `names` by role."""
    joints: dict[str, tuple[str, ...]] = {}
    for role, patterns in names.items():
        options = (patterns,) if isinstance(patterns, str) else patterns
        if role not in SIDED_ROLES:
            joints[role] = options
            continue
        for which, side in enumerate(("left", "right")):
            joints[f"{side}_{role}"] = tuple(
                option.replace("{side}", pair[which]) for pair in family.sides for option in options
            )
    return joints


def joint_count(family: RigFamily) -> int:
    """How many of the 22 joints a rig of the family has."""
    return sum(
        min(3, len(names)) if joint == "spine" else 1 for joint, names in joint_names(family, family.bones).items()
    )


def find_bones(family: RigFamily, bones: Bones) -> dict[str, int]:
    """Joint -> bone index for all joints whose bone goes by one of the family's names; a bone plays one joint only."""
    index = _index(bones.names, family.prefix)
    found: dict[str, int] = {}
    for joint, options in joint_names(family, family.bones).items():
        hits = [index[option] for option in map(fold, options) if option in index]
        if joint == "spine":
            found |= spread_spine(sorted(set(hits)))  # parents come before children
        elif hits and hits[0] not in found.values():
            found[joint] = hits[0]
    return found


def find_twists(family: RigFamily, bones: Bones) -> dict[str, tuple[str, ...]]:
    """Joint -> names of the rig's bones that share its twist."""
    index = _index(bones.names, family.prefix)
    found = {
        joint: tuple(bones.names[index[option]] for option in map(fold, options) if option in index)
        for joint, options in joint_names(family, family.twists).items()
    }
    return {joint: names for joint, names in found.items() if names}


def is_marked(family: RigFamily, bones: Bones) -> bool:
    """Whether the rig has a bone of every pattern in `marks`."""
    names = "\n".join(bones.names)
    return all(re.search(mark, names, re.IGNORECASE | re.MULTILINE) for mark in family.marks)


@lru_cache(maxsize=32)
def _index(names: tuple[str, ...], prefix: str) -> dict[str, int]:
    """Folded name -> the first bone that has it; names as they are go before names without decoration."""
    index: dict[str, int] = {}
    for variant in (names, undecorated(names)):
        for bone, name in enumerate(variant):
            index.setdefault(fold(name, prefix), bone)
    return index
