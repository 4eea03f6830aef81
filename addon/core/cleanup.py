"""From generated joint positions to a Motion that animates: rotations solved, bones of constant length, feet locked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import quaternion as quat
from .contacts import detect_contacts, floor_height, ground_heights
from .foot_lock import lock_feet
from .inverse_kinematics import solve
from .kinematics import forward_kinematics
from .motion import Motion
from .skeleton import CONTACT_JOINTS, Skeleton, humanml3d_skeleton

Array = NDArray[np.float64]

_HIPS = (1, 2)
_KNEE_AXIS = np.array([1.0, 0.0, 0.0])  # in the rest pose knees flex about +X


def to_motion(
    positions: ArrayLike,
    fps: float,
    meta: Mapping[str, Any] | None = None,
    skeleton: Skeleton | None = None,
    *,
    foot_lock: bool = True,
    smoothing: float = 0.0,
) -> Motion:
    """A Motion that follows joint `positions` (T, 22, 3; metres, Y up, +Z forward) as near as its constant bones allow.

    `skeleton` gives the bones, by default HumanML3D's. `smoothing` is the standard deviation in seconds of a Gaussian
    over time, for positions that tremble; recorded motion needs none. `foot_lock` pins feet in contact (`foot_lock.py`)
    and is given up where it would make the feet slide more. Contacts are derived anew from height and speed. Raises
    `RepriseError` when positions have another shape or are not finite.
    """
    skeleton = skeleton or humanml3d_skeleton()
    if smoothing > 0.0:
        positions = smooth_positions(positions, fps, smoothing)
    root, rotations = solve(positions, fps, skeleton)
    posed, turns = forward_kinematics(skeleton.parents, skeleton.rest_offsets, root, rotations)
    ground = ground_heights(posed, fps)
    contacts = detect_contacts(posed, fps, ground)
    if foot_lock and contacts.any():
        hinges = np.stack([quat.rotate(turns[:, hip], _KNEE_AXIS) for hip in _HIPS], axis=1)
        locked = lock_feet(posed, contacts, fps, floor_height(posed), hinges)
        if contact_slide(locked, contacts) < contact_slide(posed, contacts):
            root, rotations = solve(locked, fps, skeleton)
            posed, _ = forward_kinematics(skeleton.parents, skeleton.rest_offsets, root, rotations)
            contacts = np.maximum(contacts, detect_contacts(posed, fps, ground))
    return Motion(
        fps=float(fps),
        joint_names=skeleton.joint_names,
        parents=skeleton.parents,
        rest_offsets=skeleton.rest_offsets.astype(np.float32),
        root_translation=root.astype(np.float32),
        local_rotations=rotations.astype(np.float32),
        positions=posed.astype(np.float32),
        foot_contact=contacts.astype(np.float32),
        meta=dict(meta or {}),
    )


def contact_slide(positions: ArrayLike, contacts: ArrayLike) -> float:
    """Mean way (m) that a foot joint in contact moves over the ground between two frames; 0 without contacts.

    `positions` (T, 22, 3), `contacts` (T, 4): a step counts when both of its frames are in contact.
    """
    feet = np.asarray(positions, dtype=np.float64)[:, CONTACT_JOINTS]
    steps = np.linalg.norm(np.diff(feet[..., [0, 2]], axis=0), axis=-1)
    down = np.asarray(contacts) > 0.5
    both = down[1:] & down[:-1]
    return float(steps[both].mean()) if both.any() else 0.0


def smooth_positions(positions: ArrayLike, fps: float, seconds: float) -> Array:
    """Positions (T, J, 3) under a Gaussian over time of standard deviation `seconds`; the ends are held."""
    values = np.asarray(positions, dtype=np.float64)
    sigma = seconds * fps
    half = max(1, int(np.ceil(3.0 * sigma)))
    kernel = np.exp(-0.5 * (np.arange(-half, half + 1) / sigma) ** 2)
    padded = np.pad(values, ((half, half), (0, 0), (0, 0)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1, axis=0)
    return windows @ (kernel / kernel.sum())
