"""Takes on the time line: as strips of the NLA, and one take going on from where another is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, cast

import bpy
import numpy as np
from numpy.typing import NDArray

from . import previews, takes
from .actions import bone_channel, curve_maker, curves_of, playing
from .armature import bones_data
from .core.joining import going_on
from .core.motion import Motion
from .core.resample import resample
from .core.root_motion import in_place
from .keying import check_assignable, key_action, scene_fps, shaped
from .posing import REST
from .rig_reading import read_motion

STASH = "[Action Stash]"  # as Blender's own operator names such tracks
_FULL_TURN = 2.0 * np.pi
_PLACES = ("co", "handle_left", "handle_right")  # (n, 2) each
_KINDS = ("interpolation", "type", "handle_left_type", "handle_right_type")  # (n,) numbers of enumerations
Keys = dict[str, NDArray[Any]]


def push_to_track(armature: bpy.types.Object, action: bpy.types.Action, stash: bool = False) -> str:
    """Makes the take a strip where its keys are, on a new NLA track above the others; returns the track's name.

    With `stash` the track is muted and locked, as Blender's stashed Actions are. If the take was playing, the strip
    does so from now on. Raises `RepriseError` in tweak mode.
    """
    check_assignable(armature)
    animation = cast(Any, armature.animation_data or armature.animation_data_create())
    track = animation.nla_tracks.new()
    track.name = STASH if stash else action.name
    strip = track.strips.new(action.name, int(action.frame_range[0]), action)
    strip.influence = 1.0  # reads 0 otherwise
    if hasattr(strip, "action_slot") and strip.action_slot is None:
        strip.action_slot = cast(Any, action).slots[0]
    if animation.action == action:
        previews.accept(armature)
        animation.action = None
    track.mute = track.lock = stash
    return track.name


def append_take(
    scene: bpy.types.Scene,
    view_layer: bpy.types.ViewLayer,
    armature: bpy.types.Object,
    action: bpy.types.Action,
    frame: int,
) -> bpy.types.Action:
    """A new take that plays what the armature does until `frame` and then goes on with this take from there.

    The take begins on the pelvis's spot and heading of that frame, its difference to the pose there fades out, and what
    was keyed before the frame is copied key by key; the two Actions it is made of stay as they are. The take goes on as
    it was generated, whatever was edited since. Raises `RepriseError`.
    """
    check_assignable(armature)
    motion, options = takes.motion_of(action), takes.options_with(action)
    current, slot = playing(armature)
    before = read_motion(scene, view_layer, armature, frame - 1, frame)
    wanted, _ = shaped(motion, replace(options, root="hips"))
    if options.root == "in_place":
        wanted = in_place(wanted)
    joined = going_on(resample(wanted, scene_fps(scene)), before)
    parts = [current, action] if current else [action]
    name = ", then ".join(takes.sentence_of(takes.record_of(part)) or part.name for part in parts)
    made, _ = key_action(scene, armature, joined, frame, replace(options, root="hips"), name)
    if current is not None:
        _begin_with(armature, made, current, slot, frame)
    takes.describe(made, _named(motion, name), frame, options)
    takes.make_part(made, armature, [current.name if current else "", action.name])
    previews.accept(armature)
    takes.show(armature, made)
    return made


def _named(motion: Motion, name: str) -> Motion:
    return replace(motion, meta={"prompt": name})


def _begin_with(
    armature: bpy.types.Object, action: bpy.types.Action, other: bpy.types.Action, slot: str, frame: int
) -> None:
    """Puts the keys of `other` before `frame` in front of those of `action`, curve by curve, and adds its other curves.

    A rotation may be written in two ways: the later keys take that which is nearer to the earlier ones. Bones above
    those of `action`, such as a root that travelled until then, are at rest from `frame` on: it was keyed so.
    """
    ours = {(curve.data_path, curve.array_index): curve for curve in curves_of(action)}
    theirs = {(curve.data_path, curve.array_index): curve for curve in curves_of(other, slot)}
    for path in {path for path, _ in ours}:
        parts = [index for each, index in ours if each == path]
        if all((path, index) in theirs for index in parts):
            ends = np.array([theirs[path, index].evaluate(frame) for index in parts])
            keys = [_read(ours[path, index]) for index in parts]
            found = bone_channel(ours[path, parts[0]])
            _make_near(keys, ends, found[1] if found else "")
            for index, own in zip(parts, keys, strict=True):
                _write(ours[path, index], _joined(_before(theirs[path, index], frame), own))
    new_curve, above = curve_maker(action), _above(armature, ours.values())
    for (path, index), curve in theirs.items():
        if (path, index) not in ours:
            found, keys = bone_channel(curve), _read(curve)
            if found is not None and found[0] in above and found[1] in REST:
                keys = _joined(_before(curve, frame), _key(keys, frame, REST[found[1]][index]))
            _write(new_curve(path, index, curve.group.name if curve.group else ""), keys)


def _above(armature: bpy.types.Object, curves: Iterable[bpy.types.FCurve]) -> set[str]:
    """The bones that carry those that the curves move, and are not moved by them."""
    moved = {found[0] for curve in curves if (found := bone_channel(curve)) is not None}
    bones = bones_data(armature).bones
    return {above.name for name in moved for above in bones[name].parent_recursive} - moved


def _make_near(keys: list[Keys], ends: NDArray[np.float64], channel: str) -> None:
    begins = np.array([each["co"][0, 1] for each in keys])
    if channel == "rotation_quaternion" and float(begins @ ends) < 0.0:
        for each in keys:
            for name in _PLACES:
                each[name][:, 1] *= -1.0
    elif channel == "rotation_euler":
        for each, turns in zip(keys, np.round((ends - begins) / _FULL_TURN) * _FULL_TURN, strict=True):
            for name in _PLACES:
                each[name][:, 1] += turns


def _before(curve: bpy.types.FCurve, frame: int) -> Keys:
    """The keys before a frame, with one right before it, so that the curve is what it was up to there."""
    keys = _read(curve)
    early = keys["co"][:, 0] < frame
    kept = {name: values[early] for name, values in keys.items()}
    if early.all() or (early.any() and kept["co"][-1, 0] >= frame - 1):
        return kept
    return _joined(kept, _key(keys, frame - 1, curve.evaluate(frame - 1.0)))


def _key(keys: Keys, frame: int, value: float) -> Keys:
    """One more key, of the kind of the first."""
    place = np.array([[float(frame), value]], dtype=np.float32)
    return {name: values[:1] for name, values in keys.items()} | dict.fromkeys(_PLACES, place)


def _joined(first: Keys, second: Keys) -> Keys:
    return {name: np.concatenate((first[name], second[name])) for name in first}


def _read(curve: bpy.types.FCurve) -> Keys:
    points = curve.keyframe_points
    keys: Keys = {}
    for name in _PLACES:
        values = np.empty(2 * len(points), dtype=np.float32)
        points.foreach_get(name, values)
        keys[name] = values.reshape(-1, 2)
    for name in _KINDS:
        keys[name] = np.empty(len(points), dtype=np.int32)
        points.foreach_get(name, keys[name])
    return keys


def _write(curve: bpy.types.FCurve, keys: Keys) -> None:
    points = curve.keyframe_points
    points.clear()
    points.add(len(keys["co"]))
    for name in (*_KINDS, *_PLACES):
        points.foreach_set(name, np.ascontiguousarray(keys[name]).ravel())
    curve.update()
