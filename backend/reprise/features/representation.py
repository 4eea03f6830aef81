"""What tells HumanML3D's and KIT-ML's features apart, as values; the codec itself is one.

Source: Guo et al., "Generating Diverse and Natural 3D Human Motions from Text", CVPR 2022, and the processing published
with it. Frame of reference: Y up, a figure faces +Z.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from reprise_core.errors import RepriseError
from reprise_core.skeleton import BONE_LENGTHS, CHAINS, CONTACT_JOINTS, JOINT_NAMES, MIRROR

_AXES = {
    "+x": (1.0, 0.0, 0.0),
    "-x": (-1.0, 0.0, 0.0),
    "+y": (0.0, 1.0, 0.0),
    "-y": (0.0, -1.0, 0.0),
    "+z": (0.0, 0.0, 1.0),
}


@dataclass(frozen=True)
class Representation:
    """A feature format; lengths are in the joints' own unit, which is HumanML3D's metre and KIT-ML's MMM unit.

    `chains` give the skeleton, root first, and the order in which bone rotations build on each other. `axes` name for
    every joint but the root the axis from which the shortest arc of the bone that ends there is measured.
    `face_joints` are right hip, left hip, right shoulder, left shoulder; `leg_joints` knee and ankle of the leg that
    sets a figure's scale; `contact_joints` two of the left foot, then two of the right; `contact_threshold` is a
    squared displacement a frame. `bone_lengths` (J,) are the target skeleton's, None where none is published. `mirror`
    (J,) is each joint's partner on the other side.
    """

    name: str
    fps: float
    joint_names: tuple[str, ...]
    chains: tuple[tuple[int, ...], ...]
    axes: tuple[str, ...]
    face_joints: tuple[int, int, int, int]
    leg_joints: tuple[int, int]
    contact_joints: tuple[int, int, int, int]
    contact_threshold: float
    mirror: tuple[int, ...]
    bone_lengths: tuple[float, ...] | None

    @property
    def joints(self) -> int:
        """Number of joints J."""
        return len(self.joint_names)

    @property
    def features(self) -> int:
        """Number of features: 4 of the root, 3 + 6 a joint but the root, 3 a joint, 4 contacts."""
        return 12 * self.joints - 1

    @cached_property
    def parents(self) -> tuple[int, ...]:
        """(J,) each joint's parent, -1 for the root; parents come before their children."""
        parents = {end: start for chain in self.chains for start, end in pairwise(chain)}
        return tuple(parents.get(joint, -1) for joint in range(self.joints))

    @cached_property
    def rotation_parents(self) -> tuple[int, ...]:
        """(J - 1,) the joint on whose rotation each bone's builds: the one before in its chain, or 0, the heading."""
        before = {chain[i]: chain[i - 1] if i > 1 else 0 for chain in self.chains for i in range(1, len(chain))}
        return tuple(before[joint] for joint in range(1, self.joints))

    @cached_property
    def canonical_axes(self) -> NDArray[np.float64]:
        """(J - 1, 3) the unit vectors that `axes` name."""
        return np.array([_AXES[axis] for axis in self.axes])

    @property
    def root_yaw(self) -> slice:
        """Yaw rate of the root: half the angle a frame, radians."""
        return slice(0, 1)

    @property
    def root_xz(self) -> slice:
        """Horizontal displacement of the root a frame, in the heading frame of the later pose."""
        return slice(1, 3)

    @property
    def root_y(self) -> slice:
        """Height of the root."""
        return slice(3, 4)

    @property
    def positions(self) -> slice:
        """Joints 1.. in the heading frame: x and z relative to the root, y above the floor."""
        return slice(4, 4 + 3 * (self.joints - 1))

    @property
    def rotations(self) -> slice:
        """Shortest arcs of the bones, the first two columns of each matrix."""
        return slice(self.positions.stop, self.positions.stop + 6 * (self.joints - 1))

    @property
    def velocities(self) -> slice:
        """Displacements of all joints a frame, in the heading frame of the earlier pose."""
        return slice(self.rotations.stop, self.rotations.stop + 3 * self.joints)

    @property
    def contacts(self) -> slice:
        """1 where a contact joint moves less than the threshold, else 0."""
        return slice(self.velocities.stop, self.velocities.stop + 4)

    @property
    def groups(self) -> tuple[slice, ...]:
        """The blocks above, in order; published deviations are averaged within each."""
        return (
            self.root_yaw, self.root_xz, self.root_y, self.positions, self.rotations, self.velocities, self.contacts,
        )  # fmt: skip


HUMANML3D = Representation(
    name="HumanML3D",
    fps=20.0,
    joint_names=JOINT_NAMES,
    chains=CHAINS,
    axes=(
        "+x", "-x", "+y", "-y", "-y", "+y", "-y", "-y", "+y", "+z", "+z",
        "+y", "+x", "-x", "+z", "-y", "-y", "-y", "-y", "-y", "-y",
    ),
    face_joints=(2, 1, 17, 16),
    leg_joints=(5, 8),
    contact_joints=CONTACT_JOINTS,
    contact_threshold=0.002,  # 0.89 m/s
    mirror=MIRROR,
    bone_lengths=BONE_LENGTHS,
)  # fmt: skip

# The 21 joints of the Master Motor Map (MMM) under its own names, where L and R are its sides. The published processing
# takes LS and LH for right shoulder and hip: they lie on -X when a figure faces +Z. Its target skeleton is that of clip
# 03950's first frame, whose lengths stand only in the data set. TEMOS (Petrovich et al., ECCV 2022) counts 480 of MMM's
# units as 0.75 m.
KIT_ML = Representation(
    name="KIT-ML",
    fps=12.5,
    joint_names=(
        "root", "BP", "BT", "BLN", "BUN", "LS", "LE", "LW", "RS", "RE", "RW",
        "LH", "LK", "LA", "LMrot", "LF", "RH", "RK", "RA", "RMrot", "RF",
    ),
    chains=((0, 11, 12, 13, 14, 15), (0, 16, 17, 18, 19, 20), (0, 1, 2, 3, 4), (3, 5, 6, 7), (3, 8, 9, 10)),
    axes=(
        "+y", "+y", "+y", "+y", "+x", "-y", "-y", "-x", "-y", "-y",
        "+x", "-y", "-y", "+z", "+z", "-x", "-y", "-y", "+z", "+z",
    ),
    face_joints=(11, 16, 5, 8),
    leg_joints=(17, 18),
    contact_joints=(19, 20, 14, 15),
    contact_threshold=0.05,
    mirror=(0, 1, 2, 3, 4, 8, 9, 10, 5, 6, 7, 16, 17, 18, 19, 20, 11, 12, 13, 14, 15),
    bone_lengths=None,
)  # fmt: skip

REPRESENTATIONS = (HUMANML3D, KIT_ML)


def of_joint_count(joints: int) -> Representation:
    """The representation of so many joints; `RepriseError` where there is none."""
    return _only(joints, "joints", {representation.joints: representation for representation in REPRESENTATIONS})


def of_feature_count(features: int) -> Representation:
    """The representation of so many features a frame; `RepriseError` where there is none."""
    return _only(features, "features", {representation.features: representation for representation in REPRESENTATIONS})


def _only(count: int, what: str, known: dict[int, Representation]) -> Representation:
    if count in known:
        return known[count]
    names = ", ".join(f"{representation.name} has {number}" for number, representation in known.items())
    raise RepriseError(f"bad_{what}", f"No representation has {count} {what}.", f"{names}.")
