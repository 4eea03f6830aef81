"""Random and hand-made motion for the tests of the core."""

import numpy as np
from hypothesis import strategies as st

from reprise_core import quaternion as quat
from reprise_core.kinematics import forward_kinematics
from reprise_core.motion import Motion
from reprise_core.skeleton import JOINT_NAMES, humanml3d_skeleton

SKELETON = humanml3d_skeleton()
JOINT = {name: index for index, name in enumerate(JOINT_NAMES)}
ENDS = [JOINT[name] for name in ("head", "left_wrist", "right_wrist", "left_foot", "right_foot")]
seeds = st.integers(0, 2**32 - 1)


def positions_of(root, local, offsets=SKELETON.rest_offsets):
    return forward_kinematics(SKELETON.parents, offsets, root, local)[0]


def identity(frames):
    local = np.zeros((frames, 22, 4))
    local[..., 0] = 1.0
    return local


def random_rotations(rng, *shape):
    return quat.normalize(rng.normal(size=(*shape, 4)))


def smooth_rotations(rng, frames, size, period=40.0):
    """Rotations (frames, 22, 4) that swing by up to `size` radians, slowly."""
    time = np.arange(frames)[:, None, None] * 2.0 * np.pi / period
    swing = np.sin(time * rng.uniform(0.3, 1.0, (1, 22, 3)) + rng.uniform(0, 2 * np.pi, (1, 22, 3)))
    vector = size * swing / np.sqrt(3.0)
    angle = np.linalg.norm(vector, axis=-1)
    return quat.from_axis_angle(quat.normalize(vector), angle)


def motion_of(root, local, fps=20.0):
    positions = positions_of(root, local)
    return Motion(
        fps, SKELETON.joint_names, SKELETON.parents, SKELETON.rest_offsets.astype(np.float32),
        np.asarray(root, np.float32), np.asarray(local, np.float32), positions.astype(np.float32),
        np.zeros((len(positions), 4), np.float32), {"prompt": "a person moves"},
    )  # fmt: skip


def turns_between_frames(rotations):
    """Degrees (T-1, J) that each rotation turns from frame to frame."""
    cosine = np.abs(np.sum(rotations[1:] * rotations[:-1], axis=-1))
    return np.degrees(2.0 * np.arccos(np.clip(cosine, 0.0, 1.0)))


def bend(joint, axis, degrees):
    """One quaternion for a named joint, to be put into `identity` rotations."""
    return JOINT[joint], quat.from_axis_angle(np.array(axis, dtype=float), np.radians(degrees))


def march(frames=60, fps=20.0, drift=0.0):
    """Steps on the spot, one foot after the other; with `drift` metres a second the whole figure glides sideways."""
    time = np.arange(frames) / fps
    local = identity(frames)
    for side, phase in (("left", 0.0), ("right", np.pi)):
        lift = np.radians(8.0) + np.radians(40.0) * np.maximum(np.sin(2 * np.pi * time / 1.6 + phase), 0.0) ** 2
        for joint, flex in (("hip", -lift), ("knee", 2.0 * lift), ("ankle", -lift)):
            local[:, JOINT[f"{side}_{joint}"]] = quat.from_axis_angle(np.array([1.0, 0.0, 0.0]), flex)
    positions = positions_of(np.stack((drift * time, 0.0 * time, 0.0 * time), axis=-1), local)
    return positions - np.array([0.0, positions[..., 1].min(), 0.0])
