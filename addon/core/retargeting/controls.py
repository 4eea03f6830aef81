"""Which bones of a mapped rig are keyed: those that play our joints, or on a control rig their FK controls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import RepriseError
from ..rigs.bones import BoneMapping, Bones
from ..rigs.families import FAMILIES
from ..rigs.family import ControlRig, Names, RigFamily, joint_names
from .result import Setting


@dataclass(frozen=True)
class Players:
    """Joint -> bone index, helpers by joint, what to set first, and whether bones between the players may be keyed."""

    bones: Mapping[str, int]
    twists: Mapping[str, tuple[str, ...]]
    settings: tuple[Setting, ...] = ()
    spread: bool = True


def find_players(bones: Bones, mapping: BoneMapping, controls: bool) -> Players:
    """The bones to key. With `controls`, those of the family's control rig where the rig has them: all that is between
    controls is mechanism. Raises RepriseError for a mapping to bones that the rig does not have.
    """
    index = {name: bone for bone, name in enumerate(bones.names)}
    mapped = {}
    for joint, match in mapping.matches.items():
        if match.bone not in index:
            raise RepriseError("bad_mapping", f"The rig has no bone {match.bone!r} for {joint}.", "Map the rig anew.")
        mapped[joint] = index[match.bone]
    helpers = {joint: tuple(n for n in names if n in index) for joint, names in mapping.twists.items()}
    family = next((family for family in FAMILIES if family.name == mapping.family), None)
    if not controls or family is None or family.control_rig is None:
        return Players(mapped, helpers)
    keyed = controls_by_joint(family, family.control_rig.fk, index)
    if len(keyed) < len(mapped) // 2:  # the deform bones alone: an export
        return Players(mapped, helpers)
    chosen = {joint: index[match.bone] for joint, match in mapping.matches.items() if match.how == "user"}
    return Players(keyed | chosen, {}, _settings(family, family.control_rig, index), spread=False)


def controls_by_joint(family: RigFamily, names: Names, index: Mapping[str, int]) -> dict[str, int]:
    """Joint -> bone for the controls that a rig with the bones of `index` has, of a family's `names` by role."""
    found = {}
    for joint, options in joint_names(family, names).items():
        hit = next((index[name] for name in options if name in index), None)
        if hit is not None:
            found[joint] = hit
    return found


def _settings(family: RigFamily, controls: ControlRig, index: Mapping[str, int]) -> tuple[Setting, ...]:
    """All limbs to FK, and each control to move with the one before it."""
    wanted = [*controls.follows, *((bone, switch, 1.0) for bone, switch in controls.switches.values())]
    sided = [
        Setting(bone.replace("{side}", side), switch, value)
        for bone, switch, value in wanted
        for pair in family.sides
        for side in pair
    ]
    return tuple(setting for setting in dict.fromkeys(sided) if setting.bone in index)
