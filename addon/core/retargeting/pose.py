"""How the bones of a rig move each other: Blender's armature evaluation, for rotations and locations.

Blender's rule for a bone (BKE_bone_parent_transform_calc_from_matrices in its armature.cc) is P = P_parent M_parent^-1
M B, with M the rest, P the posed and B the keyed matrix (`pose_bone.matrix_basis`). Here a bone has a turn W instead,
from its rest axes to its posed ones in armature space (P = W M for the axes), and the rule reads W = W_parent M B M^-1:
turns know nothing of rolls, and one turn for a whole chain is a rigid chain.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from .. import quaternion as quat
from .rest_rig import RestRig

Array = quat.Array


@dataclass(frozen=True)
class Pose:
    """Every bone's `matrix_basis` over time: `rotations` (T, B, 4) wxyz and `locations` (T, B, 3) in armature units."""

    rotations: Array
    locations: Array


@dataclass(frozen=True)
class Joints:
    """A rig as a mechanism, by bone index: `bases` is the bone that carries each bone, `order` has bases first."""

    rig: RestRig
    bases: tuple[int, ...]
    order: tuple[int, ...]
    rest: Array  # (B, 4)
    carried: frozenset[int]
    turned_alone: frozenset[int]
    moved_along_parent: frozenset[int]

    def above(self, bone: int) -> list[int]:
        """The bone and all that carry it, up to its root."""
        line = [bone]
        while self.bases[line[-1]] >= 0:
            line.append(self.bases[line[-1]])
        return line

    def needed(self, bones: Iterable[int]) -> list[int]:
        """The bones and all that carry them, in the order of evaluation."""
        wanted = {above for bone in bones for above in self.above(bone)}
        return [bone for bone in self.order if bone in wanted]


def joints_of(rig: RestRig) -> Joints:
    """The rig as a mechanism. A bone that is said to move with one that it carries itself stays with its parent."""
    index = {name: bone for bone, name in enumerate(rig.bones.names)}
    bases, carried = list(rig.bones.parents), set()
    for name, other in rig.moves_with.items():
        if name not in index or other not in index:
            continue
        line, bone = [], index[other]
        while bone >= 0 and bone not in line:
            line.append(bone)
            bone = bases[bone]
        if index[name] not in line:
            bases[index[name]] = index[other]
            carried.add(index[name])
    order: list[int] = []
    seen: set[int] = set()
    for bone in range(len(bases)):
        line, above = [], bone
        while above >= 0 and above not in seen:
            line.append(above)
            seen.add(above)
            above = bases[above]
        order += line[::-1]
    return Joints(
        rig, tuple(bases), tuple(order), quat.from_matrix(np.asarray(rig.axes, dtype=np.float64)),
        frozenset(carried), frozenset(index[n] for n in rig.no_inherited_rotation if n in index),
        frozenset(index[n] for n in rig.armature_location if n in index),
    )  # fmt: skip


def turn_of(joints: Joints, bone: int, basis: Array, above: Array) -> Array:
    """W (T, 4) of a bone keyed with `basis` (T, 4), under what carries its turn (`inherited`)."""
    rest = joints.rest[bone]
    return quat.multiply(above, quat.multiply(quat.multiply(rest, basis), quat.conjugate(rest)))


def basis_of(joints: Joints, bone: int, turn: Array, above: Array) -> Array:
    """The keyed rotation (T, 4) that gives a bone the turn W: the inverse of `turn_of`."""
    rest = joints.rest[bone]
    local = quat.multiply(quat.conjugate(above), turn)
    return quat.multiply(quat.multiply(quat.conjugate(rest), local), rest)


def inherited(joints: Joints, bone: int, turns: Mapping[int, Array]) -> Array:
    """The turn (T, 4) or (4,) that a bone has without keys."""
    base = joints.bases[bone]
    alone = base < 0 or (bone in joints.turned_alone and bone not in joints.carried)
    return _NO_TURN if alone else turns[base]


def displacement(joints: Joints, bone: int, location: Array, turns: Mapping[int, Array]) -> Array:
    """How far (T, 3) a keyed `location` moves a bone in armature space."""
    return quat.rotate(_location_axes(joints, bone, turns), location)


def location_for(joints: Joints, bone: int, way: Array, turns: Mapping[int, Array]) -> Array:
    """The `location` to key that moves a bone by `way` (T, 3) in armature space: the inverse of `displacement`."""
    return quat.rotate(quat.conjugate(_location_axes(joints, bone, turns)), way)


def place_heads(
    joints: Joints, bones: Iterable[int], turns: Mapping[int, Array], locations: Mapping[int, Array], frames: int
) -> dict[int, Array]:
    """Bone -> where its head is (T, 3) in armature space; `bones` in order of evaluation, with all that carry them."""
    rest, heads = np.asarray(joints.rig.bones.heads, dtype=np.float64), {}
    for bone in bones:
        base = joints.bases[bone]
        if base < 0:
            heads[bone] = np.broadcast_to(rest[bone], (frames, 3))
        else:
            heads[bone] = heads[base] + quat.rotate(turns[base], rest[bone] - rest[base])
        if bone in locations and bone not in joints.carried:
            heads[bone] = heads[bone] + displacement(joints, bone, locations[bone], turns)
    return heads


def pose_turns(joints: Joints, pose: Pose, bones: Iterable[int]) -> dict[int, Array]:
    """Bone -> its turn W (T, 4) in armature space under a pose; `bones` as in `place_heads`."""
    turns: dict[int, Array] = {}
    for bone in bones:
        above = inherited(joints, bone, turns)
        keyed = bone not in joints.carried
        turns[bone] = turn_of(joints, bone, pose.rotations[:, bone], above) if keyed else above
    return turns


def pose_armature(rig: RestRig, pose: Pose) -> tuple[Array, Array]:
    """Where a posed rig's bones are in armature space: heads (T, B, 3) in its units and axes (T, B, 3, 3)."""
    joints, frames = joints_of(rig), len(pose.rotations)
    turns = pose_turns(joints, pose, joints.order)
    locations = {bone: pose.locations[:, bone] for bone in joints.order if pose.locations[:, bone].any()}
    placed = place_heads(joints, joints.order, turns, locations, frames)
    heads = np.stack([placed[bone] for bone in range(len(joints.bases))], axis=1)
    posed = np.stack([np.broadcast_to(turns[bone], (frames, 4)) for bone in range(len(joints.bases))], axis=1)
    return heads, quat.to_matrix(quat.multiply(posed, joints.rest))


def pose_world(rig: RestRig, pose: Pose) -> tuple[Array, Array]:
    """Where a posed rig's bones are: heads (T, B, 3) in world units and axes (T, B, 3, 3), columns of unit length.

    `rig.world` is applied as it is; under an uneven scale the axes are those that the sheared bones point along.
    """
    heads, axes = pose_armature(rig, pose)
    world = np.asarray(rig.world, dtype=np.float64)
    axes = world[:3, :3] @ axes
    return heads @ world[:3, :3].T + world[:3, 3], axes / np.linalg.norm(axes, axis=-2, keepdims=True)


def _location_axes(joints: Joints, bone: int, turns: Mapping[int, Array]) -> Array:
    base = joints.bases[bone]
    above = _NO_TURN if base < 0 else turns[base]
    if bone not in joints.moved_along_parent:
        return quat.multiply(above, joints.rest[bone])
    return _NO_TURN if base < 0 else quat.multiply(above, joints.rest[base])


_NO_TURN = np.array([1.0, 0.0, 0.0, 0.0])
