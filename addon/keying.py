"""From a Motion to keys on ours or any mapped armature: one Action a take, in bulk, at the scene's own frame rate."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import bpy
import numpy as np

from .actions import NewCurve, assign_action, fill_curve, new_action
from .armature import ROOT, bones_data, build_armature, is_ours, pose_bone, rest_head, rest_matrices, units_per_metre
from .core.blender_axes import pose_channels
from .core.errors import RepriseError
from .core.motion import Motion
from .core.resample import resample
from .core.retargeting.result import Retargeted
from .core.skeleton import JOINT_NAMES, PARENTS
from .rig import read_rig
from .rig_keying import key_motion, prepare
from .rig_mapping import map_rig

META = "reprise"  # custom property of an Action: the Motion's meta as JSON


@dataclass(frozen=True)
class Keyed:
    """What was keyed, by name: names survive undo and file loads, references into Blender's data do not.

    `unkeyed` says in sentences what of a rig could not be keyed.
    """

    armature: str
    actions: tuple[str, ...]
    first_frame: int
    last_frame: int
    extended_range: bool
    unkeyed: tuple[str, ...] = ()


def scene_fps(scene: bpy.types.Scene) -> float:
    """Frames a second of the scene: its rate over its base (24 / 1.001 = 23.976)."""
    return scene.render.fps / scene.render.fps_base


def key_takes(
    scene: bpy.types.Scene,
    view_layer: bpy.types.ViewLayer,
    target: bpy.types.Object | None,
    takes: Sequence[Motion],
    first_frame: int,
    extend_range: bool = True,
) -> Keyed:
    """Keys every take as an Action of its own on `target` if a motion can be keyed on it, or else on a new armature.

    That is an armature of ours, or any that `rig_mapping.map_rig` finds usable. The first take plays; the others wait
    as Actions with a fake user. Keys begin at `first_frame`, one on each whole frame of the scene; the scene's end is
    moved to the last key if that lies behind it and `extend_range` says so, and nothing else of the scene is changed.
    Everything is checked before anything is made; raises `RepriseError`.
    """
    _check_takes(takes)
    is_new = target is None or not (is_ours(target) or map_rig(target).is_usable)
    if target is not None and not is_new:
        _check_assignable(target)
    else:
        target = build_armature(scene, view_layer, takes[0])
    rig = None if is_ours(target) else read_rig(target, scene.unit_settings.scale_length)
    resampled = [resample(motion, scene_fps(scene)) for motion in takes]
    actions: list[bpy.types.Action] = []
    retargeted: list[Retargeted] = []
    try:
        for motion in resampled:
            action, new_curve = new_action(str(motion.meta.get("prompt") or "Motion"), target)
            actions.append(action)
            action[META] = json.dumps(dict(motion.meta), ensure_ascii=False)
            if rig is None:
                _key_ours(target, motion, first_frame, new_curve)
            else:
                retargeted.append(key_motion(target, rig, map_rig(target).mapping, motion, first_frame, new_curve))
    except BaseException:  # nothing half made stays in the scene
        for action in actions:
            bpy.data.actions.remove(action)
        if is_new:
            bpy.data.armatures.remove(bones_data(target))
        raise
    if rig is None:
        _clear_unkeyed(target)
    else:
        prepare(target, rig, retargeted[0])
    assign_action(target, actions[0])
    last_frame = first_frame + max(motion.frames for motion in resampled) - 1
    extended = extend_range and last_frame > scene.frame_end
    if extended:
        scene.frame_end = last_frame
    unkeyed = tuple(dict.fromkeys(sentence for result in retargeted for sentence in result.unkeyed))
    names = tuple(action.name for action in actions)
    return Keyed(target.name, names, first_frame, last_frame, extended, unkeyed)


def _check_takes(takes: Sequence[Motion]) -> None:
    for motion in takes:
        if motion.joint_names != JOINT_NAMES or motion.parents != PARENTS:
            raise RepriseError("bad_motion", "The motion has another skeleton than ours.", "Update the backend.")
        if not all(np.isfinite(a).all() for a in (motion.root_translation, motion.local_rotations)):
            raise RepriseError("bad_motion", "The motion has values that are no numbers.", "Try another seed.")


def _key_ours(armature: bpy.types.Object, motion: Motion, first_frame: int, new_curve: NewCurve) -> None:
    metre = units_per_metre(armature, motion)
    head = rest_head(bones_data(armature).bones[ROOT])
    location, rotations = pose_channels(motion, rest_matrices(armature, motion.joint_names), head / metre)
    frames = first_frame + np.arange(motion.frames, dtype=np.float64)
    for axis in range(3):
        fill_curve(new_curve(f'pose.bones["{ROOT}"].location', axis, ROOT), frames, location[:, axis] * metre)
    for joint, name in enumerate(motion.joint_names):
        for part in range(4):
            curve = new_curve(f'pose.bones["{name}"].rotation_quaternion', part, name)
            fill_curve(curve, frames, rotations[:, joint, part])


def _clear_unkeyed(armature: bpy.types.Object) -> None:
    """What is not keyed must not be left over from posing by hand: places of limbs, scales, other rotation modes."""
    for name in JOINT_NAMES:
        bone = pose_bone(armature, name)
        bone.rotation_mode = "QUATERNION"
        bone.location, bone.scale = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)


def _check_assignable(armature: bpy.types.Object) -> None:
    animation = armature.animation_data
    if animation is not None and animation.use_tweak_mode:
        sentence = f"'{armature.name}' is in the NLA editor's tweak mode."
        raise RepriseError("tweak_mode", sentence, "Leave it (Tab in the NLA editor) and generate again.")
