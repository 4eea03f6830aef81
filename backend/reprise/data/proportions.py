"""One figure out of many: every rig's joints as poses of our own skeleton, with its bone lengths.

HumanML3D's encoder keeps bone directions and replaces lengths, so a rig's own build would leak into the features: CMU's
root sits 0.1 m above the hips, the 43-joint rig has its shoulder joints far inside, one subject's chest lies on the
mid-spine. Here the torso is posed by two rotations that every rig does determine, the pelvis's and the chest's; hips,
spine, neck and collars hang on them at our rest offsets, and both together lean until the line from the hips to the top
of the torso is the recording's. Shoulders, head and feet keep their movement and get their average direction from our
rest pose. Upper arms, forearms, thighs and shins keep their own directions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from reprise_core import quaternion as quat
from reprise_core.skeleton import JOINT_NAMES, PARENTS, humanml3d_skeleton

Array = quat.Array

_J = {name: index for index, name in enumerate(JOINT_NAMES)}
_REST = humanml3d_skeleton()
_LENGTHS = _REST.bone_lengths
_UP, _RIGHTWARDS = np.array([0.0, 1.0, 0.0]), np.array([1.0, 0.0, 0.0])
_MIRROR_X = np.array([-1.0, 1.0, 1.0])
_UPRIGHT = np.cos(np.radians(30.0))  # frames whose torso is nearer to vertical than this calibrate a rig
_FLAT_FOOT_SPEED = 0.15 / 20.0  # metres a frame at 20 fps
_REST_FRAMES = 24  # copies of a rest pose that stand for a motion
_UPRIGHT_SHANK = np.cos(np.radians(30.0))


@dataclass(frozen=True)
class TorsoMarks:
    """Which joints tell how pelvis and chest are turned: `pelvis`, with the two hips, moves rigidly with the pelvis;
    the line from `bottom` to `top` (None = the middle of the shoulders) with the chest.
    """

    pelvis: str = "spine1"
    bottom: str = "spine2"
    top: str | None = "neck"


# On CMU's rigs the lowest spine bone and the neck turn by themselves.
MARKS: Mapping[str, TorsoMarks] = {
    "cmu_asf": TorsoMarks("pelvis", "spine2", None),
    "cmu_bvh_31": TorsoMarks("pelvis", "spine2", None),
    "mesh2motion_base": TorsoMarks("spine1", "spine3", "neck"),
    "mesh2motion_addon": TorsoMarks("spine1", "spine3", "neck"),
    "kaykit": TorsoMarks("spine1", "spine3", "neck"),
}


@dataclass(frozen=True)
class Figure:
    """What separates one rig's (or one CMU subject's) build from ours; angles in radians, quaternions wxyz.

    `pelvis_pitch` and `chest_pitch` turn the measured frames about their across axis, `shoulders` (2, 4: left, right)
    and `head` (4,) turn a direction in the chest's frame, `foot_pitch` turns each foot towards its shin.
    """

    marks: TorsoMarks
    pelvis_pitch: float
    chest_pitch: float
    shoulders: Array
    head: Array
    foot_pitch: float


def fit_figures(
    clips: Sequence[tuple[str, str, Array]], marks_of: Mapping[str, TorsoMarks] = MARKS
) -> dict[tuple[str, str], Figure]:
    """Calibrates every (rig, figure) from its clips (rig, figure, joints (T, 22, 3) at 20 fps in metres, Y up).

    Pitches, head and feet are medians over all of a rig's upright frames; shoulders over a figure's own, since their
    joints lie elsewhere on each CMU subject. Rigs that `marks_of` does not name have the default marks.
    """
    figures: dict[tuple[str, str], Figure] = {}
    for rig in {rig for rig, _, _ in clips}:
        marks = marks_of.get(rig, TorsoMarks())
        of_rig = [(figure, joints) for name, figure, joints in clips if name == rig]
        everything = _upright(marks, np.concatenate([joints for _, joints in of_rig]))
        pelvis_pitch = _pitch_difference(marks, _pelvis_frame(marks, everything), everything)
        chest_pitch = _pitch_difference(marks, _chest_frame(marks, everything), everything)
        chest = _pitched(_chest_frame(marks, everything), chest_pitch)
        head = _local(chest, everything[:, _J["head"]] - everything[:, _J["neck"]])
        head_turn = quat.between(_median_direction(head, symmetric=True), _rest_direction("head"))
        foot_pitch = _foot_pitch([joints for _, joints in of_rig])
        for figure in {figure for figure, _ in of_rig}:
            own = _upright(marks, np.concatenate([joints for name, joints in of_rig if name == figure]))
            shoulders = _shoulder_turns(_pitched(_chest_frame(marks, own), chest_pitch), own, symmetric=not figure)
            figures[rig, figure] = Figure(marks, pelvis_pitch, chest_pitch, shoulders, head_turn, foot_pitch)
    return figures


def rest_figures(
    rests: Sequence[tuple[str, str, Array]], marks_of: Mapping[str, TorsoMarks] = MARKS
) -> dict[tuple[str, str], Figure]:
    """Calibrates every (rig, figure) by the first of its rest poses (1, 22, 3) that stands; others are left out."""
    figures: dict[tuple[str, str], Figure] = {}
    for rig, figure, rest in rests:
        if (rig, figure) not in figures and stands(rest):
            figures |= fit_figures([(rig, figure, np.repeat(rest, _REST_FRAMES, axis=0))], marks_of)
    return figures


def stands(pose: Array) -> bool:
    """Whether a pose (1, 22, 3), Y up, stands with straight legs and torso, toes ahead."""
    torso = quat.normalize(_chest_top(TorsoMarks(top=None), pose) - _hip_middle(pose))[0]
    across = pose[0, _J["left_hip"]] - pose[0, _J["right_hip"]]
    for side in ("left", "right"):
        leg = quat.normalize(pose[0, _J[f"{side}_hip"]] - pose[0, _J[f"{side}_ankle"]])
        toes = pose[0, _J[f"{side}_foot"]] - pose[0, _J[f"{side}_ankle"]]
        if leg @ _UP < _UPRIGHT or np.cross(across, _UP) @ toes <= 0.0:
            return False
    return bool(torso @ _UP > _UPRIGHT)


def pose_target(joints: Array, figure: Figure) -> Array:
    """A rig's joints (T, 22, 3) on our skeleton: exactly its bone lengths, the hips' path scaled by the leg length."""
    pelvis = _pitched(_pelvis_frame(figure.marks, joints), figure.pelvis_pitch)
    chest = _pitched(_chest_frame(figure.marks, joints), figure.chest_pitch)
    line = _torso_line(figure.marks, joints)
    built = _torso_line(figure.marks, _place(_torso_directions(pelvis, chest), np.zeros((len(joints), 3))))
    lean = quat.to_matrix(quat.between(quat.normalize(built), quat.normalize(line)))
    pelvis, chest = lean @ pelvis, lean @ chest
    directions = _torso_directions(pelvis, chest)
    for side, turn in zip(("left", "right"), figure.shoulders, strict=True):
        own = _direction(joints, f"{side}_collar", f"{side}_shoulder", chest)
        directions[f"{side}_shoulder"] = _in_world(chest, quat.rotate(turn, _local(chest, own)))
        for start, end in (("shoulder", "elbow"), ("elbow", "wrist")):
            directions[f"{side}_{end}"] = _direction(joints, f"{side}_{start}", f"{side}_{end}", chest)
        for start, end in (("hip", "knee"), ("knee", "ankle"), ("ankle", "foot")):
            directions[f"{side}_{end}"] = _direction(joints, f"{side}_{start}", f"{side}_{end}", pelvis)
        shin, foot = directions[f"{side}_ankle"], directions[f"{side}_foot"]
        directions[f"{side}_foot"] = _towards(foot, shin, figure.foot_pitch)
    own_head = _direction(joints, "neck", "head", chest)
    directions["head"] = _in_world(chest, quat.rotate(figure.head, _local(chest, own_head)))
    scale = _leg_length(_REST.rest_positions()[None]) / _leg_length(joints)
    return _place(directions, _hip_middle(joints) * scale - pelvis @ _hip_middle(_REST.rest_positions()[None])[0])


def _torso_directions(pelvis: Array, chest: Array) -> dict[str, Array]:
    """Bone directions of hips, spine, neck, collars and resting shoulders for given pelvis and chest (T, 3, 3)."""
    bend = quat.from_matrix(np.swapaxes(pelvis, -1, -2) @ chest)
    turns = {"spine2": pelvis @ _partial(bend, 1 / 3), "spine3": pelvis @ _partial(bend, 2 / 3), "neck": chest}
    turns |= dict.fromkeys(("left_hip", "right_hip", "spine1"), pelvis)
    turns |= dict.fromkeys(("left_collar", "right_collar", "left_shoulder", "right_shoulder"), chest)
    return {joint: turn @ _rest_direction(joint) for joint, turn in turns.items()}


def _place(directions: Mapping[str, Array], root: Array) -> Array:
    """Joints (T, 22, 3) from bone directions and the root's place (T, 3); bones without a direction have no length."""
    result = np.repeat(root[:, None], len(JOINT_NAMES), axis=1)
    for joint in range(1, len(JOINT_NAMES)):
        result[:, joint] = result[:, PARENTS[joint]]
        if JOINT_NAMES[joint] in directions:
            result[:, joint] += directions[JOINT_NAMES[joint]] * _LENGTHS[joint]
    return result


def _pelvis_frame(marks: TorsoMarks, joints: Array) -> Array:
    """(T, 3, 3) columns across, up, forward; the across-hip axis is kept exactly."""
    left, right = joints[:, _J["left_hip"]], joints[:, _J["right_hip"]]
    mark = joints[:, _J[marks.pelvis]] - _hip_middle(joints)
    across = quat.normalize(left - right)
    up = quat.normalize(mark - across * np.sum(mark * across, axis=-1, keepdims=True))
    return np.stack((across, up, np.cross(across, up)), axis=-1)


def _chest_frame(marks: TorsoMarks, joints: Array) -> Array:
    """(T, 3, 3) columns across, up, forward; up is kept exactly: one raised shoulder does not tilt the chest."""
    left, right = joints[:, _J["left_shoulder"]], joints[:, _J["right_shoulder"]]
    bottom = joints[:, _J[marks.bottom]]
    up = quat.normalize(_chest_top(marks, joints) - bottom)
    across = left - right
    across = quat.normalize(across - up * np.sum(across * up, axis=-1, keepdims=True))
    return np.stack((across, up, np.cross(across, up)), axis=-1)


def _torso_line(marks: TorsoMarks, joints: Array) -> Array:
    """(T, 3) from the middle of the hips to the top of the chest's line: what all rigs agree on."""
    return _chest_top(marks, joints) - _hip_middle(joints)


def _chest_top(marks: TorsoMarks, joints: Array) -> Array:
    return (
        joints[:, _J[marks.top]]
        if marks.top
        else (joints[:, _J["left_shoulder"]] + joints[:, _J["right_shoulder"]]) / 2.0
    )


def _hip_middle(joints: Array) -> Array:
    return (joints[:, _J["left_hip"]] + joints[:, _J["right_hip"]]) / 2.0


def _upright(marks: TorsoMarks, joints: Array) -> Array:
    line = _torso_line(marks, joints)
    chosen = joints[line[:, 1] > _UPRIGHT * np.linalg.norm(line, axis=-1)]
    return chosen if len(chosen) >= 20 else joints


def _pitch_difference(marks: TorsoMarks, frames: Array, joints: Array) -> float:
    """The median angle about the across axis between a rig's frame and ours, both seen against the torso's line."""
    local, rest = _local(frames, _torso_line(marks, joints)), _torso_line(marks, _REST.rest_positions()[None])[0]
    return float(np.median(np.arctan2(local[:, 2], local[:, 1])) - np.arctan2(rest[2], rest[1]))


def _pitched(frames: Array, angle: float) -> Array:
    return frames @ quat.to_matrix(quat.from_axis_angle(_RIGHTWARDS, angle))


def _shoulder_turns(chest: Array, joints: Array, symmetric: bool) -> Array:
    medians = []
    for side in ("left", "right"):
        bone = joints[:, _J[f"{side}_shoulder"]] - joints[:, _J[f"{side}_collar"]]
        medians.append(_median_direction(_local(chest, bone)))
    if symmetric:
        middle = quat.normalize(medians[0] + medians[1] * _MIRROR_X)
        medians = [middle, middle * _MIRROR_X]
    rest = [_rest_direction(f"{side}_shoulder") for side in ("left", "right")]
    return quat.between(np.stack(medians), np.stack(rest))


def _foot_pitch(clips: Sequence[Array]) -> float:
    """How much steeper our foot is than the rig's when it stands still under an upright shin."""
    pitches = []
    for joints in clips:
        for side in ("left", "right"):
            knee, ankle, foot = (joints[:, _J[f"{side}_{name}"]] for name in ("knee", "ankle", "foot"))
            still = np.linalg.norm(np.gradient(ankle, axis=0), axis=-1) < _FLAT_FOOT_SPEED
            upright = quat.normalize(knee - ankle)[:, 1] > _UPRIGHT_SHANK
            pitches.append(np.arcsin(np.clip(-quat.normalize(foot - ankle)[still & upright, 1], -1.0, 1.0)))
    measured = np.concatenate(pitches)
    rest = float(np.arcsin(-_rest_direction("left_foot")[1]))
    return rest - float(np.median(measured)) if len(measured) else 0.0


def _towards(vector: Array, goal: Array, angle: float) -> Array:
    """Turns unit vectors (T, 3) by an angle in the plane they share with `goal`; less where the two nearly line up."""
    axis = np.cross(vector, goal)
    sine = np.linalg.norm(axis, axis=-1)
    return quat.rotate(quat.from_axis_angle(quat.normalize(axis), angle * np.minimum(1.0, sine / 0.3)), vector)


def _leg_length(joints: Array) -> float:
    bones = [
        (f"{side}_{a}", f"{side}_{b}") for side in ("left", "right") for a, b in (("hip", "knee"), ("knee", "ankle"))
    ]
    return sum(float(np.median(np.linalg.norm(joints[:, _J[b]] - joints[:, _J[a]], axis=-1))) for a, b in bones) / 2.0


def _direction(joints: Array, start: str, end: str, frames: Array) -> Array:
    """Unit direction (T, 3) of a bone; one of no length takes our rest direction in the given frames."""
    vector = joints[:, _J[end]] - joints[:, _J[start]]
    norm = np.linalg.norm(vector, axis=-1, keepdims=True)
    return np.where(norm > 1e-6, vector / np.maximum(norm, 1e-6), frames @ _rest_direction(end))


def _rest_direction(joint: str) -> Array:
    return _REST.rest_offsets[_J[joint]] / _LENGTHS[_J[joint]]


def _local(frames: Array, vectors: Array) -> Array:
    return np.einsum("tji,tj->ti", frames, vectors)


def _in_world(frames: Array, vectors: Array) -> Array:
    return np.einsum("tij,tj->ti", frames, vectors)


def _median_direction(vectors: Array, symmetric: bool = False) -> Array:
    median = np.median(quat.normalize(vectors), axis=0)
    if symmetric:
        median[0] = 0.0
    return quat.normalize(median)


def _partial(rotation: Array, fraction: float) -> Array:
    """The given fraction of rotations (T, 4) as matrices (T, 3, 3)."""
    sine = np.linalg.norm(rotation[:, 1:], axis=-1)
    angle = 2.0 * np.arctan2(sine, rotation[:, 0])
    return quat.to_matrix(quat.from_axis_angle(quat.normalize(rotation[:, 1:]), fraction * angle))
