"""DeepMimic's reference motions (Peng et al. 2018): JSON with 44 numbers a frame on one humanoid skeleton."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from reprise_core import quaternion as quat
from reprise_core.errors import RepriseError

from .archives import ArchiveFiles
from .figure_reading import read_figure
from .joint_maps_glb import DEEPMIMIC
from .mapping_file import ReadSettings
from .raw_clip import RawClip
from .skeleton_animation import SkeletonAnimation

SKELETON_FILE = "humanoid3d_skeleton.txt"
_WIDTH = 44
# Where each joint's numbers start in a frame; one number is an angle about the joint's z axis.
_QUATERNIONS = {
    "root": 4, "chest": 8, "neck": 12, "right_hip": 16, "right_ankle": 21, "right_shoulder": 25, "left_hip": 30,
    "left_ankle": 35, "left_shoulder": 39,
}  # fmt: skip
_ANGLES = {"right_knee": 20, "right_elbow": 29, "left_knee": 34, "left_elbow": 43}
# The humanoid ends at ankles and neck; toes and the head's joint lie here in these joints' frames (sources.json).
_ENDS = {
    "right_foot": ("right_ankle", (0.13, -0.045, 0.0)),
    "left_foot": ("left_ankle", (0.13, -0.045, 0.0)),
    "head": ("neck", (0.0, 0.08, 0.0)),
}
# The figure looks along +x: turning it by -90 degrees about y makes that +z, (x, y, z) -> (-z, y, x).
_TO_FORWARD_Z = quat.from_axis_angle((0.0, 1.0, 0.0), -np.pi / 2.0)


@dataclass(frozen=True)
class HumanoidSkeleton:
    """Joint names, parents and offsets (J, 3) in metres, with toes and head added."""

    joint_names: tuple[str, ...]
    parents: tuple[int, ...]
    offsets: NDArray[np.float64]


def parse_skeleton(data: bytes, name: str = SKELETON_FILE) -> HumanoidSkeleton:
    """humanoid3d_skeleton.txt (AttachX/Y/Z of each joint); `RepriseError` when it is something else."""
    try:
        joints = json.loads(data)["Skeleton"]["Joints"]
        names = [str(joint["Name"]) for joint in joints]
        parents = [int(joint["Parent"]) for joint in joints]
        offsets = [tuple(float(joint[f"Attach{axis}"]) for axis in "XYZ") for joint in joints]
        if any(not -1 <= parent < joint for joint, parent in enumerate(parents)):
            raise ValueError("its joints do not follow their parents")
        if missing := {*_QUATERNIONS, *_ANGLES} - set(names):
            raise ValueError(f"it has no joint {min(missing)}")
        for end, (parent, offset) in _ENDS.items():
            names.append(end)
            parents.append(names.index(parent))
            offsets.append(offset)
    except (KeyError, ValueError, TypeError) as error:
        raise RepriseError("bad_deepmimic", f"'{name}' is no DeepMimic skeleton ({error}).") from error
    return HumanoidSkeleton(tuple(names), tuple(parents), np.array(offsets))


def parse_motion(data: bytes, skeleton: HumanoidSkeleton, name: str) -> SkeletonAnimation:
    """A motion file, turned to face +Z; `fps` from the first frame's duration. `RepriseError` when it is broken."""
    try:
        frames = np.array(json.loads(data)["Frames"], dtype=float)
        if frames.ndim != 2 or frames.shape[1] != _WIDTH or frames[0, 0] <= 0.0:
            raise ValueError(f"frames of shape {frames.shape}, {_WIDTH} numbers each are needed")
    except (KeyError, ValueError, TypeError, IndexError) as error:
        raise RepriseError("bad_deepmimic", f"'{name}' is no DeepMimic motion ({error}).") from error
    rotations = np.zeros((len(frames), len(skeleton.joint_names), 4))
    rotations[..., 0] = 1.0
    for joint, at in _QUATERNIONS.items():
        rotations[:, skeleton.joint_names.index(joint)] = quat.normalize(frames[:, at : at + 4])
    for joint, at in _ANGLES.items():
        rotations[:, skeleton.joint_names.index(joint)] = quat.from_axis_angle((0.0, 0.0, 1.0), frames[:, at])
    rotations[:, 0] = quat.multiply(_TO_FORWARD_Z, rotations[:, 0])
    positions = np.asarray(quat.rotate(_TO_FORWARD_Z, frames[:, 1:4]), dtype=np.float64)
    fps = 1.0 / frames[0, 0]
    return SkeletonAnimation(skeleton.joint_names, skeleton.parents, skeleton.offsets, rotations, positions, fps)


def read(files: ArchiveFiles, member: str, settings: ReadSettings) -> Iterator[RawClip]:
    """The clip of a motion file; `RepriseError` when it is broken or the skeleton's file is not beside it."""
    skeleton = (PurePosixPath(member).parent / SKELETON_FILE).as_posix()
    if skeleton not in files.names():
        raise RepriseError("bad_deepmimic", f"'{member}' has no {SKELETON_FILE} beside it.", "Put it there.")
    animation = parse_motion(files.read(member), parse_skeleton(files.read(skeleton)), member)
    yield read_figure(animation, member, settings, (DEEPMIMIC,))
