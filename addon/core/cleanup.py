"""From joint positions to a Motion that animates: trembling removed, rotations solved, bones constant, feet locked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import quaternion as quat
from .checks import checked_positions
from .contacts import detect_contacts, floor_height, ground_heights, stance_phases, supports
from .foot_lock import NOT_FEET, lock_feet, spread
from .inverse_kinematics import solve
from .kinematics import forward_kinematics
from .motion import Motion
from .skeleton import CONTACT_JOINTS, JOINT_NAMES, Skeleton, humanml3d_skeleton
from .smoothing import remove_jitter
from .travel import grounded_travel

Array = NDArray[np.float64]

_HIPS = (1, 2)
_KNEES = [JOINT_NAMES.index(f"{side}_knee") for side in ("left", "right")]
_LEGS = [joint for joint, name in enumerate(JOINT_NAMES) if name.endswith(("hip", "knee", "ankle", "foot"))]
_HOVER, _CLIMB = 0.25, 0.4  # metres above the floor: up to there it is the network's drift, from there on a climb
_SINK = 0.002  # metres that a joint may lie below the floor: flesh gives way
_KNEE_AXIS = np.array([1.0, 0.0, 0.0])  # in the rest pose knees flex about +X


def to_motion(
    positions: ArrayLike,
    fps: float,
    meta: Mapping[str, Any] | None = None,
    skeleton: Skeleton | None = None,
    *,
    generated: bool = False,
    foot_lock: bool = True,
) -> Motion:
    """A Motion that follows joint `positions` (T, 22, 3; metres, Y up, +Z forward) as near as its constant bones allow.

    `skeleton` gives the bones, by default HumanML3D's. `generated` says that a network made the positions: then their
    trembling is removed (`smoothing.py`), the figure is set on y = 0 with no joint below it, its travel is slowed down
    where both feet glide along with it (`travel.py`), and gliding stances are locked as well. `foot_lock` holds feet in
    contact (`foot_lock.py`): it turns the legs' joints and may lower the pelvis, and leaves every other joint's local
    rotation as it is; it is given up where it would make the feet slide more. Raises `RepriseError`, with frame and
    joint, for positions of another shape, not finite or of bones without length.
    """
    skeleton, joints = skeleton or humanml3d_skeleton(), checked_positions(positions)
    if generated:
        joints = remove_jitter(joints, fps)
        joints = joints + grounded_travel(joints, fps)[:, None]
    root, rotations = solve(joints, fps, skeleton)
    posed, turns = forward_kinematics(skeleton.parents, skeleton.rest_offsets, root, rotations)
    if generated:
        raised = _raised(posed, fps)
        root, posed = root + raised, posed + raised[:, None]
    ground = ground_heights(posed, fps)
    contacts = stance_phases(posed, fps, ground) if generated else detect_contacts(posed, fps, ground)
    if foot_lock:
        hinges = np.stack([quat.rotate(turns[:, hip], _KNEE_AXIS) for hip in _HIPS], axis=1)
        floor = floor_height(posed)
        locked = lock_feet(posed, contacts, fps, floor, hinges)
        # Feet that stand firm for a while bring out contacts before and after: those are held as well.
        contacts = np.maximum(contacts, detect_contacts(locked, fps, ground))
        contacts[_pressed(posed, locked, floor, fps)] = 0.0
        locked = lock_feet(posed, contacts, fps, floor, hinges)
        if contact_slide(locked, contacts) <= contact_slide(posed, contacts):
            root, solved = solve(locked, fps, skeleton)
            rotations[:, _LEGS] = solved[:, _LEGS]
            posed, _ = forward_kinematics(skeleton.parents, skeleton.rest_offsets, root, rotations)
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


def _raised(positions: quat.Array, fps: float) -> Array:
    """Offsets (T, 3) that set a figure (T, 22, 3) on y = 0, and raise it where a hand, a knee or the trunk would sink.

    A figure that hovers for longer than a jump lasts is lowered, unless it climbs in the same clip. Feet are left to
    the foot lock, which lifts them alone.
    """
    offsets, floor = np.zeros((len(positions), 3)), floor_height(positions)
    above = np.maximum(supports(positions, fps) - floor, 0.0)
    drifts = np.clip((_CLIMB - above.max()) / (_CLIMB - _HOVER), 0.0, 1.0)
    offsets[:, 1] = -floor - drifts * above
    lowest = positions[:, NOT_FEET, 1].min(axis=1) + offsets[:, 1]
    offsets[:, 1] += spread(np.maximum(-_SINK - lowest, 0.0), fps)
    return offsets


def _pressed(posed: quat.Array, locked: quat.Array, floor: float, fps: float) -> NDArray[np.bool_]:
    """Feet (T, 4) that cannot be held without pressing their knee into the floor: on all fours it carries the leg."""
    deep = locked[:, _KNEES, 1] < np.minimum(posed[:, _KNEES, 1], floor) - _SINK
    return np.stack([spread(knee.astype(np.float64), fps) > 0.0 for knee in np.repeat(deep, 2, axis=1).T], axis=1)


def contact_slide(positions: ArrayLike, contacts: ArrayLike) -> float:
    """Mean way (m) that a foot joint in contact moves over the ground between two frames; 0 without contacts.

    `positions` (T, 22, 3), `contacts` (T, 4): a step counts when both of its frames are in contact.
    """
    feet = np.asarray(positions, dtype=np.float64)[:, CONTACT_JOINTS]
    steps = np.linalg.norm(np.diff(feet[..., [0, 2]], axis=0), axis=-1)
    down = np.asarray(contacts) > 0.5
    both = down[1:] & down[:-1]
    return float(steps[both].mean()) if both.any() else 0.0
