"""From an animated rig to a Motion: the other way round, bone by bone the inverse of `retarget.py`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .. import quaternion as quat
from ..contacts import detect_contacts
from ..kinematics import forward_kinematics
from ..motion import Motion
from ..rigs.bones import BoneMapping
from ..skeleton import JOINT_NAMES, PARENTS, Skeleton, humanml3d_skeleton
from .alignment import align
from .carrier import find_carrier
from .controls import Players, find_players
from .figure import find_figure
from .in_line import WHOLE_TWIST, find_lines, regained_turns
from .performed import performed_turns
from .pose import Pose, joints_of, pose_armature
from .rest_rig import RestRig

Array = quat.Array

_HIPS = [JOINT_NAMES.index(f"{side}_hip") for side in ("left", "right")]


def to_motion(
    rig: RestRig, mapping: BoneMapping, pose: Pose, fps: float, meta: Mapping[str, Any] | None = None
) -> Motion:
    """The Motion on our skeleton that a rig performs whose bones are keyed with `pose`, as `retarget` keys them (FK
    controls where the family has them). Raises RepriseError for a mapping without hips, knees and shoulders.

    Of an upper limb with twist helpers in its line the whole twist counts. Where those add none to that of the mapped
    bone, its name is in the Motion's `meta` under "bones_with_whole_twist", so that on this rig `retarget` leaves all
    of it to the bone again, instead of sharing it.
    """
    return _motion(rig, find_players(rig.bones, mapping, controls=True), *pose_armature(rig, pose), fps, meta)


def posed_to_motion(
    rig: RestRig,
    mapping: BoneMapping,
    heads: ArrayLike,
    axes: ArrayLike,
    fps: float,
    meta: Mapping[str, Any] | None = None,
) -> Motion:
    """The same from where the mapped bones are, however they came there (constraints, IK, drivers): `heads` (T, B, 3)
    and `axes` (T, B, 3, 3; scale is ignored) in armature space, as evaluated `pose_bone.matrix` has them.
    """
    players = find_players(rig.bones, mapping, controls=False)
    return _motion(rig, players, np.asarray(heads, dtype=np.float64), np.asarray(axes, dtype=np.float64), fps, meta)


def _motion(
    rig: RestRig, players: Players, heads: Array, axes: Array, fps: float, meta: Mapping[str, Any] | None
) -> Motion:
    skeleton, joints, bones = humanml3d_skeleton(), joints_of(rig), players.bones
    figure = find_figure(joints, bones, skeleton)

    def turn(bone: int) -> Array:
        posed = axes[:, bone] / np.linalg.norm(axes[:, bone], axis=-2, keepdims=True)
        return quat.multiply(quat.from_matrix(posed), quat.conjugate(joints.rest[bone]))

    carrier = find_carrier(joints, bones)
    carried = turn(carrier) if carrier >= 0 else np.tile([1.0, 0.0, 0.0, 0.0], (len(heads), 1))
    whole, alone = regained_turns(find_lines(joints, players), joints, heads, turn)
    by_joint = {joint: turn(bone) for joint, bone in bones.items()} | whole
    turns = performed_turns(figure, align(figure, rig.bones, bones, skeleton), by_joint, carried)
    world = np.stack([turns[joint] for joint in JOINT_NAMES], axis=1)
    local = world.copy()
    local[:, 1:] = quat.multiply(quat.conjugate(world[:, list(PARENTS[1:])]), world[:, 1:])
    hips = figure.to_ours(heads[:, [bones["left_hip"], bones["right_hip"]]].mean(axis=1)) - [0.0, figure.lift, 0.0]
    root = hips - quat.rotate(turns["pelvis"], skeleton.rest_offsets[_HIPS].mean(axis=0))
    meta = {**(meta or {}), **({WHOLE_TWIST: list(alone)} if alone else {})}
    return _as_motion(skeleton, root, quat.make_continuous(quat.normalize(local)), fps, meta)


def _as_motion(skeleton: Skeleton, root: Array, local: Array, fps: float, meta: dict[str, Any]) -> Motion:
    positions, _ = forward_kinematics(PARENTS, skeleton.rest_offsets, root, local)
    return Motion(
        fps=float(fps),
        joint_names=JOINT_NAMES,
        parents=PARENTS,
        rest_offsets=skeleton.rest_offsets.astype(np.float32),
        root_translation=root.astype(np.float32),
        local_rotations=local.astype(np.float32),
        positions=positions.astype(np.float32),
        foot_contact=detect_contacts(positions, fps),
        meta=meta,
    )
