"""Which bones of a rig play our 22 joints: by the names of a rig family, and by the user's corrections."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ..errors import RepriseError
from ..skeleton import JOINT_NAMES
from .bones import BoneMapping, Bones, Match
from .families import FAMILIES
from .family import RigFamily, find_bones, find_twists, is_marked

ESSENTIAL = (
    "pelvis", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle",
    "left_shoulder", "right_shoulder", "left_elbow", "right_elbow",
)  # fmt: skip
_MARK_BONUS = 0.04  # breaks the tie between families with the same names


def map_bones(bones: Bones, overrides: Mapping[str, str | None] = MappingProxyType({})) -> BoneMapping:
    """Finds the bone of each of the 22 joints.

    `overrides` gives joints the bone that the user chose, or None for no bone; it wins over whatever was found. Raises
    RepriseError for an override of a joint that we do not have or with a bone that the rig does not have.
    """
    _check_overrides(bones, overrides)
    family, found = _best_family(bones)
    matches = {joint: Match(bones.names[bone], "name") for joint, bone in found.items()}
    chosen = {bone for bone in overrides.values() if bone is not None}
    matches = {joint: match for joint, match in matches.items() if match.bone not in chosen and joint not in overrides}
    matches |= {joint: Match(bone, "user") for joint, bone in overrides.items() if bone is not None}
    matches = {joint: matches[joint] for joint in JOINT_NAMES if joint in matches}
    problems = tuple(
        f"No {joint.replace('_', ' ')} was found among the {len(bones.names)} bones."
        for joint in ESSENTIAL
        if joint not in matches
    )
    return BoneMapping(
        family=family.name if family else "",
        confidence=0.0 if problems else len(matches) / len(JOINT_NAMES),
        matches=matches,
        twists=find_twists(family, bones) if family else {},
        missing=tuple(joint for joint in JOINT_NAMES if joint not in matches),
        problems=problems,
    )


def _best_family(bones: Bones) -> tuple[RigFamily | None, dict[str, int]]:
    """The family with most of its joints found, and these; marks break ties."""
    best, best_score, best_found = None, 0.0, {}
    for family in FAMILIES:
        found = find_bones(family, bones)
        marked = bool(family.marks) and is_marked(family, bones)
        score = len(found) / len(JOINT_NAMES) + (_MARK_BONUS if marked else -_MARK_BONUS if family.marks else 0.0)
        if found and score > best_score:
            best, best_score, best_found = family, score, found
    return best, best_found


def _check_overrides(bones: Bones, overrides: Mapping[str, str | None]) -> None:
    for joint, bone in overrides.items():
        if joint not in JOINT_NAMES:
            raise RepriseError("bad_mapping", f"There is no joint {joint!r}.", f"Joints are {', '.join(JOINT_NAMES)}.")
        if bone is not None and bone not in bones.names:
            raise RepriseError("bad_mapping", f"The rig has no bone {bone!r} for {joint}.", "Choose one of its bones.")
