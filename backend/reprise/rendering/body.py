"""The figure that pictures show: a mannequin of round cones on the 22 joints, left blue, right orange."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reprise_core import quaternion as quat
from reprise_core.errors import RepriseError
from reprise_core.motion import Motion
from reprise_core.skeleton import JOINT_NAMES

Array = NDArray[np.float64]

LEFT, RIGHT, MIDDLE, HEAD = "#2c6fbb", "#e2703a", "#56616f", "#7b8694"

_J = {name: index for index, name in enumerate(JOINT_NAMES)}

Capsule = tuple[str, str, float, float]  # from joint, to joint, radius there and here in metres
_TORSO: tuple[Capsule, ...] = (
    ("left_hip", "right_hip", 0.092, 0.092), ("pelvis", "spine1", 0.105, 0.108), ("spine1", "spine2", 0.108, 0.112),
    ("spine2", "spine3", 0.112, 0.118), ("spine3", "chest", 0.118, 0.10),
    ("left_shoulder", "right_shoulder", 0.062, 0.062), ("left_shoulder", "spine1", 0.062, 0.10),
    ("right_shoulder", "spine1", 0.062, 0.10),
)  # fmt: skip
_HEAD: tuple[Capsule, ...] = (("neck", "head", 0.05, 0.05), ("head", "crown", 0.083, 0.098))
_LIMBS: tuple[tuple[Capsule, ...], ...] = (
    (("shoulder", "elbow", 0.056, 0.043),),
    (("elbow", "wrist", 0.043, 0.031), ("wrist", "hand", 0.034, 0.036)),
    (("hip", "knee", 0.088, 0.060),),
    (("knee", "ankle", 0.060, 0.040), ("ankle", "foot", 0.042, 0.036), ("foot", "toes", 0.036, 0.028)),
)


@dataclass(frozen=True)
class Part:
    """Capsules of one colour that belong together: ends (T, N, 2, 3) in metres, radii (N, 2)."""

    colour: str
    ends: Array
    radii: Array


def check_drawable(motion: Motion) -> None:
    """Raises `RepriseError` for a motion of another skeleton, without frames, or with places that are no numbers."""
    if motion.joint_names != JOINT_NAMES:
        sentence = f"The motion has another skeleton than ours ({len(motion.joint_names)} joints)."
        raise RepriseError("bad_motion", sentence, "Only motions on the 22 joints of HumanML3D can be drawn.")
    if not motion.frames:
        raise RepriseError("bad_motion", "The motion has no frames.")
    finite = np.isfinite(motion.positions).all(axis=(1, 2))
    if not finite.all():
        frame = int(np.argmin(finite))
        raise RepriseError("bad_motion", f"Frame {frame} of the motion has places that are no numbers.")


def parts(positions: Array) -> list[Part]:
    """The figure's parts in poses (T, 22, 3): torso, head, then upper and lower arm and leg of either side."""
    places = _places(positions)
    result = [_part(places, MIDDLE, _TORSO), _part(places, HEAD, _HEAD)]
    for side, colour in (("left", LEFT), ("right", RIGHT)):
        for limb in _LIMBS:
            capsules = tuple((f"{side}_{start}", f"{side}_{end}", a, b) for start, end, a, b in limb)
            result.append(_part(places, colour, capsules))
    return result


def _part(places: dict[str, Array], colour: str, capsules: tuple[Capsule, ...]) -> Part:
    ends = np.stack([np.stack((places[start], places[end]), axis=1) for start, end, _, _ in capsules], axis=1)
    return Part(colour, ends, np.array([(a, b) for _, _, a, b in capsules]))


def _places(positions: Array) -> dict[str, Array]:
    """Places (T, 3) by joint name, and of what has no joint: crown, chest, hands and toes."""
    named = {name: positions[:, index] for name, index in _J.items()}
    up = quat.normalize(named["head"] - named["spine3"])
    forward = np.cross(named["left_shoulder"] - named["right_shoulder"], up)
    named["crown"] = named["head"] + 0.10 * up - 0.01 * quat.normalize(forward)
    named["chest"] = named["spine3"] + 0.6 * (named["neck"] - named["spine3"])
    for side in ("left", "right"):
        wrist, foot = named[f"{side}_wrist"], named[f"{side}_foot"]
        named[f"{side}_hand"] = wrist + 0.085 * quat.normalize(wrist - named[f"{side}_elbow"])
        ahead = (foot - named[f"{side}_ankle"]) * np.array([1.0, 0.3, 1.0])
        named[f"{side}_toes"] = foot + 0.05 * quat.normalize(ahead)
    return named
