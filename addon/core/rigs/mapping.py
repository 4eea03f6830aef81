"""Which bones of a rig play our 22 joints: by its family's names, by the words in its names, by its structure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ..errors import RepriseError
from ..skeleton import JOINT_NAMES
from .bones import BoneMapping, Bones, Match
from .families import FAMILIES
from .family import RigFamily, find_bones, find_twists, is_marked, joint_count
from .problems import find_problems
from .score import ESSENTIAL, coverage, soundness
from .structure import find_figure
from .tree import Tree, build_tree
from .vocabulary import find_by_words

_MARKED = 0.1  # what a family's mark is worth, and what its absence costs, beside a share of joints found
_COMPLETE = 0.05  # what it is worth that a rig has all the joints of a family
_FEWEST = 8  # joints that must go by a family's names for it to be looked at
_SURE = 0.6  # names whose choice is as good as this need no look at the structure
_BY_WORDS, _BY_STRUCTURE = 0.95, 0.85  # what names of no family, and structure alone, are worth beside a family's names


@dataclass(frozen=True)
class _Choice:
    """Bones by joint, how they were found, the worth of the choice among others and the confidence in it."""

    family: RigFamily | None
    how: str
    bones: Mapping[str, int]
    worth: float
    confidence: float


def map_bones(bones: Bones, overrides: Mapping[str, str | None] = MappingProxyType({})) -> BoneMapping:
    """Finds the bone of each of the 22 joints.

    Known families are compared by name; where none fits well, words in the names and the structure of the rest pose
    are tried too, and the choice that holds up best as a human figure wins. Rigs with fewer or more than three spine
    bones map as `structure.spread_spine` says. `overrides` gives joints the bone that the user chose, or None for no
    bone; it wins over whatever was found. Raises RepriseError for an override of a joint that we do not have, with a
    bone that the rig does not have, or of two joints with one bone.
    """
    _check_overrides(bones, overrides)
    tree = build_tree(bones)
    choice = _best_choice(bones, tree)
    matches = {joint: Match(bones.names[bone], choice.how) for joint, bone in choice.bones.items()}
    taken = {bone for bone in overrides.values() if bone is not None}
    matches = {joint: match for joint, match in matches.items() if match.bone not in taken and joint not in overrides}
    matches |= {joint: Match(bone, "user") for joint, bone in overrides.items() if bone is not None}
    index = {name: bone for bone, name in reversed(list(enumerate(bones.names)))}
    mapped = {joint: index[matches[joint].bone] for joint in JOINT_NAMES if joint in matches}
    problems = find_problems(bones, tree, mapped, choice.how == "structure")
    return BoneMapping(
        family=choice.family.name if choice.family else "",
        confidence=0.0 if any(problem.fatal for problem in problems) else choice.confidence,
        matches={joint: matches[joint] for joint in mapped},
        twists=find_twists(choice.family, bones) if choice.family else {},
        missing=tuple(joint for joint in JOINT_NAMES if joint not in matches),
        problems=tuple(problem.text for problem in problems),
        fixes=tuple(problem.fix for problem in problems),
    )


def _best_choice(bones: Bones, tree: Tree) -> _Choice:
    by_name = max(_choices_by_name(bones, tree), key=lambda choice: choice.worth)
    if by_name.worth >= _SURE and set(ESSENTIAL) <= set(by_name.bones):
        return by_name
    figure = find_figure(tree)
    if figure is None:
        return by_name
    worth = _BY_STRUCTURE * coverage(figure.bones) * soundness(tree, figure.bones) ** 2
    if worth > by_name.worth:
        return _Choice(None, "structure", figure.bones, worth, 0.9 / (1.0 + figure.cost / 10.0))
    return by_name


def _choices_by_name(bones: Bones, tree: Tree) -> Iterator[_Choice]:
    for family in FAMILIES:
        found = find_bones(family, bones)
        if len(found) < _FEWEST:
            continue
        sound = soundness(tree, found) ** 2
        share = len(found) / joint_count(family)
        mark = (_MARKED if is_marked(family, bones) else -_MARKED) if family.marks else 0.0
        yield _Choice(family, "name", found, (coverage(found) + _COMPLETE * share) * sound + mark, share * sound)
    found = find_by_words(bones, tree)
    worth = _BY_WORDS * coverage(found) * soundness(tree, found) ** 2
    yield _Choice(None, "name", found, worth, worth)


def _check_overrides(bones: Bones, overrides: Mapping[str, str | None]) -> None:
    players: dict[str, str] = {}
    for joint, bone in overrides.items():
        if joint not in JOINT_NAMES:
            raise RepriseError("bad_mapping", f"There is no joint {joint!r}.", f"Joints are {', '.join(JOINT_NAMES)}.")
        if bone is None:
            continue
        if bone not in bones.names:
            raise RepriseError("bad_mapping", f"The rig has no bone {bone!r} for {joint}.", "Choose one of its bones.")
        if bone in players:
            raise RepriseError(
                "bad_mapping",
                f"The bone {bone!r} is given to both {players[bone]} and {joint}.",
                "Give each joint a bone of its own.",
            )
        players[bone] = joint
