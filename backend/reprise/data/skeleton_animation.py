"""An animation on the skeleton of its source file, and the places of its joints."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reprise_core import quaternion as quat

_AXES = {"X": 1, "Y": 2, "Z": 3}


@dataclass(frozen=True)
class SkeletonAnimation:
    """Joints in an order where parents come first; lengths in the file's own unit.

    `offsets` (J, 3) place each joint in its parent's frame, `local_rotations` (T, J, 4) are unit quaternions wxyz in
    the parent's frame, `root_positions` (T, 3) the world place of joint 0 (its offset is not added again), `fps` the
    rate that the file states, if it states one.
    """

    joint_names: tuple[str, ...]
    parents: tuple[int, ...]
    offsets: NDArray[np.float64]
    local_rotations: NDArray[np.float64]
    root_positions: NDArray[np.float64]
    fps: float | None = None

    @property
    def frames(self) -> int:
        """Number of frames T."""
        return len(self.root_positions)


def euler_to_quaternion(degrees: NDArray[np.float64], axes: Sequence[str]) -> NDArray[np.float64]:
    """R(axes[0]) R(axes[1]) ... about local axes as quaternions (T, 4), from angles (T, len(axes)) in degrees."""
    result = np.zeros((len(degrees), 4))
    result[:, 0] = 1.0
    for column, axis in enumerate(axes):
        half = np.radians(degrees[:, column]) / 2.0
        cos, sin = np.cos(half)[:, None], np.sin(half)[:, None]
        result = cos * result + sin * _times_unit(result, _AXES[axis.upper()])
    return result


def joint_positions(animation: SkeletonAnimation, names: Iterable[str]) -> dict[str, NDArray[np.float64]]:
    """World positions (T, 3) of the named joints by forward kinematics; only their ancestors are evaluated."""
    index = {name: joint for joint, name in enumerate(animation.joint_names)}
    wanted = {index[name] for name in names}
    needed = set(wanted)
    for joint in sorted(needed, reverse=True):
        while (joint := animation.parents[joint]) >= 0:
            needed.add(joint)
    turning = {animation.parents[joint] for joint in needed}  # only these pass a rotation on
    rotations: dict[int, NDArray[np.float64]] = {}
    positions: dict[int, NDArray[np.float64]] = {}
    for joint in sorted(needed):
        parent, local = animation.parents[joint], animation.local_rotations[:, joint]
        if parent < 0:
            positions[joint] = animation.root_positions
            rotations[joint] = local
            continue
        positions[joint] = positions[parent] + _rotate_one(rotations[parent], animation.offsets[joint])
        if joint in turning:
            rotations[joint] = np.asarray(quat.multiply(rotations[parent], local), dtype=np.float64)
    return {animation.joint_names[joint]: positions[joint] for joint in wanted}


def _times_unit(quaternion: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    """q times the imaginary unit i, j or k (axis 1, 2, 3)."""
    w, x, y, z = quaternion.T
    columns = {1: (-x, w, z, -y), 2: (-y, -z, w, x), 3: (-z, y, -x, w)}[axis]
    return np.stack(columns, axis=-1)


def _rotate_one(quaternion: NDArray[np.float64], vector: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rotates one vector (3,) by many quaternions (T, 4); without np.cross, which dominates an import's time."""
    w, x, y, z = quaternion.T
    a, b, c = vector
    tx, ty, tz = 2.0 * (y * c - z * b), 2.0 * (z * a - x * c), 2.0 * (x * b - y * a)
    return np.stack((a + w * tx + y * tz - z * ty, b + w * ty + z * tx - x * tz, c + w * tz + x * ty - y * tx), axis=-1)
