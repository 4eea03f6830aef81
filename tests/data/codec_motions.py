"""Motion made up for the codec, in both representations."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from reprise.features.representation import HUMANML3D, Representation
from reprise_core import quaternion as quat
from reprise_core.kinematics import forward_kinematics
from reprise_core.skeleton import PARENTS, humanml3d_skeleton

GOLDEN = Path(__file__).resolve().parents[3] / "shared/golden/humanml3d_codec.npz"
UP = np.array([0.0, 1.0, 0.0])

# KIT-ML's 21 joints in rest, in MMM's units, facing +Z: joints 5 and 11 on -X, as the published heading has it.
_KIT_REST = {
    1: (0, 40, 0), 2: (0, 110, -5), 3: (0, 140, 5), 4: (0, 60, 10),
    5: (-110, -20, 0), 6: (-8, -165, 0), 7: (-5, -150, 20),
    11: (-55, -10, 0), 12: (-3, -250, 10), 13: (-2, -245, -10), 14: (-1, -30, 15), 15: (-10, -10, 80),
}  # fmt: skip


def rest_offsets(representation: Representation) -> np.ndarray:
    """(J, 3) of a standing figure with equal sides, facing +Z."""
    if representation is HUMANML3D:
        lengths = np.array(representation.bone_lengths)
        return humanml3d_skeleton((lengths + lengths[list(representation.mirror)]) / 2).rest_offsets
    offsets = np.zeros((21, 3))
    for joint, offset in _KIT_REST.items():
        offsets[joint] = offset
        if representation.mirror[joint] != joint:
            offsets[representation.mirror[joint]] = (-offset[0], *offset[1:])
    return offsets


def lengths_of(representation: Representation) -> np.ndarray:
    return np.linalg.norm(rest_offsets(representation), axis=-1)


def metre(representation: Representation) -> float:
    """A metre in the joints' unit."""
    return 1.0 if representation is HUMANML3D else 640.0


def moving(representation: Representation, seed: int, frames: int = 60, turns: float = 0.2) -> np.ndarray:
    """(frames, J, 3) of a figure that wriggles, travels and turns about so many times, from any heading and place."""
    random, joints = np.random.default_rng(seed), representation.joints
    time = np.arange(frames)[:, None] / representation.fps
    axes, phases = quat.normalize(random.normal(size=(joints, 3))), random.uniform(0, 6, joints)
    local = quat.from_axis_angle(axes, 0.5 * np.sin(2 * time + phases))
    yaw = random.uniform(-np.pi, np.pi) + 2 * np.pi * turns * np.linspace(0, 1, frames)
    local[:, 0] = quat.multiply(quat.from_axis_angle(UP, yaw), local[:, 0])
    path = np.concatenate((np.sin(time), 1 + 0.05 * np.sin(5 * time), time), axis=1) + random.normal(size=3)
    offsets = rest_offsets(representation) * random.uniform(0.7, 1.3)
    return forward_kinematics(representation.parents, offsets, path * metre(representation), local)[0]


def mirrored(joints: np.ndarray, representation: Representation) -> np.ndarray:
    return joints[..., list(representation.mirror), :] * (-1.0, 1.0, 1.0)


def wriggle(seed: int, frames: int = 60) -> np.ndarray:
    """A wriggling figure (frames, 22, 3) of HumanML3D's own, unequal sides that walks off in an arc."""
    random = np.random.default_rng(seed)
    phases, axes = random.uniform(0, 6, (22,)), quat.normalize(random.normal(size=(22, 3)))
    time = np.arange(frames)[:, None] / 20
    local = quat.from_axis_angle(axes, 0.5 * np.sin(2 * time + phases))
    turn = quat.from_axis_angle(UP, time[:, 0] * random.uniform(-1, 1))
    local[:, 0] = quat.multiply(turn, local[:, 0])
    root = np.concatenate((np.sin(time), 1 + 0.05 * np.sin(5 * time), time), axis=1)
    return forward_kinematics(PARENTS, humanml3d_skeleton().rest_offsets * random.uniform(0.7, 1.3), root, local)[0]


def as_kit(joints: np.ndarray) -> np.ndarray:
    """Recorded 22 joints (T, 22, 3) in metres as KIT-ML's 21 in MMM's units; the heel lies below the ankle."""
    kit = joints[:, [0, 3, 6, 12, 15, 17, 19, 21, 16, 18, 20, 2, 5, 8, 8, 11, 1, 4, 7, 7, 10]] * 640.0
    kit[:, [14, 19], 1] -= 30.0
    return kit
