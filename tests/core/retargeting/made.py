"""Rigs and motions to retarget: made rigs of random build, pose, axes, unit and rolls; our own armature; real clips."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
from poses import motion_of, smooth_rotations
from rigs.builders import build_rig
from rigs.real_rigs import rigify
from rigs.skeletons import FAMILY_TREES

import reprise
from reprise.library.store import Library
from reprise_core import quaternion as quat
from reprise_core.blender_axes import to_z_up
from reprise_core.cleanup import to_motion
from reprise_core.motion import Motion
from reprise_core.retargeting.figure import Figure, find_figure
from reprise_core.retargeting.pose import joints_of, pose_armature
from reprise_core.retargeting.rest_rig import RestRig
from reprise_core.retargeting.result import Retargeted
from reprise_core.rigs.bones import BoneMapping, Bones, Match
from reprise_core.rigs.mapping import map_bones
from reprise_core.skeleton import JOINT_NAMES, PARENTS, humanml3d_skeleton

SIDES = ("left", "right")
ARMS = [
    (f"{side}_{upper}", f"{side}_{lower}")
    for side in SIDES
    for upper, lower in (("shoulder", "elbow"), ("elbow", "wrist"))
]
LEGS = [
    (f"{side}_{upper}", f"{side}_{lower}") for side in SIDES for upper, lower in (("hip", "knee"), ("knee", "ankle"))
]
FEET = ("left_ankle", "left_foot", "right_ankle", "right_foot")
STARTER = Path(reprise.__file__).parent / "assets/starter-library.sqlite"


@cache
def clips(every: int) -> tuple[Motion, ...]:
    """Every so manieth clip of the starter library, with solved rotations and held feet."""
    with Library.open(STARTER) as library:
        return tuple(to_motion(library.motion(clip.id), 20.0) for clip in library.clips()[::every])


def swinging(seed: int, frames: int = 40, size: float = 0.7) -> Motion:
    """All joints swing slowly, the pelvis wanders."""
    random = np.random.default_rng(seed)
    way = np.cumsum(random.normal(0.0, 0.01, (frames, 3)), axis=0) + np.array([0.0, 0.95, 0.0])
    return motion_of(way, smooth_rotations(random, frames, size))


def made_rig(family: str, seed: int, extras: bool = True) -> tuple[RestRig, BoneMapping]:
    """A rig of a family with bones rolled at random, and its mapping."""
    tree, sides, prefixes = FAMILY_TREES[family]
    random = np.random.default_rng([seed, sum(map(ord, family))])
    bones = build_rig(random, tree, sides, prefixes[seed % len(prefixes)], extras).bones
    return RestRig(bones, random_axes(random, len(bones.names))), map_bones(bones)


def rigify_export() -> Bones:
    """The deform bones alone of Rigify's human, each on the deform bone of what carries it, as exported to games."""
    rig = rigify("human_control_rig")
    index = {name: bone for bone, name in enumerate(rig.names)}

    def carrier(bone: int) -> int:
        above = rig.parents[bone]
        while above >= 0:
            deform = index.get("DEF-" + rig.names[above].removeprefix("ORG-").removeprefix("DEF-"), bone)
            if deform != bone:
                return deform
            above = rig.parents[above]
        return -1

    def line(bone: int) -> list[int]:
        return [*line(carrier(bone)), bone] if bone >= 0 else []

    deforming = [bone for name, bone in index.items() if name.startswith("DEF-")]
    kept = list(dict.fromkeys(bone for last in deforming for bone in line(last)))
    parents = tuple(kept.index(above) if (above := carrier(bone)) >= 0 else -1 for bone in kept)
    return Bones(tuple(rig.names[bone] for bone in kept), parents, rig.heads[kept], rig.tails[kept])


def random_axes(random: np.random.Generator, number: int) -> np.ndarray:
    return quat.to_matrix(quat.normalize(random.normal(size=(number, 4))))


def our_rig(scale: float = 1.0, lengths: np.ndarray | None = None, seed: int = 0) -> tuple[RestRig, BoneMapping]:
    """Our skeleton as the add-on builds it, standing on the floor with Z up, bones rolled at random."""
    skeleton = humanml3d_skeleton() if lengths is None else humanml3d_skeleton(lengths)
    heads = scale * to_z_up(skeleton.rest_positions())
    heads[:, 2] -= heads[:, 2].min()
    tails = heads + np.array([0.0, 0.0, 0.05 * scale])
    axes = random_axes(np.random.default_rng(seed), 22)
    matches = {joint: Match(joint, "name") for joint in JOINT_NAMES}
    return RestRig(Bones(JOINT_NAMES, PARENTS, heads, tails), axes), BoneMapping("reprise", 1.0, matches)


def symmetric_lengths() -> np.ndarray:
    lengths = humanml3d_skeleton().bone_lengths
    mirror = [JOINT_NAMES.index(_other(name)) for name in JOINT_NAMES]
    return (lengths + lengths[mirror]) / 2.0


def _other(joint: str) -> str:
    return joint.replace("left", "#").replace("right", "left").replace("#", "right")


def index_of(rig: RestRig, mapping: BoneMapping) -> dict[str, int]:
    return {joint: rig.bones.names.index(match.bone) for joint, match in mapping.matches.items()}


def figure_of(rig: RestRig, mapping: BoneMapping) -> Figure:
    return find_figure(joints_of(rig), index_of(rig, mapping), humanml3d_skeleton())


def posed(rig: RestRig, mapping: BoneMapping, result: Retargeted) -> dict[str, np.ndarray]:
    """Joint -> where its bone's head is (T, 3) in our space."""
    heads, figure = pose_armature(rig, result.pose(rig))[0], figure_of(rig, mapping)
    return {joint: figure.to_ours(heads[:, bone]) for joint, bone in index_of(rig, mapping).items()}


def degrees_off(at: dict[str, np.ndarray], motion: Motion, limbs: list[tuple[str, str]]) -> np.ndarray:
    """Degrees (S, T) between the directions of limbs on rig and source; limbs that the rig lacks are left out."""
    angles = []
    for start, end in limbs:
        if start not in at or end not in at:
            continue
        theirs = quat.normalize(at[end] - at[start])
        points = motion.positions.astype(float)
        ours = quat.normalize(points[:, JOINT_NAMES.index(end)] - points[:, JOINT_NAMES.index(start)])
        angles.append(2.0 * np.degrees(np.arcsin(np.clip(np.linalg.norm(theirs - ours, axis=-1) / 2.0, 0.0, 1.0))))
    return np.array(angles)


def angle_between(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Degrees between rotations."""
    between = quat.multiply(quat.conjugate(one), other)
    return np.degrees(2.0 * np.arctan2(np.linalg.norm(between[..., 1:], axis=-1), np.abs(between[..., 0])))


def without(rig: RestRig, mapping: BoneMapping, *joints: str) -> tuple[RestRig, BoneMapping]:
    """The rig without those joints' bones: their children hang on their parents."""
    gone = {mapping.matches[joint].bone for joint in joints}
    bones = rig.bones
    kept = [bone for bone, name in enumerate(bones.names) if name not in gone]

    def parent(bone: int) -> int:
        above = bones.parents[bone]
        while above >= 0 and above not in kept:
            above = bones.parents[above]
        return kept.index(above) if above >= 0 else -1

    left = Bones(
        tuple(bones.names[bone] for bone in kept),
        tuple(parent(bone) for bone in kept),
        bones.heads[kept],
        bones.tails[kept],
    )
    matches = {joint: match for joint, match in mapping.matches.items() if joint not in joints}
    return replace(rig, bones=left, axes=rig.axes[kept]), replace(mapping, matches=matches)
