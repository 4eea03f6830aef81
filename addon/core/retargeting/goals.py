"""Limbs of a control rig led by their ends: IK goals and poles under which arms and legs stand as their FK bones do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from .. import quaternion as quat
from ..rigs.bones import BoneMapping, Bones
from ..rigs.families import FAMILIES
from ..rigs.family import joint_names
from ..twist import fade
from .controls import controls_by_joint
from .pose import location_for, place_heads
from .rest_rig import RestRig
from .result import Setting
from .stage import Stage, Stance

Array = quat.Array

_LIMBS = {"ankle": ("hip", "knee"), "wrist": ("shoulder", "elbow")}
_FLAT = 0.0, 0.02  # of the way from end to end: a bend that says nothing; that says all
_AGAINST = np.radians(60.0), np.radians(150.0)  # off the hinge


@dataclass(frozen=True)
class Limb:
    """Bones of a limb (upper, middle, end), of its IK goal and pole, and (end, control) pairs that turn beyond it."""

    bones: tuple[int, int, int]
    goal: int
    pole: int
    beyond: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Limbs:
    """The limbs that can be led by goals, what to set for it, and what then carries the bones that hold the goals."""

    limbs: tuple[Limb, ...] = ()
    settings: tuple[Setting, ...] = ()
    carriers: Mapping[str, str] = field(default_factory=dict)

    def carried(self, rig: RestRig) -> RestRig:
        """The rig under the settings."""
        return replace(rig, moves_with={**rig.moves_with, **self.carriers})


def find_limbs(bones: Bones, mapping: BoneMapping, players: Mapping[str, int]) -> Limbs:
    """The limbs whose `players` end in the controls of the mapping's family; those without all controls stay FK."""
    family = next((family for family in FAMILIES if family.name == mapping.family), None)
    if family is None or family.control_rig is None:
        return Limbs()
    controls, index = family.control_rig, {name: bone for bone, name in enumerate(bones.names)}
    goals, poles = (controls_by_joint(family, names, index) for names in (controls.ik, controls.poles))
    switches = joint_names(family, {role: bone for role, (bone, _) in controls.switches.items()})
    chains = joint_names(family, controls.chains)
    limbs, settings, carriers = [], [], {}
    for side in ("left", "right"):
        toe = f"{side}_foot"
        for role, roles in _LIMBS.items():
            end = f"{side}_{role}"
            joints = [*(f"{side}_{other}" for other in roles), end]
            if end not in goals or end not in poles or not all(joint in players for joint in joints):
                continue
            beyond = ((players[toe], goals[toe]),) if role == "ankle" and toe in players and toe in goals else ()
            upper, middle, last = (players[joint] for joint in joints)
            limbs.append(Limb((upper, middle, last), goals[end], poles[end], beyond))
            values = ((controls.switches[role][1], 0.0), *controls.goal_settings)
            settings += [Setting(bone, *value) for bone in switches[end] if bone in index for value in values]
            settings += [Setting(bone, "ik_stretch", 0.0, own=True) for bone in chains[end] if bone in index]
            above = {bones.parents[bone] for bone in (goals[end], poles[end])}
            carriers |= {bones.names[bone]: controls.goals_move_with for bone in above if bone >= 0}
    return Limbs(tuple(limbs), tuple(settings), carriers)


def goal_turns(stance: Stance, limbs: Limbs) -> dict[int, Array]:
    """Bone -> turn (T, 4) of the goals and what is beyond them: as the limb's end and its toes turn."""
    turns = stance.keys.turns
    found = {limb.goal: turns[limb.bones[2]] for limb in limbs.limbs}
    return found | {control: turns[bone] for limb in limbs.limbs for bone, control in limb.beyond}


def goal_locations(stage: Stage, stance: Stance, limbs: Limbs, frames: int) -> dict[int, Array]:
    """Bone -> `location` (T, 3) to key that brings goals to the ends of limbs and poles into the planes of their bends.

    `stance` has the goals turned.
    """
    joints, turns = stage.joints, stance.keys.turns
    rest = np.asarray(joints.rig.bones.heads, dtype=np.float64)
    ends = [bone for limb in limbs.limbs for bone in (*limb.bones, limb.goal, limb.pole)]
    order = joints.needed(ends)
    known = dict(turns)
    for bone in order:
        if bone not in known:
            known[bone] = known[joints.bases[bone]] if joints.bases[bone] >= 0 else np.tile([1.0, 0, 0, 0], (frames, 1))
    heads = place_heads(joints, order, known, stance.locations, frames)
    found = {}
    for limb in limbs.limbs:
        upper, middle, end = (heads[bone] for bone in limb.bones)
        place = end + quat.rotate(known[limb.bones[2]], rest[limb.goal] - rest[limb.bones[2]])
        found[limb.goal] = location_for(joints, limb.goal, place - heads[limb.goal], known)
        out = rest[limb.pole] - rest[limb.bones[1]]
        way = _out(upper, middle, end, quat.rotate(known[limb.bones[0]], out))
        place = middle + float(np.linalg.norm(out)) * way
        found[limb.pole] = location_for(joints, limb.pole, place - heads[limb.pole], known)
    return found


def _out(upper: Array, middle: Array, end: Array, hinged: Array) -> Array:
    """The unit way (T, 3) out of a limb in which its middle bends; `hinged` (T, 3) is that of the upper bone's hinge.

    Where the limb is straight, or bends against its hinge, the hinge decides: a pole on the other side would wring it.
    """
    line = quat.normalize(end - upper)
    bend, hint = _across(middle - upper, line), quat.normalize(_across(hinged, line))
    angle = np.arctan2(np.sum(np.cross(hint, bend) * line, axis=-1), np.sum(hint * bend, axis=-1))
    depth = np.linalg.norm(bend, axis=-1) / np.linalg.norm(end - upper, axis=-1)
    return quat.rotate(
        quat.from_axis_angle(line, angle * fade(np.abs(angle), *_AGAINST) * (1.0 - fade(depth, *_FLAT))), hint
    )


def _across(vectors: Array, axes: Array) -> Array:
    """What of vectors (T, 3) is square to the unit axes (T, 3)."""
    return vectors - np.sum(vectors * axes, axis=-1, keepdims=True) * axes
