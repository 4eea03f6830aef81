"""The published preparation of a clip before it is encoded: target skeleton, floor, origin, heading.

Source: HumanML3D's published processing (Guo et al., 2022). Clips of any build, place and heading come out alike. All
functions take (..., T, J, 3) joints, NumPy or torch, with any leading batch axes, and raise `RepriseError` for a wrong
shape or a value that is not finite.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

import numpy as np

from reprise_core.errors import RepriseError

from .arrays import Array, adopt, check_joints, constant
from .bones import directions_and_lengths
from .representation import HUMANML3D, Representation
from .yaw import angle_to_forward, horizontal_forward, turn

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from torch import Tensor


@overload
def normalize(
    joints: Tensor, representation: Representation = HUMANML3D, bone_lengths: ArrayLike | None = None
) -> Tensor: ...
@overload
def normalize(
    joints: ArrayLike, representation: Representation = HUMANML3D, bone_lengths: ArrayLike | None = None
) -> NDArray[np.float64]: ...
def normalize(joints: Any, representation: Representation = HUMANML3D, bone_lengths: Any = None) -> Array:
    """Target bone lengths, lowest joint on y = 0, first root over the origin, first frame facing +Z.

    Takes and gives (..., T, J, 3); `bone_lengths` as in `retarget`.
    """
    return face_forward(put_on_floor(retarget(joints, representation, bone_lengths), representation), representation)


@overload
def retarget(
    joints: Tensor, representation: Representation = HUMANML3D, bone_lengths: ArrayLike | None = None
) -> Tensor: ...
@overload
def retarget(
    joints: ArrayLike, representation: Representation = HUMANML3D, bone_lengths: ArrayLike | None = None
) -> NDArray[np.float64]: ...
def retarget(joints: Any, representation: Representation = HUMANML3D, bone_lengths: Any = None) -> Array:
    """Gives every bone its target length and keeps its direction; the root path scales with the leg (first frame's).

    `bone_lengths` (J,) are in the unit wanted; by default the representation's, and without any the clip's own in its
    first frame. A bone of zero length, which has no direction, takes a neighbour's; the result is always finite.
    """
    xp, joints = adopt(joints)
    check_joints(joints, representation)
    directions, lengths = directions_and_lengths(joints, representation)
    own = lengths[..., :1, :, :]  # (..., 1, J - 1, 1)
    wanted = representation.bone_lengths if bone_lengths is None else bone_lengths
    target = own if wanted is None else xp.broadcast_to(_checked_lengths(wanted, joints, representation), own.shape)
    legs = [joint - 1 for joint in representation.leg_joints]
    source_leg, target_leg = (xp.sum(bones[..., legs, :], axis=-2) for bones in (own, target))  # (..., 1, 1)
    standing, one = source_leg > 1e-8, xp.ones_like(source_leg)
    scale = xp.where(standing, target_leg / xp.where(standing, source_leg, one), one)
    bones = directions * target
    placed = [joints[..., 0, :] * scale]
    for joint in range(1, representation.joints):
        placed.append(placed[representation.parents[joint]] + bones[..., joint - 1, :])
    return xp.stack(placed, axis=-2)


def bone_lengths_of(joints: ArrayLike, representation: Representation = HUMANML3D) -> NDArray[np.float64]:
    """(J,) bone lengths of a clip's first frame (T, J, 3), 0 for the root: a target skeleton for `retarget`.

    KIT-ML's published target skeleton is that of its clip 03950.
    """
    _, clip = adopt(joints)
    check_joints(clip, representation)
    return np.concatenate(((0.0,), directions_and_lengths(clip[:1], representation)[1][0, :, 0]))


def _checked_lengths(bone_lengths: Any, joints: Array, representation: Representation) -> Array:
    lengths = constant(bone_lengths, joints)
    if tuple(lengths.shape) != (representation.joints,):
        raise RepriseError(
            "bad_bone_lengths",
            f"The bone lengths have the shape {tuple(lengths.shape)}.",
            f"{representation.name} has {representation.joints} joints: give ({representation.joints},), the root's 0.",
        )
    return lengths[1:, None]


@overload
def put_on_floor(joints: Tensor, representation: Representation = HUMANML3D) -> Tensor: ...
@overload
def put_on_floor(joints: ArrayLike, representation: Representation = HUMANML3D) -> NDArray[np.float64]: ...
def put_on_floor(joints: Any, representation: Representation = HUMANML3D) -> Array:
    """Moves each clip so that its lowest joint of all frames lies on y = 0."""
    xp, joints = adopt(joints)
    check_joints(joints, representation)
    lowest = xp.min(joints[..., 1], axis=(-2, -1))[..., None, None]
    return xp.stack((joints[..., 0], joints[..., 1] - lowest, joints[..., 2]), axis=-1)


@overload
def face_forward(joints: Tensor, representation: Representation = HUMANML3D) -> Tensor: ...
@overload
def face_forward(joints: ArrayLike, representation: Representation = HUMANML3D) -> NDArray[np.float64]: ...
def face_forward(joints: Any, representation: Representation = HUMANML3D) -> Array:
    """Moves each clip's first root over the origin and turns it about +Y so that its first frame faces +Z."""
    _, joints = adopt(joints)
    check_joints(joints, representation)
    moved = joints - joints[..., :1, :1, :] * constant((1.0, 0.0, 1.0), joints)
    angle = angle_to_forward(horizontal_forward(moved[..., :1, :, :], representation.face_joints))
    return turn(moved, angle[..., None])


@overload
def facing(joints: Tensor, representation: Representation = HUMANML3D) -> Tensor: ...
@overload
def facing(joints: ArrayLike, representation: Representation = HUMANML3D) -> NDArray[np.float64]: ...
def facing(joints: Any, representation: Representation = HUMANML3D) -> Array:
    """Poses (..., J, 3) -> (..., 3) horizontal unit vectors: up x (across the hips + across the shoulders)."""
    xp, joints = adopt(joints)
    forward = horizontal_forward(joints, representation.face_joints)
    length = xp.linalg.vector_norm(forward, axis=-1, keepdims=True)
    forward = forward / xp.where(length > 1e-12, length, xp.ones_like(length))
    return xp.stack((forward[..., 0], xp.zeros_like(forward[..., 0]), forward[..., 1]), axis=-1)
