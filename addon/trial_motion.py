"""A short motion that shows whether a rig is mapped rightly: each limb in turn, left before right."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .core import quaternion as quat
from .core.kinematics import forward_kinematics
from .core.motion import Motion
from .core.skeleton import CONTACT_JOINTS, JOINT_NAMES, PARENTS, humanml3d_skeleton

FPS = 20.0
_SECONDS = 5.0
_X, _Y, _Z = np.eye(3)
_HANGING = 75.0  # degrees that the arms are lowered from the T-pose
_SOFT = 12.0  # degrees that the knees are bent: nobody stands on dead straight legs
# When (seconds), joint, axis (ours: X left, Y up, Z forward), degrees at the height of the movement.
_MOVES = (
    (0.2, "left_shoulder", _Z, _HANGING + 70.0), (0.2, "left_elbow", _Z, 40.0),
    (1.2, "right_shoulder", _Z, -_HANGING - 70.0), (1.2, "right_elbow", _Z, -40.0),
    (2.2, "left_hip", _X, -70.0), (2.2, "left_knee", _X, 80.0),
    (3.2, "right_hip", _X, -70.0), (3.2, "right_knee", _X, 80.0),
    (4.0, "head", _Y, 40.0), (4.0, "spine2", _Y, 20.0),
)  # fmt: skip


def make_trial_motion() -> Motion:
    """Left arm up, right arm up, left knee up, right knee up, a look to the left; standing in between, on the spot."""
    frames = round(_SECONDS * FPS)
    skeleton = humanml3d_skeleton()
    rotations = np.tile([1.0, 0.0, 0.0, 0.0], (frames, len(JOINT_NAMES), 1))
    for side, sign in (("left", -1.0), ("right", 1.0)):
        stance = (
            ("shoulder", _Z, sign * _HANGING),
            ("hip", _X, -_SOFT),
            ("knee", _X, 2 * _SOFT),
            ("ankle", _X, -_SOFT),
        )
        for role, axis, degrees in stance:
            rotations[:, JOINT_NAMES.index(f"{side}_{role}")] = _turn(axis, np.full(frames, degrees))
    time = np.arange(frames) / FPS
    for start, joint, axis, degrees in _MOVES:
        bump = np.sin(np.pi * np.clip(time - start, 0.0, 1.0)) ** 2
        place = JOINT_NAMES.index(joint)
        rotations[:, place] = quat.multiply(rotations[:, place], _turn(axis, degrees * bump))
    root = np.zeros((frames, 3))
    positions, _ = forward_kinematics(PARENTS, skeleton.rest_offsets, root, rotations)
    root[:, 1] -= positions[0, :, 1].min()
    positions += root[:, None]
    lifted = positions[:, CONTACT_JOINTS, 1] > positions[:1, CONTACT_JOINTS, 1] + 0.01
    arrays = (skeleton.rest_offsets, root, rotations, positions, ~lifted)
    return Motion(
        FPS,
        JOINT_NAMES,
        PARENTS,
        *(np.asarray(array, dtype=np.float32) for array in arrays),
        meta={"prompt": "Rig Test"},
    )


def _turn(axis: NDArray[np.float64], degrees: NDArray[np.float64]) -> NDArray[np.floating]:
    return quat.from_axis_angle(np.broadcast_to(axis, (len(degrees), 3)), np.radians(degrees))
