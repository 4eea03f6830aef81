"""The 263 features of HumanML3D (Guo et al., 2022) to and from the positions of 22 joints.

Frame of reference: Y up, metres, 20 fps; a clip of T poses gives T - 1 feature rows:

    [0]        yaw rate of the root, half the angle a frame, radians
    [1:3]      root displacement x, z a frame, in the heading frame of the later pose
    [3]        root height
    [4:67]     joints 1..21: x, z relative to the root and turned to face +Z, y absolute
    [67:193]   joints 1..21: shortest-arc rotations of the bones, first two columns of the matrix
    [193:259]  22 joint displacements a frame, turned to face +Z
    [259:263]  foot contacts: left ankle, left foot, right ankle, right foot

The rotations hold no twist and, on generated data, disagree with the positions: positions decide (`decode`), animation
rotations are solved from them.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import gaussian_filter1d

from reprise_core import quaternion as quat
from reprise_core.errors import RepriseError
from reprise_core.skeleton import BONE_LENGTHS, CHAINS, CONTACT_JOINTS, PARENTS

FEATURES = 263
FPS = 20.0
CONTACT_THRESHOLD = 0.002  # squared displacement a frame, m^2
ROOT_YAW, ROOT_XZ, ROOT_Y = slice(0, 1), slice(1, 3), slice(3, 4)
POSITIONS, ROTATIONS, VELOCITIES, CONTACTS = slice(4, 67), slice(67, 193), slice(193, 259), slice(259, 263)
GROUPS = (ROOT_YAW, ROOT_XZ, ROOT_Y, POSITIONS, ROTATIONS, VELOCITIES, CONTACTS)

_UP, _FORWARD = np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, 1.0])
_RIGHT_LEG = (5, 8)  # thigh and shin of the leg whose length sets the scale
_HEADING_SIGMA = 20.0  # frames


def _canonical_axes() -> NDArray[np.float64]:
    """(22, 3) the axis from which HumanML3D measures each bone's shortest arc, stored at the bone's end joint."""
    axes = np.zeros((22, 3))
    axes[[1, 13]], axes[[2, 14]] = (1.0, 0.0, 0.0), (-1.0, 0.0, 0.0)
    axes[[3, 6, 9, 12]] = _UP
    axes[[4, 5, 7, 8, 16, 17, 18, 19, 20, 21]] = -_UP
    axes[[10, 11, 15]] = _FORWARD
    return axes


CANONICAL_AXES = _canonical_axes()


def encode(joints: ArrayLike) -> NDArray[np.float32]:
    """(T, 22, 3) joints of any build, place and heading -> (T - 1, 263), exactly as HumanML3D's published processing.

    Its slip included (see `encode_normalized`), so that the result fits published weights and statistics.
    """
    return encode_normalized(normalize(joints), published=True)


def normalize(joints: ArrayLike) -> quat.Array:
    """Target bone lengths, lowest joint on y = 0, first root over the origin, first frame facing +Z; (T, 22, 3)."""
    return face_forward(put_on_floor(retarget(joints)))


def retarget(joints: ArrayLike, bone_lengths: ArrayLike = BONE_LENGTHS) -> NDArray[np.float64]:
    """Gives every bone its target length and keeps its direction; the root path scales with the leg (first frame's).

    A bone of zero length, which has no direction, keeps the canonical one; the result is always finite.
    """
    joints, lengths = _checked(joints), np.asarray(bone_lengths, dtype=np.float64)
    vectors = joints[:, 1:] - joints[:, list(PARENTS[1:])]
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    directions = np.where(norms > 1e-8, vectors / np.maximum(norms, 1e-8), CANONICAL_AXES[1:])
    source_leg = sum(norms[0, joint - 1, 0] for joint in _RIGHT_LEG)
    scale = sum(lengths[joint] for joint in _RIGHT_LEG) / source_leg if source_leg > 1e-8 else 1.0
    result = np.empty_like(joints)
    result[:, 0] = joints[:, 0] * scale
    for joint in range(1, 22):
        result[:, joint] = result[:, PARENTS[joint]] + directions[:, joint - 1] * lengths[joint]
    return result


def put_on_floor(joints: ArrayLike) -> NDArray[np.float64]:
    """Moves the clip so that its lowest joint of all frames lies on y = 0."""
    joints = _checked(joints)
    return joints - _UP * joints[..., 1].min()


def face_forward(joints: ArrayLike) -> quat.Array:
    """Moves the first root over the origin and turns the clip about +Y so that the first frame faces +Z."""
    checked = _checked(joints)
    moved = checked - checked[0, 0] * np.array([1.0, 0.0, 1.0])
    return quat.rotate(quat.between(facing(moved[:1])[0], _FORWARD), moved)


def facing(joints: ArrayLike) -> quat.Array:
    """(T, 22, 3) -> (T, 3) horizontal unit vectors: up x (across the hips + across the shoulders)."""
    joints = np.asarray(joints, dtype=np.float64)
    across = (joints[:, 2] - joints[:, 1]) + (joints[:, 17] - joints[:, 16])
    return quat.normalize(np.cross(_UP, quat.normalize(across)))


def encode_normalized(joints: ArrayLike, *, published: bool = False) -> NDArray[np.float32]:
    """(T, 22, 3) normalised joints -> (T - 1, 263) features, which `decode` turns back into the joints.

    The published code forgets that q and -q are one rotation: in the frame where the heading passes straight behind the
    start, its yaw rate has the wrong sign, and the decoded clip goes on in another direction. `published` keeps that.
    """
    joints = _checked(joints)
    heading = _smooth_heading(joints)
    rotations = _bone_rotations(joints, heading)
    displacement = joints[1:] - joints[:-1]
    yaw_step = quat.multiply(heading[1:], quat.conjugate(heading[:-1]))
    local = quat.rotate(heading[:, None], joints - joints[:, :1] * np.array([1.0, 0.0, 1.0]))
    features = np.empty((len(joints) - 1, FEATURES))
    if not published:
        yaw_step *= np.where(yaw_step[:, :1] < 0.0, -1.0, 1.0)
    features[:, 0] = np.arcsin(np.clip(yaw_step[:, 2], -1.0, 1.0))
    features[:, ROOT_XZ] = quat.rotate(heading[1:], displacement[:, 0])[:, [0, 2]]
    features[:, 3] = joints[:-1, 0, 1]
    features[:, POSITIONS] = local[:-1, 1:].reshape(-1, 63)
    features[:, ROTATIONS] = quat.to_matrix(rotations[:-1, 1:])[..., :2].swapaxes(-1, -2).reshape(-1, 126)
    features[:, VELOCITIES] = quat.rotate(heading[:-1, None], displacement).reshape(-1, 66)
    features[:, CONTACTS] = np.sum(displacement[:, list(CONTACT_JOINTS)] ** 2, axis=-1) < CONTACT_THRESHOLD
    return features.astype(np.float32)


def _smooth_heading(joints: NDArray[np.float64]) -> quat.Array:
    """(T, 4) yaw quaternions from world to the smoothed heading; the first is the identity, as published.

    The published code confuses left and right hip here (not in `facing`), so that the hips count against the shoulders.
    The features of the whole field are made that way; the golden files hold it.
    """
    across = (joints[:, 1] - joints[:, 2]) + (joints[:, 17] - joints[:, 16])
    forward = np.cross(_UP, quat.normalize(across))
    forward = gaussian_filter1d(forward, _HEADING_SIGMA, axis=0, mode="nearest")
    heading = quat.between(quat.normalize(forward), _FORWARD)
    heading[0] = (1.0, 0.0, 0.0, 0.0)
    return heading


def _bone_rotations(joints: NDArray[np.float64], heading: quat.Array) -> NDArray[np.float64]:
    """(T, 22, 4) shortest arcs along each chain, every chain restarting from the heading."""
    local = np.empty((*joints.shape[:2], 4))
    local[:, 0] = heading
    for chain in CHAINS:
        parent_rotation = heading
        for start, end in pairwise(chain):
            vector = joints[:, end] - joints[:, start]
            norm = np.linalg.norm(vector, axis=-1, keepdims=True)
            direction = np.where(norm > 1e-8, vector / np.maximum(norm, 1e-8), CANONICAL_AXES[end])
            rotation = quat.between(CANONICAL_AXES[end], direction)
            local[:, end] = quat.multiply(quat.conjugate(parent_rotation), rotation)
            parent_rotation = rotation
    return local


def decode(features: ArrayLike) -> NDArray[np.float32]:
    """(T, 263) features -> (T, 22, 3) joint positions in metres, starting over the origin and facing +Z."""
    features = np.asarray(features, dtype=np.float64)
    if features.ndim != 2 or features.shape[1] != FEATURES:
        raise RepriseError(
            "bad_features", f"The features have the shape {features.shape}.", "It must be (frames, 263)."
        )
    rotation = world_to_local(features)
    root = np.zeros((len(features), 3))
    root[1:, [0, 2]] = features[:-1, ROOT_XZ]
    root = np.cumsum(quat.rotate(quat.conjugate(rotation), root), axis=0)
    joints = np.empty((len(features), 22, 3))
    local = features[:, POSITIONS].reshape(-1, 21, 3)
    joints[:, 1:] = quat.rotate(quat.conjugate(rotation)[:, None], local) + root[:, None]
    root[:, 1] = features[:, 3]
    joints[:, 0] = root
    return joints.astype(np.float32)


def world_to_local(features: NDArray[np.float64]) -> NDArray[np.float64]:
    """(T, 263) -> (T, 4) the yaw that takes the world to each frame's heading."""
    angle = np.concatenate(([0.0], np.cumsum(features[:-1, 0])))
    zeros = np.zeros_like(angle)
    return np.stack((np.cos(angle), zeros, np.sin(angle), zeros), axis=-1)


def _checked(joints: ArrayLike) -> NDArray[np.float64]:
    joints = np.asarray(joints, dtype=np.float64)
    if joints.ndim != 3 or joints.shape[1:] != (22, 3) or len(joints) < 2:
        raise RepriseError(
            "bad_joints", f"The joints have the shape {joints.shape}.", "It must be (2 or more frames, 22, 3)."
        )
    if not np.isfinite(joints).all():
        raise RepriseError(
            "bad_joints", "The joints hold values that are not finite.", "Repair or leave out those frames."
        )
    return joints


def statistics(features: ArrayLike) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean and standard deviation (263,) of features (N, 263), the deviation averaged in each group, as published."""
    features = np.asarray(features)
    mean, std = features.mean(axis=0, dtype=np.float64), features.std(axis=0, dtype=np.float64)
    for group in GROUPS:
        std[group] = std[group].mean()
    return mean.astype(np.float32), std.astype(np.float32)
