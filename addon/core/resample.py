"""A Motion at another frame rate."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import quaternion as quat
from .errors import RepriseError
from .kinematics import forward_kinematics
from .motion import Motion


def resample(motion: Motion, fps: float) -> Motion:
    """The motion at `fps` frames a second: times 0, 1/fps, ... up to its last pose, exact where they are its own.

    Rotations by spherical linear interpolation, the root's path by a Catmull-Rom cubic, contacts linearly; positions by
    forward kinematics of these. Raises `RepriseError` for a rate that is not above 0.
    """
    if not np.isfinite(fps) or fps <= 0.0:
        raise RepriseError("bad_fps", f"A frame rate of {fps!r} is not possible.", "It must be above 0.")
    if fps == motion.fps or motion.frames < 2:
        return replace(motion, fps=float(fps))
    count = int(np.floor((motion.frames - 1) * fps / motion.fps + 1e-6)) + 1
    times = np.minimum(np.arange(count) * (motion.fps / fps), motion.frames - 1)
    nearest = np.round(times)
    times = np.where(np.abs(times - nearest) < 1e-6, nearest, times)
    before = np.minimum(times.astype(np.int64), motion.frames - 2)
    share = times - before
    root = _catmull_rom(motion.root_translation.astype(np.float64), before, share)
    rotations = motion.local_rotations.astype(np.float64)
    rotations = slerp(rotations[before], rotations[before + 1], share[:, None])
    contact = motion.foot_contact.astype(np.float64)
    contact = contact[before] + share[:, None] * (contact[before + 1] - contact[before])
    positions, _ = forward_kinematics(motion.parents, motion.rest_offsets.astype(np.float64), root, rotations)
    return replace(
        motion,
        fps=float(fps),
        root_translation=root.astype(np.float32),
        local_rotations=quat.make_continuous(rotations).astype(np.float32),
        positions=positions.astype(np.float32),
        foot_contact=contact.astype(np.float32),
    )


def slerp(start: ArrayLike, end: ArrayLike, share: ArrayLike) -> quat.Array:
    """Unit quaternions (..., 4) the `share` (...) of the shorter way from `start` to `end` (Shoemake, 1985)."""
    start, end = np.asarray(start, dtype=np.float64), np.asarray(end, dtype=np.float64)
    share = np.asarray(share, dtype=np.float64)[..., None]
    cosine = np.sum(start * end, axis=-1, keepdims=True)
    end = np.where(cosine < 0.0, -end, end)
    # The angle from both the chord and the sum is exact for near and for far quaternions alike.
    angle = 2.0 * np.arctan2(
        np.linalg.norm(end - start, axis=-1, keepdims=True), np.linalg.norm(end + start, axis=-1, keepdims=True)
    )
    sine = np.sin(angle)
    near = sine < 1e-6
    safe = np.where(near, 1.0, sine)
    first = np.where(near, 1.0 - share, np.sin((1.0 - share) * angle) / safe)
    second = np.where(near, share, np.sin(share * angle) / safe)
    return quat.normalize(first * start + second * end)


def _catmull_rom(path: quat.Array, before: NDArray[np.int64], share: quat.Array) -> quat.Array:
    """The path (T, D) at frames `before + share` (N,): cubic, through every point, straight on at the ends."""
    padded = np.concatenate((2.0 * path[:1] - path[1:2], path, 2.0 * path[-1:] - path[-2:-1]))
    p0, p1, p2, p3 = (padded[before + k] for k in range(4))
    t = share[:, None]
    return p1 + 0.5 * t * (p2 - p0 + t * (2.0 * p0 - 5.0 * p1 + 4.0 * p2 - p3 + t * (3.0 * (p1 - p2) + p3 - p0)))
