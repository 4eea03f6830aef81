"""Where the 22 joints lie on the GLB rigs and on DeepMimic's humanoid, as data (places as in `joint_maps`).

Source: `sources.json` of the motion pack; unlike there, DeepMimic's toes and head are joints of their own, see
`deepmimic.parse_skeleton`.
"""

from __future__ import annotations

from collections.abc import Mapping

from .joint_maps import Place, Rig, renamed

HUMAN_HIPS = 0.94  # metres from the floor to a standing adult's pelvis joint
KAYKIT_HIPS = 0.40566  # the same on the toy figure, in its rest pose


def _mirrored(
    middle: Mapping[str, Place], left: Mapping[str, Place], left_mark: str, right_mark: str
) -> dict[str, Place]:
    """The map of both sides, from the left one: a source name that ends in `left_mark` ends in `right_mark` instead."""

    def right(name: str) -> str:
        return name.removesuffix(left_mark) + right_mark if name.endswith(left_mark) else name

    joints = dict(middle)
    for joint, place in left.items():
        joints |= {"left_" + joint: place, "right_" + joint: renamed(place, right)}
    return joints


MESH2MOTION_BASE = Rig(
    "mesh2motion_base",
    _mirrored(
        {
            "pelvis": "DEF-hips",
            "spine1": "DEF-spine.001",
            "spine2": "DEF-spine.002",
            "spine3": "DEF-spine.003",
            "neck": "DEF-neck",
            "head": "DEF-head",
        },
        {
            "hip": "DEF-thigh.L",
            "knee": "DEF-shin.L",
            "ankle": "DEF-foot.L",
            "foot": "DEF-toe.L",
            "collar": "DEF-shoulder.L",
            "shoulder": "DEF-upper_arm.L",
            "elbow": "DEF-forearm.L",
            "wrist": "DEF-hand.L",
        },
        ".L",
        ".R",
    ),
    unit=1.0,
)

MESH2MOTION_ADDON = Rig(
    "mesh2motion_addon",
    _mirrored(
        {
            "pelvis": "pelvis",
            "spine1": "spine_01",
            "spine2": "spine_02",
            "spine3": "spine_03",
            "neck": "neck_01",
            "head": "head",
        },
        {
            "hip": "thigh_l",
            "knee": "calf_l",
            "ankle": "foot_l",
            "foot": "ball_l",
            "collar": "clavicle_l",
            "shoulder": "upperarm_l",
            "elbow": "lowerarm_l",
            "wrist": "hand_l",
        },
        "_l",
        "_r",
    ),
    unit=1.0,
)

KAYKIT = Rig(
    "kaykit",
    _mirrored(
        {
            "pelvis": "hips",
            "spine1": "spine",
            "spine2": ("spine", "chest", 0.5),
            "spine3": "chest",
            "neck": ("chest", "head", 0.8),
            "head": "head",
        },
        {
            "hip": "upperleg.l",
            "knee": "lowerleg.l",
            "ankle": "foot.l",
            "foot": "toes.l",
            "collar": ("chest", "upperarm.l", 0.35),
            "shoulder": "upperarm.l",
            "elbow": "lowerarm.l",
            "wrist": "wrist.l",
        },
        ".l",
        ".r",
    ),
    unit=HUMAN_HIPS / KAYKIT_HIPS,
)

GLB_RIGS = (MESH2MOTION_BASE, MESH2MOTION_ADDON, KAYKIT)

DEEPMIMIC = Rig(
    "deepmimic",
    {
        "pelvis": "root",
        "spine1": ("root", "chest", 0.5),
        "spine2": "chest",
        "spine3": ("chest", "neck", 0.4),
        "neck": "neck",
        "head": "head",
    }
    | {f"{side}_{joint}": f"{side}_{joint}" for side in ("left", "right") for joint in ("hip", "knee", "ankle", "foot")}
    | {f"{side}_{joint}": f"{side}_{joint}" for side in ("left", "right") for joint in ("shoulder", "elbow", "wrist")}
    | {f"{side}_collar": ("chest", f"{side}_shoulder", 0.6) for side in ("left", "right")},
    unit=1.0,
)
