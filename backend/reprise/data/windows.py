"""Which parts of a clip become windows of at most 196 features: captioned parts, and cuts where a figure rests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from reprise.features.humanml3d import FPS

from .pack import CaptionSegment

MAX_FRAMES = 196  # features; a window has one pose more
MIN_FRAMES = 6  # features, 0.3 s: less is a pose
_WHOLE = 210  # frames up to which a clip loses its end rather than being cut in two: HumanML3D's clips reach 200
_REACH = 0.2  # of a window's length: how far from an even cut a calmer pose is looked for
_SMOOTHING = 3  # frames on each side of a pose whose speed counts


def windows_of(
    joints: NDArray[np.floating], segments: Sequence[CaptionSegment], start: float = 0.0
) -> list[tuple[int, int, tuple[str, ...]]]:
    """First and last pose of each window of joints (T, 22, 3) at 20 fps, and its captions (none without segments).

    Segments count in seconds from the start of the file, the joints from `start` on. Windows shorter than 0.3 s are
    left out.
    """
    end = len(joints) - 1
    parts = (
        [(0, end, ())] if not segments else [(*_span(segment, start, end), segment.captions) for segment in segments]
    )
    cuts = [(a, b, captions) for first, last, captions in parts for a, b in cut(joints, first, last)]
    return [window for window in cuts if window[1] - window[0] >= MIN_FRAMES]


def cut(joints: NDArray[np.floating], first: int, last: int) -> list[tuple[int, int]]:
    """Poses first..last in as few windows as fit, about equally long, cut where the figure moves least.

    Neighbours share the pose at the cut. A part that is hardly longer than a window loses its end instead.
    """
    frames = last - first
    if frames <= _WHOLE:
        return [(first, min(last, first + MAX_FRAMES))] if frames > 0 else []
    speed = _speed(joints)
    count = int(np.ceil(frames / MAX_FRAMES))
    cuts = [first]
    for number in range(1, count):
        even = cuts[-1] + (last - cuts[-1]) / (count - number + 1)
        reach = _REACH * frames / count
        latest = min(cuts[-1] + MAX_FRAMES, int(even + reach))
        earliest = max(int(even - reach), last - (count - number) * MAX_FRAMES, cuts[-1] + MIN_FRAMES)
        cuts.append(earliest + int(np.argmin(speed[earliest : latest + 1])))
    return list(zip(cuts, [*cuts[1:], last], strict=True))


def _span(segment: CaptionSegment, start: float, end: int) -> tuple[int, int]:
    first = max(0, round((segment.start - start) * FPS))
    last = end if segment.end is None else min(end, round((segment.end - start) * FPS))
    return first, last


def _speed(joints: NDArray[np.floating]) -> NDArray[np.floating]:
    """(T,) mean movement of the joints around each pose, metres a frame."""
    steps = np.linalg.norm(np.diff(joints, axis=0), axis=-1).mean(axis=-1)
    padded = np.pad(steps, (_SMOOTHING, _SMOOTHING), mode="edge")
    return np.convolve(padded, np.ones(2 * _SMOOTHING) / (2 * _SMOOTHING), mode="valid")
