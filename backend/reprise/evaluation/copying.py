"""How near generated motion comes to the training clips: a network that copies shows it here, and in no other figure.

A clip is cut into stretches of one second; a stretch's distance to another is the root of the mean squared distance of
its joints, in the figure's own frame (on the ground below the pelvis, facing the same way), so that where and whither
it goes does not count. Compare with the same figure of recorded clips that are no training clips.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reprise.features.humanml3d import POSITIONS, ROOT_Y

FRAMES = 20  # of a stretch: the shortest motion that can be asked for
_EVERY = 2  # frames between the beginnings of two training stretches
_CHUNK = 8192  # stretches that are compared with at a time
_NUMBERS = 22 * 3

Array = NDArray[np.float32]


@dataclass(frozen=True)
class TrainingClips:
    """The training clips' joints, (T_i, 22 * 3) each, in the figure's own frame in metres."""

    joints: tuple[Array, ...]

    def nearest(self, clips: Sequence[NDArray[np.floating]]) -> NDArray[np.float64]:
        """Millimetres from each whole second of the clips (T, 263), not normalised, to the nearest training stretch."""
        asked = np.concatenate([_stretches(local_joints(clip), FRAMES) for clip in clips])
        best = np.full(len(asked), np.inf)
        for part in _chunks(self.joints):
            closest = part[(np.square(part).sum(axis=1) - 2.0 * asked @ part.T).argmin(axis=1)]
            best = np.minimum(best, np.square(closest - asked).sum(axis=1))  # exact where the product above cancels
        return 1000.0 * np.sqrt(best / (FRAMES * 22))


def training_clips(clips: Iterable[NDArray[np.floating]]) -> TrainingClips:
    """From features (T, 263), not normalised; a clip's mirrored twin is a training clip of its own."""
    return TrainingClips(tuple(map(local_joints, clips)))


def local_joints(features: NDArray[np.floating]) -> Array:
    """(T, 66) joints around the pelvis's place on the ground, turned to its heading."""
    root = np.zeros((len(features), 3))
    root[:, 1:2] = features[:, ROOT_Y]
    return np.concatenate((root, features[:, POSITIONS]), axis=1).astype(np.float32)


def _stretches(joints: Array, every: int) -> Array:
    """(N, FRAMES * 66); none of a clip that is shorter."""
    if len(joints) < FRAMES:
        return np.zeros((0, FRAMES * _NUMBERS), np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(joints, FRAMES, axis=0)[::every]  # (N, 66, FRAMES)
    return windows.transpose(0, 2, 1).reshape(len(windows), -1)


def _chunks(clips: Iterable[Array]) -> Iterator[Array]:
    kept: list[Array] = []
    for joints in clips:
        kept.append(_stretches(joints, _EVERY))
        if sum(map(len, kept)) >= _CHUNK:
            yield np.concatenate(kept)
            kept = []
    if kept:
        yield np.concatenate(kept)
