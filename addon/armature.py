"""Our 22-bone armature: how it is built, and how one is recognised.

Bones are named after the joints, with the head at the joint's rest position and the tail towards the child. The rest
pose stands on the floor of the armature's space, facing -Y, in the scene's units.
"""

from __future__ import annotations

from typing import cast

import bpy
import numpy as np
from mathutils import Vector
from numpy.typing import NDArray

from .core.blender_axes import to_z_up
from .core.errors import RepriseError
from .core.motion import Motion
from .core.skeleton import JOINT_NAMES, PARENTS, Skeleton, rest_direction

MARK = "reprise_skeleton"  # custom property of the armature data
SKELETON_ID = "humanml3d-22"
ROOT = JOINT_NAMES[0]
_TOWARDS = {"pelvis": "spine1", "spine3": "neck"}  # where a joint with several children points
_LEAF_LENGTHS = {"head": 0.18, "left_wrist": 0.09, "right_wrist": 0.09, "left_foot": 0.06, "right_foot": 0.06}
_LEG = ("left_knee", "left_ankle", "right_knee", "right_ankle")
_LEFT_COLOUR, _RIGHT_COLOUR, _SPINE_COLOUR = "THEME04", "THEME01", "THEME09"
_DIRECTIONS = to_z_up(np.stack([rest_direction(name) for name in JOINT_NAMES[1:]]))
_MIN_COSINE = 0.999  # between a bone's rest direction and the skeleton's: an edited rest pose is not ours any more


def is_ours(armature: bpy.types.Object | None) -> bool:
    """Whether a motion can be keyed on this object as it is: marked, editable, our bones, parents and rest pose."""
    if armature is None or armature.type != "ARMATURE" or bones_data(armature).get(MARK) != SKELETON_ID:
        return False
    if armature.library is not None and armature.override_library is None:
        return False
    bones = bones_data(armature).bones
    if len(bones) != len(JOINT_NAMES) or any(name not in bones for name in JOINT_NAMES):
        return False
    for name, parent in zip(JOINT_NAMES, PARENTS, strict=True):
        bone = bones[name]
        if (bone.parent.name if bone.parent else None) != (JOINT_NAMES[parent] if parent >= 0 else None):
            return False
    return _has_our_rest_pose(armature)


def build_armature(scene: bpy.types.Scene, view_layer: bpy.types.ViewLayer, motion: Motion) -> bpy.types.Object:
    """A new armature with the motion's rest offsets, at the world's origin, selected and active.

    Raises `RepriseError` when the view layer has no place for it. Leaves the object's mode at Object.
    """
    skeleton = Skeleton(motion.joint_names, motion.parents, np.asarray(motion.rest_offsets, dtype=np.float64))
    heads, tails = _bone_ends(skeleton)
    units = 1.0 / scene.unit_settings.scale_length if scene.unit_settings.scale_length > 0.0 else 1.0
    data = bpy.data.armatures.new("Reprise")
    data[MARK] = SKELETON_ID
    armature = bpy.data.objects.new("Reprise", data)
    armature.show_in_front = True
    _collection(scene, view_layer).objects.link(armature)
    try:
        _fill(armature, view_layer, skeleton, heads * units, tails * units)
    except RuntimeError as error:
        bpy.data.armatures.remove(data)  # takes the object with it
        raise RepriseError("no_place", f"No armature can be made in this view layer ({error}).") from error
    for name in JOINT_NAMES:
        pose_bone(armature, name).rotation_mode = "QUATERNION"
    return armature


def bones_data(armature: bpy.types.Object) -> bpy.types.Armature:
    """The data of an armature object."""
    return cast(bpy.types.Armature, armature.data)


def pose_bone(armature: bpy.types.Object, name: str) -> bpy.types.PoseBone:
    """The pose bone of a joint."""
    return cast(bpy.types.Pose, armature.pose).bones[name]


def rest_head(bone: bpy.types.Bone) -> NDArray[np.float64]:
    """(3,) the bone's head at rest in armature space."""
    return np.array(bone.head_local, dtype=np.float64)


def rest_matrices(armature: bpy.types.Object, joint_names: tuple[str, ...]) -> NDArray[np.float64]:
    """(J, 3, 3) the bones' rest axes in armature space, in the order of the joints."""
    return np.array([bones_data(armature).bones[name].matrix_local.to_3x3() for name in joint_names], dtype=np.float64)


def units_per_metre(armature: bpy.types.Object, motion: Motion) -> float:
    """How long a metre of the motion is in the armature's space: the ratio of the legs, so that feet meet the floor."""
    ours = sum(float(np.linalg.norm(_offset(bones_data(armature).bones[name]))) for name in _LEG)
    theirs = sum(float(np.linalg.norm(motion.rest_offsets[motion.joint_names.index(name)])) for name in _LEG)
    return ours / theirs if theirs > 0.0 else 1.0


def _bone_ends(skeleton: Skeleton) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Heads and tails (J, 3) in metres, Blender's axes, the lowest joint on the floor."""
    heads = np.array(to_z_up(skeleton.rest_positions()), dtype=np.float64)
    heads[:, 2] -= heads[:, 2].min()
    tails = np.empty_like(heads)
    for joint, name in enumerate(skeleton.joint_names):
        children = [child for child, parent in enumerate(skeleton.parents) if parent == joint]
        if children:
            aim = skeleton.joint_names.index(_TOWARDS[name]) if name in _TOWARDS else children[0]
            tails[joint] = heads[aim]
        else:
            along = heads[joint] - heads[skeleton.parents[joint]]
            along /= max(float(np.linalg.norm(along)), 1e-6)
            tails[joint] = heads[joint] + along * _LEAF_LENGTHS.get(name, 0.08)
        if np.linalg.norm(tails[joint] - heads[joint]) < 1e-3:  # Blender deletes bones without length
            tails[joint] = heads[joint] + [0.0, 0.0, 0.01]
    return heads, tails


def _fill(
    armature: bpy.types.Object,
    view_layer: bpy.types.ViewLayer,
    skeleton: Skeleton,
    heads: NDArray[np.float64],
    tails: NDArray[np.float64],
) -> None:
    for other in view_layer.objects.selected:
        other.select_set(False, view_layer=view_layer)
    armature.select_set(True, view_layer=view_layer)
    view_layer.objects.active = armature
    # Bones can only be made in Edit Mode; a timer has no context of its own, so it is spelled out.
    with bpy.context.temp_override(
        scene=view_layer.id_data, view_layer=view_layer, object=armature, active_object=armature
    ):
        bpy.ops.object.mode_set(mode="EDIT")
        for joint, name in enumerate(skeleton.joint_names):
            bone = bones_data(armature).edit_bones.new(name)
            bone.head, bone.tail = Vector(heads[joint]), Vector(tails[joint])
            if skeleton.parents[joint] >= 0:
                bone.parent = bones_data(armature).edit_bones[skeleton.joint_names[skeleton.parents[joint]]]
            side = _LEFT_COLOUR if name.startswith("left_") else _RIGHT_COLOUR
            palette = side if "_" in name else _SPINE_COLOUR
            bone.color.palette = palette  # type: ignore[union-attr]
        bpy.ops.object.mode_set(mode="OBJECT")


def _collection(scene: bpy.types.Scene, view_layer: bpy.types.ViewLayer) -> bpy.types.Collection:
    """The active collection where new objects go, or the scene's own when that one is hidden or linked."""
    active = view_layer.active_layer_collection
    if active and not active.exclude and active.is_visible and active.collection.library is None:
        return active.collection
    return scene.collection


def _has_our_rest_pose(armature: bpy.types.Object) -> bool:
    bones = bones_data(armature).bones  # asked at every drawing of the panel
    heads = np.array([bones[name].head_local for name in JOINT_NAMES], dtype=np.float64)
    offsets = heads[1:] - heads[list(PARENTS[1:])]
    lengths = np.linalg.norm(offsets, axis=-1)
    along = np.einsum("ji,ji->j", offsets, _DIRECTIONS)
    return bool(np.all((lengths >= 1e-6) & (along >= _MIN_COSINE * lengths)))


def _offset(bone: bpy.types.Bone) -> NDArray[np.float64]:
    return rest_head(bone) - (rest_head(bone.parent) if bone.parent else 0.0)
