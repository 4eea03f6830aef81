"""Where a motion goes, apart from what it does: travel taken out of the pelvis, kept as a track, and put back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import ground
from . import quaternion as quat
from .kinematics import forward_kinematics
from .motion import Motion

Array = NDArray[np.floating]


def moved(motion: Motion, placements: ArrayLike) -> Motion:
    """The motion as it looks from the world when it happens within frames placed by `placements` (T, 3) or (3,)."""
    places = np.broadcast_to(np.asarray(placements, dtype=np.float64), (motion.frames, 3))
    joint = motion.parents.index(-1)
    rotations = motion.local_rotations.astype(np.float64)
    rotations[:, joint] = ground.move_rotations(places, rotations[:, joint])
    root = ground.move_points(places, motion.root_translation)
    positions, _ = forward_kinematics(motion.parents, motion.rest_offsets.astype(np.float64), root, rotations)
    return replace(
        motion,
        root_translation=root.astype(np.float32),
        local_rotations=quat.make_continuous(rotations).astype(np.float32),
        positions=positions.astype(np.float32),
    )


def to_root_track(motion: Motion) -> Motion:
    """The motion relative to a `root_track` on the ground that carries all of its travel; `to_world` puts it back.

    The track of a cycle leads evenly, along a line or a circle, from the pelvis's first place to where the next round
    begins, so that its rounds stay equal and the pelvis keeps its sway. Any other track is the pelvis's path over the
    ground; turning stays in the pose. A motion that has a track comes back as it is.
    """
    return _tracked(motion)[0]


def to_world(motion: Motion) -> Motion:
    """The motion with its travel in the pelvis again; one without a `root_track` comes back as it is."""
    return motion if motion.root_track is None else replace(moved(motion, motion.root_track), root_track=None)


def in_place(motion: Motion) -> Motion:
    """The motion without its travel, on the spot where it begins: `to_root_track` without the track."""
    tracked, track = _tracked(motion)
    cycle = None if motion.cycle is None else np.zeros(3)
    return replace(moved(tracked, track[0]), root_track=None, cycle=cycle)


def _tracked(motion: Motion) -> tuple[Motion, Array]:
    """The motion relative to its track, and the track (T, 3)."""
    if motion.root_track is not None:
        return motion, motion.root_track
    track = motion.root_translation[:, [0, 2, 2]].astype(np.float64) * np.array([1.0, 1.0, 0.0])
    if motion.cycle is not None:
        track = ground.compose(ground.power(motion.cycle, np.arange(motion.frames) / motion.frames), track[0])
    return replace(moved(motion, ground.inverse(track)), root_track=track), track
