"""Feet on a rig's own legs: as high above its floor as ours above ours, and as still where ours stand.

Legs that point as ours do put the feet of a rig with other proportions a little too high, too low, or let them glide.
Heights are mended by the pelvis first, as far as both feet agree, since that turns no bone; what is left is taken by
hip and knee. Over the ground, a foot is drawn to one place through each contact, with a smooth fade before and after,
as `foot_lock.py` does, and turned about its toe where the leg is too short. High feet are left as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .. import quaternion as quat
from ..foot_lock import spread
from ..smoothing import smooth_series
from ..twist import fade

Array = quat.Array

_BLEND = 0.1  # seconds over which a correction fades in before a contact and out after it
_PIN = 1e6  # weight of standing still against 1 for staying where the motion is
_LOW, _HIGH = 0.08, 0.30  # metres of a foot above the floor: its height is held; it is the leg's own
_ROLL = 0.02  # metres by which heel or toe is higher until the other alone says where the foot is
_GLIDE = 0.4, 0.8  # metres a second of our foot in contact: it stands; it glides, as on the spot
_MAX_DROP = 0.08  # metres by which the body may sink for legs that are too short
_REACH = 0.995  # of a leg's length: nearer to straight a millimetre at the ankle turns the knee by degrees


@dataclass(frozen=True)
class Foot:
    """One foot on the rig and on our figure, in our space: ankle and toe joint (T, 3), the height of both above the
    floor when they rest on it, contacts (T, 2) of ankle and toe.
    """

    ankle: Array
    toe: Array
    rest: tuple[float, float]
    our_ankle: Array
    our_toe: Array
    our_rest: tuple[float, float]
    down: NDArray[np.bool_]

    def raised(self, height: Array) -> Foot:
        """The rig's foot higher by `height` (T,)."""
        up = height[:, None] * np.array([0.0, 1.0, 0.0])
        return replace(self, ankle=self.ankle + up, toe=self.toe + up)


def body_shift(feet: list[Foot], fps: float) -> Array:
    """Metres (T,) by which the body rises so that low feet stand on their soles, as far as they agree; smooth."""
    lacks, weights = zip(*(_lack(foot) for foot in feet), strict=True)
    weight = np.sum(weights, axis=0)
    mean = np.sum([lack * share for lack, share in zip(lacks, weights, strict=True)], axis=0) / (weight + 0.05)
    return smoothed(mean, fps)


def goals(feet: list[Foot], fps: float) -> list[Array]:
    """Where (T, 3) each ankle belongs: on its height, and in one place while the foot is in contact."""
    result = []
    for foot in feet:
        lack, weight = _lack(foot)
        goal = foot.ankle.copy()
        goal[:, 1] += weight * lack
        goal[:, [0, 2]] += _stilled(foot, fps)
        result.append(goal)
    return result


def drop(legs: Sequence[Array], ankles: Sequence[Array], fps: float) -> Array:
    """Metres (T,) by which the body must sink so that `legs` (T, 3, 3: hip, knee, ankle) reach the `ankles` (T, 3).

    A leg reaches its length, or as far as it did if that was further. Smooth, at most `_MAX_DROP`.
    """
    needed = np.zeros(len(ankles[0]))
    for leg, ankle in zip(legs, ankles, strict=True):
        length = np.linalg.norm(np.diff(leg, axis=1), axis=-1).sum(axis=1)
        limit = np.maximum(_REACH * length, np.linalg.norm(leg[:, 2] - leg[:, 0], axis=-1))
        aside = np.linalg.norm((ankle - leg[:, 0])[:, [0, 2]], axis=-1)
        needed = np.maximum(needed, leg[:, 0, 1] - ankle[:, 1] - np.sqrt(np.maximum(limit**2 - aside**2, 0.0)))
    return spread(np.clip(needed, 0.0, _MAX_DROP), fps)


def _lack(foot: Foot) -> tuple[Array, Array]:
    """By how much (T,) the foot is too low, and how much (T,) that matters: all near the floor, nothing high up."""
    ankle = foot.our_ankle[:, 1] - foot.our_rest[0]
    toe = foot.our_toe[:, 1] - foot.our_rest[1]
    by_toe = fade(toe - ankle, -_ROLL, _ROLL)  # whichever end is lower stands
    lack = by_toe * (foot.rest[1] + toe - foot.toe[:, 1])
    lack = lack + (1.0 - by_toe) * (foot.rest[0] + ankle - foot.ankle[:, 1])
    return lack, fade(np.minimum(ankle, toe), _LOW, _HIGH)


def _stilled(foot: Foot, fps: float) -> Array:
    """The correction (T, 2) over the ground under which the foot stands still in contacts: on its toe, else its ankle.

    What must vanish are the steps of whichever joint stands; summed up over time they make one place to be held.
    """
    slip = np.zeros((len(foot.ankle), 2))
    held = np.zeros(len(foot.ankle) - 1, dtype=bool)
    for ours, theirs, down in (
        (foot.our_ankle, foot.ankle, foot.down[:, 0]),
        (foot.our_toe, foot.toe, foot.down[:, 1]),
    ):
        both = down[1:] & down[:-1]
        step, own = (np.diff(place[:, [0, 2]], axis=0) for place in (theirs, ours))
        gliding = 1.0 - fade(np.linalg.norm(own, axis=-1, keepdims=True) * fps, *_GLIDE)
        slip[1:][both] = (step - gliding * own)[both]
        held |= both
    place = np.cumsum(slip, axis=0)
    return smooth_series(place, np.ones(len(place)), _PIN * held, curvature=(_BLEND * fps) ** 4) - place


def smoothed(values: Array, fps: float) -> Array:
    """The series (T,) averaged over a bell of 0.1 s before and after each frame."""
    half = max(1, round(_BLEND * fps))
    bell = np.hanning(2 * half + 3)[1:-1]
    window = np.lib.stride_tricks.sliding_window_view(np.pad(values, half, mode="edge"), 2 * half + 1)
    return window @ (bell / bell.sum())
