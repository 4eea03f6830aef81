"""The skeleton of HumanML3D: 22 joints in SMPL's order, Y up, facing +Z, left is +X, metres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

JOINT_NAMES = (
    "pelvis", "left_hip", "right_hip", "spine1", "left_knee", "right_knee", "spine2", "left_ankle", "right_ankle",
    "spine3", "left_foot", "right_foot", "neck", "left_collar", "right_collar", "head", "left_shoulder",
    "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
)  # fmt: skip
PARENTS = (-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19)
CHAINS = ((0, 2, 5, 8, 11), (0, 1, 4, 7, 10), (0, 3, 6, 9, 12, 15), (9, 14, 17, 19, 21), (9, 13, 16, 18, 20))
MIRROR = tuple(
    JOINT_NAMES.index(name.replace("left", "#").replace("right", "left").replace("#", "right")) for name in JOINT_NAMES
)
CONTACT_JOINTS = (7, 10, 8, 11)  # left ankle, left foot, right ankle, right foot: the order of `foot_contact`

# Bone lengths that every clip in HumanML3D has (its target skeleton), joint by joint in metres.
BONE_LENGTHS = (
    0.0, 0.10307397, 0.10988337, 0.13156824, 0.39362326, 0.39018822, 0.14319022, 0.432433, 0.42564332, 0.057364736,
    0.1433818, 0.14941907, 0.21936005, 0.13748677, 0.14338283, 0.103039205, 0.13161404, 0.12298437, 0.25684,
    0.26309186, 0.26601171, 0.26987642,
)  # fmt: skip

# Directions of the bones (parent to joint) in a natural T-pose; the right side mirrors the left.
_REST_DIRECTIONS = {
    "left_hip": (0.60, -0.80, 0.0),
    "spine1": (0.0, 1.0, -0.10),
    "left_knee": (0.06, -1.0, 0.0),
    "spine2": (0.0, 1.0, 0.0),
    "left_ankle": (-0.02, -1.0, -0.07),
    "spine3": (0.0, 1.0, 0.12),
    "left_foot": (0.18, -0.40, 0.90),
    "neck": (0.0, 1.0, -0.20),
    "left_collar": (0.55, 0.83, -0.15),
    "head": (0.0, 0.85, 0.50),
    "left_shoulder": (0.96, 0.28, -0.05),
    "left_elbow": (1.0, 0.0, 0.0),
    "left_wrist": (1.0, 0.0, 0.0),
}


@dataclass(frozen=True)
class Skeleton:
    """Joint names, parents and rest offsets (J, 3): each joint's place in its parent's frame at rest, in metres."""

    joint_names: tuple[str, ...]
    parents: tuple[int, ...]
    rest_offsets: NDArray[np.float64]

    @property
    def bone_lengths(self) -> NDArray[np.float64]:
        """(J,) metres; 0 for the root."""
        return np.linalg.norm(self.rest_offsets, axis=-1)

    def rest_positions(self) -> NDArray[np.float64]:
        """(J, 3) joint positions of the rest pose, root at the origin."""
        positions = np.zeros_like(self.rest_offsets)
        for joint, parent in enumerate(self.parents):
            if parent >= 0:
                positions[joint] = positions[parent] + self.rest_offsets[joint]
        return positions


def rest_direction(joint: str) -> NDArray[np.float64]:
    """Unit direction of the bone that ends in `joint` in the T-pose; zeros for the pelvis."""
    if joint == "pelvis":
        return np.zeros(3)
    mirrored = joint.startswith("right_")
    direction = np.array(_REST_DIRECTIONS[joint.replace("right_", "left_")])
    if mirrored:
        direction[0] = -direction[0]
    return direction / np.linalg.norm(direction)


def humanml3d_skeleton(bone_lengths: tuple[float, ...] | NDArray[np.floating] = BONE_LENGTHS) -> Skeleton:
    """The 22-joint skeleton in T-pose with the given bone lengths (22,), by default those of HumanML3D's target."""
    lengths = np.asarray(bone_lengths, dtype=np.float64)
    offsets = np.stack([rest_direction(name) * length for name, length in zip(JOINT_NAMES, lengths, strict=True)])
    return Skeleton(JOINT_NAMES, PARENTS, offsets)
