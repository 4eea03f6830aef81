"""From a skeleton in motion to 22 joints in metres: which bones, which unit, which way is up, where it begins."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import NDArray

from reprise_core.errors import RepriseError
from reprise_core.rigs.bones import BoneMapping
from reprise_core.rigs.mapping import map_bones
from reprise_core.skeleton import JOINT_NAMES

from .joint_maps import Place, Rig, corrected, find_rig, in_words, map_joints, place_joints
from .joint_places import JointPlaces, find_places
from .lead_in import lead_in
from .mapping_file import ReadSettings
from .proportions import TorsoMarks
from .raw_clip import RawClip, Recognised
from .skeleton_animation import SkeletonAnimation
from .skeleton_bones import bone_name, bones, head_joint
from .units import Unit, guess_unit, leg_length, up_axis, y_up

DEFAULT_FPS = 30.0
_NO_LENGTH = 1e-9


class UnmappedError(RepriseError):
    """A skeleton whose limbs have no bones; `bones` are its names, `mapping` is what was found."""

    def __init__(self, message: str, hint: str, bones: tuple[str, ...], mapping: BoneMapping) -> None:
        super().__init__("unmapped", message, hint)
        self.bones = bones
        self.mapping = mapping


def read_figure(
    animation: SkeletonAnimation, name: str, settings: ReadSettings, rigs: Collection[Rig] = (), figure: str = ""
) -> RawClip:
    """The animation as a clip. `rigs` are the skeletons whose joint maps were made by hand; `figure` tells apart the
    builds of one of them. Raises `RepriseError` naming the file when it holds no figure that can be recognised.
    """
    known = find_rig(animation.joint_names, rigs)
    if settings.published:
        if known is None:
            raise RepriseError("unknown_rig", f"'{name}' has an unknown skeleton.", "Add a joint map for it.")
        return _published(animation, known, settings, figure)
    if known is not None:
        found, rig, marks = _on_known_rig(animation, known, name, settings), known.name, None
        bone = {joint: place for joint, place in found.places.items() if isinstance(place, str)}
        notes = [f"The skeleton is the known rig {known.name}."]
    else:
        found, rig, bone, notes = _mapped(animation, name, settings)
        figure, marks = "", torso_marks(animation, bone)
    raw, rest = _joints(found, name)
    unit = Unit(settings.unit, "the mapping file says so") if settings.unit else guess_unit(leg_length(raw))
    up, said = (settings.up, "") if settings.up else up_axis(raw, rest)
    fps = settings.fps or animation.fps
    notes += [*animation.notes, f"One unit is taken as {unit.metres:.6g} m ({unit.why}).", *([said] if said else [])]
    if fps is None or not 1.0 <= fps <= 1000.0:
        notes.append(f"The file states no usable rate; {DEFAULT_FPS:g} frames a second are assumed.")
        fps = DEFAULT_FPS
    joints, rest = y_up(raw, up) * unit.metres, y_up(rest, up) * unit.metres
    first = lead_in(animation, joints, fps)
    if first:
        first = max(first, known.skip_frames) if known else first
        frames = "frame is" if first == 1 else f"{first} frames are"
        notes.append(f"The first {frames} left out: a rest pose that the exporter put there.")
    return RawClip(
        id="",
        joints=joints[first:],
        fps=fps,
        rig=rig,
        source="",
        start=first / fps,
        figure=figure,
        notes=tuple(notes),
        rest=rest,
        marks=marks,
        recognised=Recognised(rig, bone, found.how, unit.metres, up, first, len(joints) - first),
    )


def _joints(found: JointPlaces, name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The 22 joints over all frames (T, 22, 3) and at rest (1, 22, 3), in the file's unit and axes."""
    animation = found.animation
    moving = animation.moving_only(animation.joint_names.index(_first_joint(found.places["pelvis"])))
    raw = place_joints(moving, found.places)
    if not np.isfinite(raw).all():
        raise RepriseError("bad_motion", f"'{name}' holds values that are not numbers.", "Export it anew.")
    if not leg_length(raw) > _NO_LENGTH:
        raise RepriseError("no_figure", f"'{name}' has legs of no length.", "Check its skeleton.")
    return raw, place_joints(moving.at_rest(), found.places)


def _on_known_rig(animation: SkeletonAnimation, rig: Rig, name: str, settings: ReadSettings) -> JointPlaces:
    """The places of the rig's joint map, corrected by the mapping file."""
    try:
        places = corrected(rig, settings.joints, animation.joint_names).joints
    except RepriseError as error:
        raise _not_mapped(error, name) from error
    how = {
        joint: "known rig" if isinstance(place, str) else f"known rig, {in_words(place)}"
        for joint, place in rig.joints.items()
    }
    return JointPlaces(
        animation, places, how | {joint: "user" for joint in places if places[joint] != rig.joints[joint]}
    )


def _mapped(
    animation: SkeletonAnimation, name: str, settings: ReadSettings
) -> tuple[JointPlaces, str, dict[str, str], list[str]]:
    """The places of an unknown skeleton, a name for its build, the bones that were found and notes."""
    skeleton = bones(animation.at_rest())
    try:
        mapping = map_bones(skeleton, dict(settings.joints))
    except RepriseError as error:
        raise _not_mapped(error, name) from error
    try:
        found = find_places(animation, mapping.matches)
    except RepriseError as error:
        message = f"'{name}' cannot be mapped: {error.message}"
        raise UnmappedError(message, error.hint, skeleton.names, mapping) from error
    offsets = np.round(animation.offsets[1:] / max(float(np.abs(animation.offsets[1:]).max()), 1e-9), 3)
    build = f"{zlib.crc32((offsets + 0.0).tobytes(), zlib.crc32('|'.join(skeleton.names).encode())):08x}"
    by = ", ".join(dict.fromkeys(match.how for match in mapping.matches.values()))
    whose = f" (family {mapping.family})" if mapping.family else ""
    estimated = [joint for joint in JOINT_NAMES if joint not in mapping.matches]
    notes = [f"{len(mapping.matches)} of 22 joints have a bone, found by {by}{whose}."]
    if estimated:
        notes.append(f"Estimated: {', '.join(f'{joint} ({found.how[joint]})' for joint in estimated)}.")
    bone = {joint: match.bone for joint, match in mapping.matches.items()}
    return found, f"{mapping.family or 'structure'}:{build}", bone, notes


def _not_mapped(error: RepriseError, name: str) -> RepriseError:
    return RepriseError(error.code, f"'{name}' cannot be mapped: {error.message}", error.hint)


def torso_marks(animation: SkeletonAnimation, bone: Mapping[str, str]) -> TorsoMarks:
    """Which of the joints that have a bone tell how pelvis and chest turn: those that hang on these bones directly.

    The chest is the bone that carries the collars; where the neck hangs on another, it turns by itself.
    """
    joint_of = {name: joint for joint, name in bone.items() if joint in ("pelvis", "spine1", "spine2", "spine3")}

    def carrier(joint: str) -> str:
        """The joint of the spine at the head of the bone that `joint` hangs on; "" when another bone is between."""
        if joint not in bone:
            return ""
        parent = animation.parents[animation.joint_names.index(head_joint(animation, bone[joint]))]
        return joint_of.get(bone_name(animation.joint_names[parent]), "") if parent >= 0 else ""

    pelvis = "spine1" if "spine1" not in bone or carrier("spine1") == "pelvis" else "pelvis"
    neck = carrier("neck") or carrier("head")
    shoulders = carrier("left_collar") or carrier("left_shoulder") or neck
    if shoulders in ("", "pelvis"):
        return TorsoMarks(pelvis)
    return TorsoMarks(pelvis, shoulders, "neck" if neck == shoulders else None)


def _first_joint(place: Place) -> str:
    while not isinstance(place, str):
        place = place[0]
    return place


def _published(animation: SkeletonAnimation, rig: Rig, settings: ReadSettings, figure: str) -> RawClip:
    """A clip of the motion pack, whose facts are known: the rig's unit and lead-in, the inventory's rate."""
    fps = settings.fps or animation.fps or DEFAULT_FPS
    moving = animation.moving_only(animation.joint_names.index(_first_joint(rig.joints["pelvis"])))
    joints = map_joints(moving, rig)[rig.skip_frames :]
    return RawClip("", joints, fps, rig.name, "", rig.skip_frames / fps, figure)
