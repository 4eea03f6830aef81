"""The motion as the rig's stages look at it: positions, turns and contacts of our joints, in the world."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .. import quaternion as quat
from ..errors import RepriseError
from ..kinematics import forward_kinematics
from ..motion import Motion
from ..root_motion import to_world
from ..skeleton import JOINT_NAMES, PARENTS, Skeleton

Array = quat.Array


@dataclass(frozen=True)
class Source:
    """Our figure in motion: by joint `places` (T, 3) in metres and `turns` (T, 4) from rest; `contacts` (T, 4)."""

    skeleton: Skeleton
    places: dict[str, Array]
    turns: dict[str, Array]
    contacts: NDArray[np.bool_]
    fps: float

    @property
    def frames(self) -> int:
        """Number of frames T."""
        return len(self.contacts)


def read_source(motion: Motion) -> Source:
    """The motion with its travel. Raises RepriseError for another skeleton, no frames and values not finite."""
    if motion.joint_names != JOINT_NAMES or motion.parents != PARENTS:
        raise RepriseError("bad_motion", "The motion has another skeleton than ours.", "Update the backend.")
    if not motion.frames:
        raise RepriseError("bad_motion", "The motion has no frames.", "Generate it anew.")
    if not all(np.isfinite(part).all() for part in (motion.root_translation, motion.local_rotations)):
        raise RepriseError("bad_motion", "The motion has values that are no numbers.", "Try another seed.")
    world = to_world(motion)
    skeleton = Skeleton(motion.joint_names, motion.parents, np.asarray(motion.rest_offsets, dtype=np.float64))
    root, local = (np.asarray(part, dtype=np.float64) for part in (world.root_translation, world.local_rotations))
    places, turns = forward_kinematics(PARENTS, skeleton.rest_offsets, root, local)
    return Source(
        skeleton,
        {name: places[:, joint] for joint, name in enumerate(JOINT_NAMES)},
        {name: turns[:, joint] for joint, name in enumerate(JOINT_NAMES)},
        np.asarray(motion.foot_contact) > 0.5,
        motion.fps,
    )
