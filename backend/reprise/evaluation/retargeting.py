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
from reprise_core.retargeting.to_motion import to_motion
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

    `body_mm` and `pelvis` (T,) are the price of standing feet: how far the body is from where the legs' directions
    would put it (mm at a stature of 1.7 m), and the degrees between the pelvis' turn and the source's (empty without).
    `slide_mm` and `source_slide_mm` a frame in contact, at a stature of 1.7 m; `sunk_mm` how far a foot joint goes
    lower than when the rig stands at rest, beyond what the source's does, at 1.7 m, the worst frame; `swapped` limbs
    that hang on the other side than the source's, and feet that point backwards; `jumps` frames in which a bone or
    twist helper turns over 30 degrees more than its joint of the source; `unkeyed` sentences; `seconds` that
    retargeting took.
    """

    arms: Array
    legs: Array
    body_mm: Array
    pelvis: Array
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
        body_mm=1e3 * _HUMAN / _OURS * np.linalg.norm(_middle(at) - _middle(ours) - [0.0, figure.lift, 0.0], axis=-1),
        pelvis=_pelvis(motion, rig, figure, axes, players),
        slide_mm=1e3 * _HUMAN / _OURS * contact_slide(_as_positions(at, len(source)), down),
        source_slide_mm=1e3 * _HUMAN / _OURS * contact_slide(source, down),
        sunk_mm=1e3 * _HUMAN / _OURS * _sunk(at, ours, rig, players, figure),
        swapped=_swapped(at, ours),
        jumps=_jumps(motion, axes, players, _helpers(rig, mapping, options)),
        unkeyed=result.unkeyed,
        seconds=seconds,
    )


def round_trip(motion: Motion, rig: RestRig, mapping: BoneMapping) -> Array:
    """Degrees (N,) between mapped bones, over bones and frames, when the rig's animation becomes a Motion and that is
    put onto the rig again. Raises `RepriseError` as `retarget` does.
    """
    pose = retarget(motion, rig, mapping).pose(rig)
    again = retarget(to_motion(rig, mapping, pose, motion.fps), rig, mapping, RetargetOptions(feet=False)).pose(rig)
    axes, axes_again = (quat.from_matrix(pose_armature(rig, one)[1]) for one in (pose, again))
    bones = list(find_players(rig.bones, mapping, controls=True).bones.values())
    return _degrees(axes[:, bones], axes_again[:, bones]).ravel()


def _middle(at: Mapping[str, Array]) -> Array:
    return (at["left_hip"] + at["right_hip"]) / 2.0


def _pelvis(motion: Motion, rig: RestRig, figure: Figure, axes: Array, players: Mapping[str, int]) -> Array:
    """Degrees (T,) between the turns of the rig's pelvis and the source's; (0,) for a rig without a pelvis."""
    if "pelvis" not in players:
        return np.zeros(0)
    bone = players["pelvis"]
    turn = figure.turns_to_ours(quat.from_matrix(axes[:, bone] @ rig.axes[bone].T))
    return _degrees(turn, np.asarray(motion.local_rotations[:, 0], dtype=np.float64))


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


def _helpers(rig: RestRig, mapping: BoneMapping, options: RetargetOptions) -> list[tuple[str, int]]:
    """(joint, bone) of the bones that share the twist of a joint's limb."""
    twists = find_players(rig.bones, mapping, options.controls).twists
    return [(joint, rig.bones.names.index(name)) for joint, names in twists.items() for name in names]


def _jumps(motion: Motion, axes: Array, players: Mapping[str, int], helpers: Sequence[tuple[str, int]]) -> int:
    """Frames in which a bone turns over 30 degrees more than its joint of the source does, or a helper than any of the
    joint, the one before and the one behind it.
    """
    offsets, local = (np.asarray(part, dtype=np.float64) for part in (motion.rest_offsets, motion.local_rotations))
    turns = forward_kinematics(PARENTS, offsets, np.asarray(motion.root_translation, dtype=np.float64), local)[1]
    steps = np.stack([_step(turns[:, joint]) for joint in range(len(JOINT_NAMES))], axis=1)
    count = 0
    for name, bone in (*players.items(), *helpers):
        joint = JOINT_NAMES.index(name)
        near = [joint]
        if bone not in players.values():
            near += [PARENTS[joint], *(child for child, parent in enumerate(PARENTS) if parent == joint)]
        count += int(np.sum(_step(quat.from_matrix(axes[:, bone])) > steps[:, near].max(axis=1) + _JUMP))
    return count


def _step(rotations: Array) -> Array:
    """Degrees (T-1,) turned from frame to frame."""
    return _degrees(rotations[:-1], rotations[1:])


def _degrees(one: Array, other: Array) -> Array:
    """Degrees (...) between rotations."""
    between = quat.multiply(quat.conjugate(one), other)
    return 2.0 * np.degrees(np.arctan2(np.linalg.norm(between[..., 1:], axis=-1), np.abs(between[..., 0])))
