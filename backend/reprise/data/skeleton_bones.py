"""A file's skeleton as bones for the rig mapping, and more points on it where a file has no joint."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from reprise_core import quaternion as quat
from reprise_core.rigs.bones import Bones

from .skeleton_animation import SkeletonAnimation, joint_positions

START = ":start"  # in Acclaim's files a bone's own name stands for its end, this for its head


def bone_name(joint: str) -> str:
    """The bone whose head lies at a joint of the animation."""
    return joint.removesuffix(START)


def head_joint(animation: SkeletonAnimation, bone: str) -> str:
    """The joint of the animation at the head of a bone."""
    return bone + START if bone + START in animation.joint_names else bone


def tail_joint(animation: SkeletonAnimation, bone: str) -> str | None:
    """The end site of a bone, or its only child; None when several bones or none follow."""
    head = animation.joint_names.index(head_joint(animation, bone))
    after = [joint for joint, parent in enumerate(animation.parents) if parent == head]
    ends = [joint for joint in after if joint in animation.end_sites]
    chosen = ends or after
    return animation.joint_names[chosen[0]] if len(chosen) == 1 else None


def bones(pose: SkeletonAnimation) -> Bones:
    """The bones in the first frame of `pose` (give it the rest pose), in the file's unit and axes."""
    joints = [joint for joint in range(len(pose.joint_names)) if joint not in pose.end_sites]
    place = {joint: bone for bone, joint in enumerate(joints)}
    at = joint_positions(pose, pose.joint_names)
    heads = np.stack([at[pose.joint_names[joint]][0] for joint in joints])
    tails = heads.copy()
    for bone, joint in enumerate(joints):
        after = [child for child, parent in enumerate(pose.parents) if parent == joint]
        chosen = [child for child in after if child in pose.end_sites] or after
        if chosen:
            tails[bone] = np.mean([at[pose.joint_names[child]][0] for child in chosen], axis=0)
    names = tuple(bone_name(pose.joint_names[joint]) for joint in joints)
    return Bones(names, tuple(place.get(pose.parents[joint], -1) for joint in joints), heads, tails)


def with_point(
    animation: SkeletonAnimation, name: str, bone: str, pose: SkeletonAnimation, offset: NDArray[np.floating]
) -> SkeletonAnimation:
    """The animation with one more joint `name` that moves with `bone`: in the first frame of `pose` it lies `offset`
    (3,) from the bone's head, in the file's world.
    """
    head = animation.joint_names.index(head_joint(animation, bone))
    turn = np.array([1.0, 0.0, 0.0, 0.0])
    at = head
    while at >= 0:
        turn = quat.multiply(pose.local_rotations[0, at], turn)
        at = animation.parents[at]
    local = quat.rotate(quat.conjugate(turn), offset)
    identity = np.tile([1.0, 0.0, 0.0, 0.0], (animation.frames, 1, 1))
    rest = animation.rest_rotations
    return replace(
        animation,
        joint_names=(*animation.joint_names, name),
        parents=(*animation.parents, head),
        offsets=np.concatenate((animation.offsets, np.asarray(local)[None])),
        local_rotations=np.concatenate((animation.local_rotations, identity), axis=1),
        end_sites=animation.end_sites | {len(animation.joint_names)},
        rest_rotations=None if rest is None else np.concatenate((rest, identity[0])),
    )
