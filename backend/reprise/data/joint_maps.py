"""Where the 22 joints lie on each BVH and Acclaim skeleton, as data.

A place is a source joint's name, or (a, b, fraction): the point that far on the way from place a to place b.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from reprise_core.errors import RepriseError
from reprise_core.skeleton import JOINT_NAMES

from .skeleton_animation import SkeletonAnimation, joint_positions

Place = str | tuple["Place", "Place", float]

ACCLAIM_UNIT = 2.54 / 0.45 / 100.0  # CMU's ASF says ":units length 0.45", in inches
REACTIDLE_LEG = 0.83  # metres of thigh + shin; each file has its own scale


@dataclass(frozen=True)
class Rig:
    """A kind of source skeleton: its joint map, its unit in metres (None = by `leg` metres) and its lead-in frames."""

    name: str
    joints: Mapping[str, Place]
    unit: float | None
    skip_frames: int = 0
    leg: float = REACTIDLE_LEG


def _both_sides(middle: Mapping[str, Place], left: Mapping[str, Place], *swaps: tuple[str, str]) -> dict[str, Place]:
    """Adds the right side: source names of the left side with each (left word, right word) exchanged."""

    def right(name: str) -> str:
        for left_word, right_word in swaps:
            if left_word in name:
                return name.replace(left_word, right_word, 1)
        return name

    joints = dict(middle)
    for joint, place in left.items():
        joints |= {"left_" + joint: place, "right_" + joint: renamed(place, right)}
    return joints


def renamed(place: Place, rename: Callable[[str], str]) -> Place:
    """The same place with every source joint's name changed."""
    if isinstance(place, str):
        return rename(place)
    return renamed(place[0], rename), renamed(place[1], rename), place[2]


CMU_ASF = Rig(
    "cmu_asf",
    {
        "pelvis": "root",
        "spine1": "lowerback",
        "spine2": "upperback",
        "spine3": "thorax",
        "neck": "lowerneck",
        "head": "upperneck",
    }
    | {
        f"{side}_{joint}": f"{side[0]}{bone}"
        for side in ("left", "right")
        for joint, bone in {
            "hip": "hipjoint",
            "knee": "femur",
            "ankle": "tibia",
            "foot": "foot",
            "shoulder": "clavicle",
            "elbow": "humerus",
            "wrist": "radius",
        }.items()
    }
    | {"left_collar": ("thorax", "lclavicle", 0.35), "right_collar": ("thorax", "rclavicle", 0.35)},
    unit=ACCLAIM_UNIT,
)

CMU_BVH_31 = Rig(
    "cmu_bvh_31",
    _both_sides(
        {"pelvis": "Hips", "spine1": "Spine", "spine2": "Spine1", "spine3": "Neck", "neck": "Neck1", "head": "Head"},
        {
            "hip": "LeftUpLeg",
            "knee": "LeftLeg",
            "ankle": "LeftFoot",
            "foot": "LeftToeBase",
            "collar": ("LeftShoulder", "LeftArm", 0.35),
            "shoulder": "LeftArm",
            "elbow": "LeftForeArm",
            "wrist": "LeftHand",
        },
        ("Left", "Right"),
    ),
    unit=ACCLAIM_UNIT,
    skip_frames=1,  # the conversion's T-pose
)

CMU_BVH_43 = Rig(
    "cmu_bvh_43",
    {
        "pelvis": "hip",
        "spine1": "abdomen",
        "spine2": "chest",
        "spine3": ("chest", "neck", 0.4),
        "neck": "neck",
        "head": "head",
    }
    | {
        f"{side}_{joint}": f"{side[0]}{bone}"
        for side in ("left", "right")
        for joint, bone in {
            "hip": "Thigh",
            "knee": "Shin",
            "ankle": "Foot",
            "collar": "Collar",
            "shoulder": "Shldr",
            "elbow": "ForeArm",
            "wrist": "Hand",
        }.items()
    }
    | {"left_foot": ("lFoot", "lFoot_end", 0.75), "right_foot": ("rFoot", "rFoot_end", 0.75)},
    unit=0.01,
    skip_frames=10,  # a T-pose and nine frames that blend out of it
)

REACTIDLE = Rig(
    "reactidle",
    _both_sides(
        {
            "pelvis": "pelvis",
            "spine1": ("spine", "spine.001", 0.5),
            "spine2": "spine.001",
            "spine3": ("spine.001", "neck", 0.4),
            "neck": "neck",
            "head": "face",
        },
        {
            "hip": "thigh.L",
            "knee": "shin.L",
            "ankle": "foot.L",
            "foot": "foot.L_end",
            "collar": ("shoulder.L", "upper_arm.L", 0.3),
            "shoulder": "upper_arm.L",
            "elbow": "forearm.L",
            "wrist": "forearm.L_end",
        },
        (".L", ".R"),
    ),
    unit=None,
)

BVH_RIGS = (CMU_BVH_43, CMU_BVH_31, REACTIDLE)


def joints_of(place: Place) -> set[str]:
    """The source joints that a place is made of."""
    return {place} if isinstance(place, str) else joints_of(place[0]) | joints_of(place[1])


def source_names(rig: Rig) -> set[str]:
    """Every source joint that the rig's map mentions."""
    return {name for place in rig.joints.values() for name in joints_of(place)}


def find_rig(joint_names: Collection[str], rigs: Collection[Rig] = BVH_RIGS) -> Rig | None:
    """The first rig all of whose mapped joints the skeleton has, or None."""
    return next((rig for rig in rigs if source_names(rig) <= set(joint_names)), None)


def corrected(rig: Rig, joints: Mapping[str, str | None], names: Collection[str]) -> Rig:
    """The rig with the source joints that a mapping file gives; None leaves the place that a joint has between two.

    Raises `RepriseError` naming the joint for a source joint that is not in `names` or is given to two joints, and for
    None where the rig has a source joint.
    """
    places = dict(rig.joints)
    for joint, name in joints.items():
        if name is None and isinstance(places[joint], str):
            said = f"{joint} is '{places[joint]}' on the known rig {rig.name} and cannot be left out."
            raise RepriseError("bad_mapping", said, "Name another bone.")
        if name is not None and name not in names:
            raise RepriseError("bad_mapping", f"The rig has no bone {name!r} for {joint}.", "Choose one of its bones.")
        places[joint] = places[joint] if name is None else name
    (name, count), *_ = Counter(place for place in places.values() if isinstance(place, str)).most_common(1)
    if count > 1:
        twice = " and ".join(joint for joint, place in places.items() if place == name)
        raise RepriseError("bad_mapping", f"The bone {name!r} is given to {twice}.", "Give each joint its own.")
    return replace(rig, joints=places)


def in_words(place: Place) -> str:
    """A place as a report has it."""
    if isinstance(place, str):
        return place
    return f"{place[2]:.2f} of the way from {in_words(place[0])} to {in_words(place[1])}"


def map_joints(animation: SkeletonAnimation, rig: Rig) -> NDArray[np.float64]:
    """The 22 joints (T, 22, 3) in metres in the source's world; the rig's lead-in frames are still there."""
    joints = place_joints(animation, rig.joints)
    if rig.unit is not None:
        return joints * rig.unit
    hip, knee, ankle = (joints[0, JOINT_NAMES.index(f"left_{name}")] for name in ("hip", "knee", "ankle"))
    return joints * (rig.leg / (np.linalg.norm(knee - hip) + np.linalg.norm(ankle - knee)))


def place_joints(animation: SkeletonAnimation, places: Mapping[str, Place]) -> NDArray[np.float64]:
    """The 22 joints (T, 22, 3) in the source's world and unit, from a place for each."""
    at = joint_positions(animation, {name for place in places.values() for name in joints_of(place)})
    return np.stack([place_of(at, places[name]) for name in JOINT_NAMES], axis=1)


def place_of(at: Mapping[str, NDArray[np.float64]], place: Place) -> NDArray[np.float64]:
    """Where a place is when the source's joints are `at` (..., 3)."""
    if isinstance(place, str):
        return at[place]
    start, end = place_of(at, place[0]), place_of(at, place[1])
    return start + place[2] * (end - start)
