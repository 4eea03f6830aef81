"""An animation on the skeleton of its source file, and the places of its joints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from reprise_core import quaternion as quat

_AXES = {"X": 1, "Y": 2, "Z": 3}


@dataclass(frozen=True)
class SkeletonAnimation:
    """Joints in an order where parents come first, with one root; lengths in the file's own unit.

    `offsets` (J, 3) place each joint in its parent's frame, `local_rotations` (T, J, 4) are unit quaternions wxyz in
    the parent's frame, `root_positions` (T, 3) the world place of joint 0 (its offset is not added again), `fps` the
    rate that the file states, if it states one. Other joints that move in their parent's frame have their places there
    in `translations` (T, 3), in place of the offset. Joints of `end_sites` only mark where a bone ends.
    `rest_rotations` (J, 4) are the local rotations of the rest pose, None where they are all none. `notes` are
    sentences about what the file left open.
    """

    joint_names: tuple[str, ...]
    parents: tuple[int, ...]
    offsets: NDArray[np.float64]
    local_rotations: NDArray[np.float64]
    root_positions: NDArray[np.float64]
    fps: float | None = None
    translations: Mapping[int, NDArray[np.float64]] = field(default_factory=dict)
    end_sites: frozenset[int] = frozenset()
    rest_rotations: NDArray[np.float64] | None = None
    notes: tuple[str, ...] = ()

    @property
    def frames(self) -> int:
        """Number of frames T."""
        return len(self.root_positions)

    def at_rest(self) -> SkeletonAnimation:
        """One frame: the rest pose, every joint at its offset."""
        joints = len(self.joint_names)
        rotations = np.tile([1.0, 0.0, 0.0, 0.0], (joints, 1)) if self.rest_rotations is None else self.rest_rotations
        return replace(self, local_rotations=rotations[None], root_positions=self.offsets[:1], translations={})

    def at_frames(self, frames: slice | NDArray[np.integer]) -> SkeletonAnimation:
        """Only the given frames."""
        return replace(
            self,
            local_rotations=self.local_rotations[frames],
            root_positions=self.root_positions[frames],
            translations={joint: places[frames] for joint, places in self.translations.items()},
        )

    def moving_only(self, joint: int) -> SkeletonAnimation:
        """Translations kept for `joint` and those above it: below, bones keep their lengths."""
        above = {joint}
        while (joint := self.parents[joint]) >= 0:
            above.add(joint)
        return replace(self, translations={j: places for j, places in self.translations.items() if j in above})


def with_one_root(animation: SkeletonAnimation) -> SkeletonAnimation:
    """An animation of several roots with one more joint above them, at the origin; with one root, as it is."""
    if sum(parent < 0 for parent in animation.parents) < 2:
        return animation
    frames = animation.frames
    identity = np.tile([1.0, 0.0, 0.0, 0.0], (frames, 1, 1))
    rest = animation.rest_rotations
    translations = {joint + 1: places for joint, places in animation.translations.items()}
    return replace(
        animation,
        joint_names=("(origin)", *animation.joint_names),
        parents=(-1, *(parent + 1 for parent in animation.parents)),
        offsets=np.concatenate((np.zeros((1, 3)), animation.offsets)),
        local_rotations=np.concatenate((identity, animation.local_rotations), axis=1),
        root_positions=np.zeros((frames, 3)),
        translations=translations | {1: animation.root_positions},
        end_sites=frozenset(joint + 1 for joint in animation.end_sites),
        rest_rotations=None if rest is None else np.concatenate((identity[0], rest)),
    )


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
        if joint in animation.translations:
            moved = quat.rotate(rotations[parent], animation.translations[joint])
            positions[joint] = positions[parent] + np.asarray(moved, dtype=np.float64)
        else:
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
