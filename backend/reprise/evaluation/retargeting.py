"""How well a motion goes onto a rig: limb directions, standing feet, floor, sides, twists, beside the source's own."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from reprise_core import quaternion as quat
from reprise_core.cleanup import contact_slide
from reprise_core.kinematics import forward_kinematics
from reprise_core.motion import Motion
from reprise_core.retargeting.controls import find_players
from reprise_core.retargeting.figure import Figure, find_figure
from reprise_core.retargeting.pose import joints_of, pose_armature
from reprise_core.retargeting.rest_rig import RestRig
from reprise_core.retargeting.result import RetargetOptions
from reprise_core.retargeting.retarget import retarget
from reprise_core.rigs.bones import BoneMapping
from reprise_core.skeleton import CONTACT_JOINTS, JOINT_NAMES, PARENTS, humanml3d_skeleton

Array = quat.Array

_ARM, _LEG = (("shoulder", "elbow"), ("elbow", "wrist")), (("hip", "knee"), ("knee", "ankle"))
_SIDES = ("left", "right")
_PAIRED = ("hip", "shoulder")
_FEET = tuple(JOINT_NAMES[joint] for joint in CONTACT_JOINTS)
_HUMAN, _OURS = 1.7, 1.62  # metres: what slides are scaled to; our figure from its sole to the top of its head
_JUMP = 30.0  # degrees a frame
_DEFAULT = RetargetOptions()


@dataclass(frozen=True)
class Retargeting:
    """One clip on one rig. `arms` and `legs` (N,) degrees between source and target directions, over limbs and frames.

    `slide_mm` and `source_slide_mm` a frame in contact, at a stature of 1.7 m; `sunk_mm` how far a foot joint goes
    lower than when the rig stands at rest, beyond what the source's does, at 1.7 m, the worst frame; `swapped` limbs
    that hang on the other side than the source's, and feet that point backwards; `jumps` frames in which a bone turns
    over 30 degrees more than its joint of the source; `unkeyed` sentences; `seconds` that retargeting took.
    """

    arms: Array
    legs: Array
    slide_mm: float
    source_slide_mm: float
    sunk_mm: float
    swapped: int
    jumps: int
    unkeyed: tuple[str, ...]
    seconds: float


def measure(motion: Motion, rig: RestRig, mapping: BoneMapping, options: RetargetOptions = _DEFAULT) -> Retargeting:
    """Retargets the motion and measures the pose of the keyed bones, by forward kinematics of the rig.

    Raises `RepriseError` as `retarget` does.
    """
    began = time.perf_counter()
    result = retarget(motion, rig, mapping, options)
    seconds = time.perf_counter() - began
    players = dict(find_players(rig.bones, mapping, options.controls).bones)
    figure = find_figure(joints_of(rig), players, humanml3d_skeleton())
    heads, axes = pose_armature(rig, result.pose(rig))
    at = {joint: figure.to_ours(heads[:, bone]) for joint, bone in players.items()}
    source = np.asarray(motion.positions, dtype=np.float64)
    ours = {joint: source[:, place] for place, joint in enumerate(JOINT_NAMES)}
    down = motion.foot_contact * np.array([joint in players for joint in _FEET], dtype=np.float32)
    return Retargeting(
        arms=_angles(at, ours, _ARM),
        legs=_angles(at, ours, _LEG),
        slide_mm=1e3 * _HUMAN / _OURS * contact_slide(_as_positions(at, len(source)), down),
        source_slide_mm=1e3 * _HUMAN / _OURS * contact_slide(source, down),
        sunk_mm=1e3 * _HUMAN / _OURS * _sunk(at, ours, rig, players, figure),
        swapped=_swapped(at, ours),
        jumps=_jumps(motion, axes, players),
        unkeyed=result.unkeyed,
        seconds=seconds,
    )


def _angles(at: Mapping[str, Array], ours: Mapping[str, Array], limb: Sequence[tuple[str, str]]) -> Array:
    parts = [
        _between(at, f"{side}_{start}", f"{side}_{end}", ours, f"{side}_{start}", f"{side}_{end}")
        for side in _SIDES
        for start, end in limb
        if f"{side}_{start}" in at and f"{side}_{end}" in at
    ]
    return np.concatenate(parts) if parts else np.zeros(0)


def _between(
    at: Mapping[str, Array], start: str, end: str, other: Mapping[str, Array], other_start: str, other_end: str
) -> Array:  # fmt: skip
    """Degrees (T,) between two directions."""
    one, two = (quat.normalize(ends) for ends in (at[end] - at[start], other[other_end] - other[other_start]))
    return 2.0 * np.degrees(np.arcsin(np.clip(np.linalg.norm(one - two, axis=-1) / 2.0, 0.0, 1.0)))


def _as_positions(at: Mapping[str, Array], frames: int) -> Array:
    positions = np.zeros((frames, len(JOINT_NAMES), 3))
    for joint in _FEET:
        if joint in at:
            positions[:, JOINT_NAMES.index(joint)] = at[joint]
    return positions


def _sunk(
    at: Mapping[str, Array], ours: Mapping[str, Array], rig: RestRig, players: Mapping[str, int], figure: Figure
) -> float:
    """Metres of our space that a foot joint goes deeper below where the lower one is at rest than the source's does."""
    rest, skeleton = figure.to_ours(rig.bones.heads)[:, 1], humanml3d_skeleton().rest_positions()[:, 1]
    depths = [0.0]
    for role in ("foot", "ankle"):
        joints = [joint for joint in _FEET if joint in at and joint.endswith(role)]
        if joints:  # on rigs without toes the ankles stand for them
            floor = min(rest[players[joint]] for joint in joints)
            own = min(skeleton[JOINT_NAMES.index(joint)] for joint in joints) - skeleton.min()
            depths += [(floor - at[j][:, 1] - np.maximum(own - ours[j][:, 1], 0.0)).max() for j in joints]
            break
    return float(max(depths))


def _swapped(at: Mapping[str, Array], ours: Mapping[str, Array]) -> int:
    """Pairs of joints that lie the other way round than the source's on average, and feet that point backwards."""
    pairs = [(f"left_{role}", f"right_{role}") for role in _PAIRED] + [(f"{s}_ankle", f"{s}_foot") for s in _SIDES]
    ways = [(at[one] - at[other], ours[one] - ours[other]) for one, other in pairs if one in at and other in at]
    return sum(bool(np.sum(way * own, axis=-1).mean() < 0.0) for way, own in ways)


def _jumps(motion: Motion, axes: Array, players: Mapping[str, int]) -> int:
    """Frames in which a bone turns over 30 degrees more than its joint of the source does."""
    offsets, local = (np.asarray(part, dtype=np.float64) for part in (motion.rest_offsets, motion.local_rotations))
    turns = forward_kinematics(PARENTS, offsets, np.asarray(motion.root_translation, dtype=np.float64), local)[1]
    count = 0
    for joint, bone in players.items():
        theirs, ours = _step(quat.from_matrix(axes[:, bone])), _step(turns[:, JOINT_NAMES.index(joint)])
        count += int(np.sum(theirs > ours + _JUMP))
    return count


def _step(rotations: Array) -> Array:
    """Degrees (T-1,) turned from frame to frame."""
    between = quat.multiply(quat.conjugate(rotations[:-1]), rotations[1:])
    return 2.0 * np.degrees(np.arctan2(np.linalg.norm(between[..., 1:], axis=-1), np.abs(between[..., 0])))
