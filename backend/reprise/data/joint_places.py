"""Where the 22 joints lie on a skeleton whose bones are mapped, and places for those that it lacks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reprise_core.errors import RepriseError
from reprise_core.quaternion import normalize
from reprise_core.rigs.bones import Match
from reprise_core.skeleton import BONE_LENGTHS, JOINT_NAMES, rest_direction

from .joint_maps import Place, in_words, place_of
from .skeleton_animation import SkeletonAnimation, joint_positions
from .skeleton_bones import bone_name, head_joint, tail_joint, with_point

Array = NDArray[np.float64]

LIMBS = tuple(f"{side}_{part}" for side in ("left", "right") for part in ("hip", "knee", "shoulder", "elbow"))
NEEDED = ("pelvis", *LIMBS)  # without these no place can be found for the others
_SPINE = ("pelvis", "spine1", "spine2", "spine3", "neck")
_LENGTH: dict[str, float] = dict(zip(JOINT_NAMES, BONE_LENGTHS, strict=True))
_HEIGHT: dict[str, float] = dict(zip(_SPINE, np.cumsum([_LENGTH[joint] for joint in _SPINE]).tolist(), strict=True))
_COLLAR = 0.35  # of the way from the chest to the shoulder
_LEG = _LENGTH["left_knee"] + _LENGTH["left_ankle"]
_TOO_SHORT = 0.06  # of the leg: an end site nearer than this to its bone's head says nothing of its direction
_IN_LINE = np.cos(np.radians(40.0))  # between torso and thighs of a figure that stands
_POSES = 200  # frames that are looked at for one in which the figure stands


@dataclass(frozen=True)
class JointPlaces:
    """A place for each of the 22 joints on `animation`, and in a few words how each was found."""

    animation: SkeletonAnimation
    places: Mapping[str, Place]
    how: Mapping[str, str]


def find_places(animation: SkeletonAnimation, matches: Mapping[str, Match]) -> JointPlaces:
    """Places for all 22 joints from the bones that were matched; `RepriseError` when a limb has none."""
    matches = _with_pelvis(animation, matches)
    lacking = [joint for joint in NEEDED if joint not in matches]
    if lacking:
        raise RepriseError(
            "unmapped",
            f"No bone was found for {', '.join(joint.replace('_', ' ') for joint in lacking)}.",
            "Name the bones in a mapping file ('reprise data inspect FILE --write-mapping MAP.json' writes one).",
        )
    search = _Search(animation, matches)
    for side in ("left", "right"):
        search.leg(side)
        search.arm(side)
    search.spine()
    for side in ("left", "right"):
        search.collar(side)
    return JointPlaces(search.animation, search.places, search.how)


def _with_pelvis(animation: SkeletonAnimation, matches: Mapping[str, Match]) -> Mapping[str, Match]:
    """The matches with the bone that carries both thighs as the pelvis, where names do not tell: Acclaim's root."""
    if "pelvis" in matches or "left_hip" not in matches or "right_hip" not in matches:
        return matches
    left, right = (_carriers(animation, matches[f"{side}_hip"].bone) for side in ("left", "right"))
    shared = [joint for joint in left if joint in right]
    if not shared:
        return matches
    return {"pelvis": Match(bone_name(animation.joint_names[shared[0]]), "structure"), **matches}


def _carriers(animation: SkeletonAnimation, bone: str) -> list[int]:
    """The joints above a bone, the nearest first."""
    joint, above = animation.joint_names.index(head_joint(animation, bone)), []
    while (joint := animation.parents[joint]) >= 0:
        above.append(joint)
    return above


def standing_pose(animation: SkeletonAnimation, heads: Mapping[str, str]) -> tuple[SkeletonAnimation, bool]:
    """One frame in which the figure stands, and whether it is the rest pose: else the frame that stands straightest.

    `heads` names the joints of the animation for pelvis, hips, knees and shoulders.
    """
    rest = animation.at_rest()
    if _straightness(rest, heads)[0] > _IN_LINE:
        return rest, True
    looked_at = np.unique(np.linspace(0, animation.frames - 1, _POSES).astype(int))
    straightness = _straightness(animation.at_frames(looked_at), heads)
    return animation.at_frames(looked_at[[int(np.argmax(straightness))]]), False


def _straightness(animation: SkeletonAnimation, heads: Mapping[str, str]) -> Array:
    """(T,) the cosine between torso and the worse of the two thighs; -1 where a figure has no extent."""
    at = joint_positions(animation, [heads[joint] for joint in LIMBS])
    hips, shoulders = ((at[heads[f"left_{part}"]] + at[heads[f"right_{part}"]]) / 2.0 for part in ("hip", "shoulder"))
    torso = normalize(shoulders - hips)
    thighs = [normalize(at[heads[f"{side}_hip"]] - at[heads[f"{side}_knee"]]) for side in ("left", "right")]
    return np.minimum(*(np.sum(torso * thigh, axis=-1) for thigh in thighs))


class _Search:
    """The places found so far; finding one may add a point to the skeleton."""

    def __init__(self, animation: SkeletonAnimation, matches: Mapping[str, Match]) -> None:
        self.animation = animation
        self.bones = {joint: match.bone for joint, match in matches.items()}
        heads = {joint: head_joint(animation, bone) for joint, bone in self.bones.items()}
        self.places: dict[str, Place] = dict(heads)
        self.how = {joint: match.how for joint, match in matches.items()}
        self.pose = standing_pose(animation, heads)[0]
        rest = {name: place[0] for name, place in joint_positions(self.pose, animation.joint_names).items()}
        self.rest = rest
        at = {joint: rest[heads[joint]] for joint in NEEDED}
        hips, shoulders = ((at[f"left_{part}"] + at[f"right_{part}"]) / 2.0 for part in ("hip", "shoulder"))
        left = normalize(at["left_hip"] - at["right_hip"])
        up = normalize(shoulders - hips - left * np.sum(left * (shoulders - hips)))
        self.axes = np.stack((left, up, np.cross(left, up)), axis=-1)
        thigh = (np.linalg.norm(at[f"{side}_hip"] - at[f"{side}_knee"]) for side in ("left", "right"))
        self.scale = float(sum(thigh)) / 2.0 / _LENGTH["left_knee"]  # our metre in the file's unit

    def leg(self, side: str) -> None:
        knee, ankle, foot = (f"{side}_{part}" for part in ("knee", "ankle", "foot"))
        if ankle not in self.places:
            self._at_tail_or_beyond(ankle, knee)
        if foot not in self.places:
            self._at_tail_or_beyond(foot, ankle if ankle in self.bones else knee)

    def arm(self, side: str) -> None:
        elbow, wrist = f"{side}_elbow", f"{side}_wrist"
        if wrist not in self.places:
            along = self._rest_place(elbow) - self._rest_place(f"{side}_shoulder")
            self._at_tail_or_beyond(wrist, elbow, along * (_LENGTH[wrist] / _LENGTH[elbow]))

    def spine(self) -> None:
        if "neck" not in self.places:
            if "head" in self.places:
                below = next(joint for joint in ("spine3", "spine2", "spine1", "pelvis") if joint in self.places)
                reach = _HEIGHT["neck"] + _LENGTH["head"] - _HEIGHT[below]
                self._between("neck", below, "head", (_HEIGHT["neck"] - _HEIGHT[below]) / reach)
            else:
                self._between("neck", "left_shoulder", "right_shoulder", 0.5)
        if "head" not in self.places:
            below = next(joint for joint in ("neck", "spine3", "spine2", "spine1", "pelvis") if joint in self.bones)
            lift = self._rest_place("neck") - self._rest_place(below) + self._ours("head")
            self._at_tail_or_beyond("head", below, lift, tail=below == "neck")
        for joint in ("spine1", "spine2", "spine3"):
            if joint not in self.places:
                level = _SPINE.index(joint)
                below = next(other for other in reversed(_SPINE[:level]) if other in self.places)
                above = next(other for other in _SPINE[level + 1 :] if other in self.places)
                reach = _HEIGHT[above] - _HEIGHT[below]
                self._between(joint, below, above, (_HEIGHT[joint] - _HEIGHT[below]) / reach)

    def collar(self, side: str) -> None:
        if f"{side}_collar" not in self.places:
            self._between(f"{side}_collar", "spine3", f"{side}_shoulder", _COLLAR)

    def _ours(self, joint: str) -> Array:
        """Our own bone to `joint`, turned and scaled to the file's figure."""
        return self.axes @ (rest_direction(joint) * _LENGTH[joint] * self.scale)

    def _rest_place(self, joint: str) -> Array:
        return place_of(self.rest, self.places[joint])

    def _at_tail_or_beyond(self, joint: str, after: str, offset: Array | None = None, tail: bool = True) -> None:
        """The end of the bone at `after`, or a point fixed to it that is `offset` (default: our own bone) away."""
        bone = self.bones[after]
        end = tail_joint(self.animation, bone) if tail else None
        head = head_joint(self.animation, bone)
        if end is not None and np.linalg.norm(self.rest[end] - self.rest[head]) > _TOO_SHORT * _LEG * self.scale:
            self.places[joint], self.how[joint] = end, f"end of {bone}"
            return
        if offset is None:
            offset = self._ours(joint)
        name = f"({joint})"
        self.animation = with_point(self.animation, name, bone, self.pose, offset)
        self.rest[name] = self.rest[head] + offset
        self.places[joint], self.how[joint] = name, f"estimated, fixed to {bone}"

    def _between(self, joint: str, start: str, end: str, fraction: float) -> None:
        self.places[joint] = (self.places[start], self.places[end], float(fraction))
        self.how[joint] = in_words((start, end, fraction))
