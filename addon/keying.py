"""From a Motion to keys on ours or any mapped armature: one Action a take, in bulk, at the scene's own frame rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import bpy
import numpy as np

from . import previews, takes
from .actions import new_action
from .armature import ROOT, bones_data, build_armature, is_ours, rest_head, rest_matrices, units_per_metre
from .core.blender_axes import pose_channels
from .core.errors import RepriseError
from .core.looping import loop
from .core.motion import Motion
from .core.resample import resample
from .core.root_motion import in_place, to_root_track, to_world
from .core.skeleton import JOINT_NAMES, PARENTS
from .key_writer import KeyWriter
from .keying_options import KeyingOptions
from .rig import read_rig
from .rig_keying import has_root_bone, key_motion, options_of
from .rig_mapping import map_rig
from .takes import Recipe

_NO_ROOT_BONE = "No bone carries the whole figure from above the hips, so its travel stays with the hips."


@dataclass(frozen=True)
class Keyed:
    """What was keyed, by name: names survive undo and file loads, references into Blender's data do not.

    `unkeyed` says in sentences what of the rig or of what was wished for could not be done.
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
    motions: Sequence[Motion],
    first_frame: int,
    extend_range: bool = True,
    options: KeyingOptions | None = None,
    recipe: Recipe | None = None,
) -> Keyed:
    """Keys every motion as an Action of its own on `target` if a motion can be keyed on it, or else on a new armature.

    That is an armature of ours, or any that `rig_mapping.map_rig` finds usable. The first motion plays; the others wait
    as Actions with a fake user. With a `recipe` they are takes (`takes.py`), shown as a preview where the add-on is
    registered. Keys begin at `first_frame`, one on each whole frame of the scene unless the `options` thin them; the
    scene's end is moved to the last key if that lies behind it and `extend_range` says so, and nothing else of the
    scene is changed. Everything is checked before anything is made; raises `RepriseError`.
    """
    _check_motions(motions)
    options = options or KeyingOptions()
    is_new = target is None or not can_be_keyed(target)
    if target is not None and not is_new:
        check_assignable(target)
    else:
        target = build_armature(scene, view_layer, motions[0])
    notes: list[str] = []
    actions: list[bpy.types.Action] = []
    last_frame = first_frame
    try:
        for motion in motions:
            wanted, impossible = shaped(motion, options)
            keyed = resample(wanted, scene_fps(scene))
            name = recipe.name if recipe and recipe.name else takes.sentence_of(motion.meta) or "Motion"
            action, unkeyed = key_action(scene, target, keyed, first_frame, options, name)
            actions.append(action)
            notes += [*impossible, *unkeyed]
            last_frame = max(last_frame, first_frame + keyed.frames - 1)
            takes.describe(action, motion, first_frame, options)
    except BaseException:  # nothing half made stays in the scene
        for action in actions:
            bpy.data.actions.remove(action)
        if is_new:
            bpy.data.armatures.remove(bones_data(target))
        raise
    extended = extend_range and last_frame > scene.frame_end
    end_before = scene.frame_end
    if extended:
        scene.frame_end = last_frame
    if recipe is None:
        takes.show(target, actions[0])
    else:
        for action in actions:
            takes.make_take(action, target, recipe)
        previews.show_new(target, actions, recipe.batch, is_new, (end_before, scene.frame_end))
    names = tuple(action.name for action in actions)
    return Keyed(target.name, names, first_frame, last_frame, extended, tuple(dict.fromkeys(notes)))


def can_be_keyed(armature: bpy.types.Object) -> bool:
    """Whether a motion can be keyed on this armature as it is."""
    return is_ours(armature) or map_rig(armature).is_usable


def check_assignable(armature: bpy.types.Object) -> None:
    """Raises `RepriseError` where the armature's Action cannot be changed."""
    animation = armature.animation_data
    if animation is not None and animation.use_tweak_mode:
        sentence = f"'{armature.name}' is in the NLA editor's tweak mode."
        raise RepriseError("tweak_mode", sentence, "Leave it (Tab in the NLA editor) and try again.")


def key_action(
    scene: bpy.types.Scene,
    armature: bpy.types.Object,
    motion: Motion,
    first_frame: int,
    options: KeyingOptions,
    name: str,
) -> tuple[bpy.types.Action, tuple[str, ...]]:
    """A new Action with the motion, whose rate is the scene's, and what could not be keyed. Nothing is assigned.

    Raises `RepriseError` where the rig cannot be driven; nothing is left of the Action then.
    """
    ours = is_ours(armature)
    size = (
        float(np.median(np.array(armature.matrix_world.to_scale()))) * scene.unit_settings.scale_length
    )  # metres a unit
    metre = units_per_metre(armature, motion) if ours else 1.0 / size if size > 0.0 else 1.0
    action, new_curve = new_action(name, armature)
    writer = KeyWriter(new_curve, first_frame, options, metre)
    try:
        if ours:
            _key_ours(armature, to_world(motion), metre, writer)
            return action, (_NO_ROOT_BONE,) if motion.root_track is not None else ()
        rig, mapping = read_rig(armature, scene.unit_settings.scale_length), map_rig(armature).mapping
        wishes = options_of(armature, options.lock_feet)
        unkeyed = key_motion(armature, rig, mapping, motion, writer, wishes)
        if motion.root_track is not None and not has_root_bone(rig, mapping, wishes):
            unkeyed = (*unkeyed, _NO_ROOT_BONE)
        return action, unkeyed
    except BaseException:
        bpy.data.actions.remove(action)
        raise


def rekey(
    scene: bpy.types.Scene, armature: bpy.types.Object, take: bpy.types.Action, options: KeyingOptions
) -> tuple[bpy.types.Action, tuple[str, ...]]:
    """The take keyed anew with other options, as another take of the same request that plays now, and what of the
    options could not be had. The take itself, and what was edited on it, stays. Raises `RepriseError`.
    """
    check_assignable(armature)
    motion, record = takes.motion_of(take), takes.record_of(take)
    first_frame = int(record.get("first_frame", take.frame_range[0]))
    wanted, impossible = shaped(motion, options)
    name = takes.sentence_of(motion.meta) or take.name
    action, unkeyed = key_action(scene, armature, resample(wanted, scene_fps(scene)), first_frame, options, name)
    takes.describe(action, motion, first_frame, options)
    takes.make_like(action, take)
    previews.show(armature, action)
    return action, (*impossible, *unkeyed)


def shaped(motion: Motion, options: KeyingOptions) -> tuple[Motion, tuple[str, ...]]:
    """The motion as the options want it, and in sentences what of that it cannot be."""
    notes: tuple[str, ...] = ()
    if options.loop:
        try:
            motion = loop(motion)
        except RepriseError as error:
            notes = (f"It was not made a cycle: {error.message}",)
    if options.root == "in_place":
        motion = in_place(motion)
    elif options.root == "root_bone":
        motion = to_root_track(motion)
    return motion, notes


def _check_motions(motions: Sequence[Motion]) -> None:
    for motion in motions:
        if motion.joint_names != JOINT_NAMES or motion.parents != PARENTS:
            raise RepriseError("bad_motion", "The motion has another skeleton than ours.", "Update the backend.")
        if not all(np.isfinite(a).all() for a in (motion.root_translation, motion.local_rotations)):
            raise RepriseError("bad_motion", "The motion has values that are no numbers.", "Try another seed.")


def _key_ours(armature: bpy.types.Object, motion: Motion, metre: float, writer: KeyWriter) -> None:
    head = rest_head(bones_data(armature).bones[ROOT])
    location, rotations = pose_channels(motion, rest_matrices(armature, motion.joint_names), head / metre)
    writer.add(ROOT, "location", location * metre)
    for joint, name in enumerate(motion.joint_names):
        writer.add(name, "rotation_quaternion", rotations[:, joint])
    writer.write()
