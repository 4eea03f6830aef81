"""Joints to features and back, for HumanML3D (22 joints, 263 features) and KIT-ML (21 joints, 251 features).

Source: Guo et al., "Generating Diverse and Natural 3D Human Motions from Text", CVPR 2022, and the processing published
with it. A clip of T poses gives T - 1 rows of F features, laid out as `Representation` says. All functions take NumPy
arrays or torch tensors with any leading batch axes; `arrays.py` says which type comes out. They raise `RepriseError`
for a wrong shape or a value that is not finite. The rotations hold no twist and, on generated features, disagree with
the positions: positions decide (`decode`), and rotations to animate with are solved from them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from .arrays import Array, adopt, check_features, check_joints, constant, stored
from .bones import chained_columns, directions_and_lengths
from .normalization import normalize
from .representation import HUMANML3D, Representation
from .yaw import angle_to_forward, horizontal_forward, smooth, turn

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray
    from torch import Tensor

_HEADING_SIGMA = 20.0  # frames


@overload
def encode(
    joints: Tensor, representation: Representation = HUMANML3D, bone_lengths: ArrayLike | None = None
) -> Tensor: ...
@overload
def encode(
    joints: ArrayLike, representation: Representation = HUMANML3D, bone_lengths: ArrayLike | None = None
) -> NDArray[np.float32]: ...
def encode(joints: Any, representation: Representation = HUMANML3D, bone_lengths: Any = None) -> Array:
    """(..., T, J, 3) joints of any build, place and heading -> (..., T - 1, F), exactly as the published processing.

    Its slip included (see `encode_normalized`), so that the result fits published weights and statistics.
    `bone_lengths` (J,) are the target skeleton's, as in `retarget`.
    """
    return encode_normalized(normalize(joints, representation, bone_lengths), representation, published=True)


@overload
def encode_normalized(
    joints: Tensor, representation: Representation = HUMANML3D, *, published: bool = False
) -> Tensor: ...
@overload
def encode_normalized(
    joints: ArrayLike, representation: Representation = HUMANML3D, *, published: bool = False
) -> NDArray[np.float32]: ...
def encode_normalized(joints: Any, representation: Representation = HUMANML3D, *, published: bool = False) -> Array:
    """(..., T, J, 3) normalised joints -> (..., T - 1, F) features, which `decode` turns back into the joints.

    The published code forgets that q and -q are one rotation: in the frame where the heading passes straight behind the
    start, its yaw rate has the wrong sign, and the decoded clip goes on in another direction. `published` keeps that.
    """
    xp, joints = adopt(joints)
    check_joints(joints, representation)
    heading = _heading(xp, joints, representation)
    earlier, heading_before = joints[..., :-1, :, :], heading[..., :-1]
    displacement = joints[..., 1:, :, :] - earlier
    step = turn(displacement[..., 0, :], heading[..., 1:])
    over_ground = earlier[..., 1:, :] - earlier[..., :1, :] * constant((1.0, 0.0, 1.0), joints)
    feet = displacement[..., list(representation.contact_joints), :]
    blocks = (
        _yaw_rate(xp, heading, published)[..., None],
        xp.stack((step[..., 0], step[..., 2]), axis=-1),
        earlier[..., 0, 1:2],
        _flat(xp, turn(over_ground, heading_before[..., None])),
        chained_columns(directions_and_lengths(earlier, representation)[0], heading_before, representation),
        _flat(xp, turn(displacement, heading_before[..., None])),
        xp.astype(xp.sum(feet * feet, axis=-1) < representation.contact_threshold, joints.dtype),
    )
    return xp.concat([stored(block) for block in blocks], axis=-1)


@overload
def decode(features: Tensor, representation: Representation = HUMANML3D) -> Tensor: ...
@overload
def decode(features: ArrayLike, representation: Representation = HUMANML3D) -> NDArray[np.float32]: ...
def decode(features: Any, representation: Representation = HUMANML3D) -> Array:
    """(..., T, F) features -> (..., T, J, 3) joint positions, starting over the origin and facing +Z.

    From the root and position blocks alone. Differentiable for tensors.
    """
    xp, features = adopt(features)
    check_features(features, representation)
    back = -_world_to_heading(xp, features)
    steps = features[..., :-1, representation.root_xz]
    steps = xp.stack((steps[..., 0], xp.zeros_like(steps[..., 0]), steps[..., 1]), axis=-1)
    path = xp.cumulative_sum(turn(steps, back[..., 1:]), axis=-2, include_initial=True)
    local = xp.reshape(features[..., representation.positions], (*features.shape[:-1], representation.joints - 1, 3))
    joints = turn(local, back[..., None]) + path[..., None, :]
    root = xp.stack((path[..., 0], features[..., representation.root_y.start], path[..., 2]), axis=-1)
    return stored(xp.concat((root[..., None, :], joints), axis=-2))


@overload
def world_to_local(features: Tensor) -> Tensor: ...
@overload
def world_to_local(features: ArrayLike) -> NDArray[np.float64]: ...
def world_to_local(features: Any) -> Array:
    """(..., T, F) features of either representation -> (..., T, 4) yaws wxyz that take the world to each heading."""
    xp, features = adopt(features)
    half = _world_to_heading(xp, features) / 2.0
    zero = xp.zeros_like(half)
    return xp.stack((xp.cos(half), zero, xp.sin(half), zero), axis=-1)


def _heading(xp: Any, joints: Array, representation: Representation) -> Array:
    """(..., T) the turn that takes the world to the smoothed heading; the first is none, as published.

    The published code exchanges left and right hip here, but not where it turns the first frame to +Z, so that the hips
    count against the shoulders. The features of the whole field are made that way; the golden files hold it.
    """
    right_hip, left_hip, right_shoulder, left_shoulder = representation.face_joints
    forward = horizontal_forward(joints, (left_hip, right_hip, right_shoulder, left_shoulder))
    angle = angle_to_forward(smooth(forward, _HEADING_SIGMA))
    return xp.concat((xp.zeros_like(angle[..., :1]), angle[..., 1:]), axis=-1)


def _yaw_rate(xp: Any, heading: Array, published: bool) -> Array:
    """(..., T - 1) half the turn between frames, as the y of the quaternion between two headings' quaternions."""
    half = (heading[..., 1:] - heading[..., :-1]) / 2.0
    sine = xp.sin(half)
    if not published:
        sine = xp.where(xp.cos(half) < 0.0, -sine, sine)
    return xp.asin(xp.clip(sine, -1.0, 1.0))


def _world_to_heading(xp: Any, features: Array) -> Array:
    return 2.0 * xp.cumulative_sum(features[..., :-1, 0], axis=-1, include_initial=True)


def _flat(xp: Any, vectors: Array) -> Array:
    return xp.reshape(vectors, (*vectors.shape[:-2], -1))
