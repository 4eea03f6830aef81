"""Where one motion may go over into another, and how: motion graphs (Kovar, Gleicher, Pighin, SIGGRAPH 2002).

Two stretches of `BLEND` poses are compared as clouds of joints after the turn about the vertical and the shift over the
ground that bring the second nearest to the first; since a cloud spans half a second, velocities count as well as poses.
The two are then blended over that stretch.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reprise.features.humanml3d import face_forward, retarget
from reprise_core.skeleton import CONTACT_JOINTS

Array = NDArray[np.float64]

BLEND = 10  # poses that overlap: half a second
_FEET = 8.0  # what a foot's joint weighs against 1 for any other: a sliding foot is seen first
_STANDING = 0.03  # metres that a foot moves over the ground during the blend and still stands
_FLYING = 0.12  # metres of the lowest joint over the ground: a join in the air has to fit to the frame, and seldom does


@dataclass(frozen=True)
class Fit:
    """The best place to go over: `BLEND` poses from `first` of the one on are blended with those from `second` of the
    other. `distance` is the weighted root mean square distance of their joints, in metres.
    """

    first: int
    second: int
    distance: float


@dataclass(frozen=True)
class Cloud:
    """Stretches of `BLEND` poses, one for each of `starts` (S,), as weighted points.

    `ground` (S, P) are x + iz about the stretch's middle times the square root of the point's weight; `middle` (S,) is
    that middle; `height` (S, P) are y times the square root of the weight. The weights add up to one.
    """

    starts: NDArray[np.intp]
    ground: NDArray[np.complex128]
    middle: NDArray[np.complex128]
    height: Array


def cloud(joints: Array, starts: NDArray[np.intp]) -> Cloud:
    """The stretches of joints (T, 22, 3) that begin at `starts`, those in the air left out."""
    grounded = joints[:, :, 1].min(axis=1) < _FLYING
    starts = starts[(starts >= 0) & (starts + BLEND <= len(joints))]
    frames = starts[:, None] + np.arange(BLEND)
    kept = grounded[frames].all(axis=1)
    starts, points = starts[kept], joints[frames[kept]]  # (S, BLEND, 22, 3)
    weights = np.ones((BLEND, 22))
    weights[:, list(CONTACT_JOINTS)] = _FEET
    root = np.sqrt(weights / weights.sum()).reshape(-1)
    ground = (points[..., 0] + 1j * points[..., 2]).reshape(len(starts), BLEND * 22)
    middle = ground @ root**2
    height = points[..., 1].reshape(len(starts), BLEND * 22) * root
    return Cloud(starts, (ground - middle[:, None]) * root, middle, height)


def best_fit(first: Cloud, second: Cloud) -> Fit | None:
    """Where the two fit best, None when one has no stretch at all."""
    if not len(first.starts) or not len(second.starts):
        return None
    squares = _squared_distances(first, second)
    i, j = np.unravel_index(int(squares.argmin()), squares.shape)
    return Fit(int(first.starts[i]), int(second.starts[j]), float(np.sqrt(max(squares[i, j], 0.0))))


def joined(first: Array, second: Array, fit: Fit) -> Array:
    """(A, 22, 3) and (B, 22, 3) -> one motion, the first up to the fit, then the second, turned and moved to go on.

    The joints are blended with Kovar's smooth weight, then given the target skeleton's bone lengths. It starts over the
    origin and faces +Z; `fit.first` poses are the first's alone, then come `BLEND` of both.
    """
    moved = _placed(first, second, fit)
    time = (np.arange(BLEND) + 1.0) / (BLEND + 1.0)
    share = (3.0 * time**2 - 2.0 * time**3)[:, None, None]
    blended = (1.0 - share) * first[fit.first : fit.first + BLEND] + share * moved[:BLEND]
    return face_forward(retarget(np.concatenate((first[: fit.first], blended, moved[BLEND:]))))


def planted_gap(first: Array, second: Array, fit: Fit) -> float:
    """Metres by which a foot that stands in both motions has to slide from the one to the other; 0 if none does."""
    feet = [
        joints[:, list(CONTACT_JOINTS)][..., [0, 2]]
        for joints in (first[fit.first : fit.first + BLEND], _placed(first, second, fit)[:BLEND])
    ]
    standing = [np.ptp(own, axis=0).max(axis=-1) < _STANDING for own in feet]
    gaps = np.linalg.norm(feet[0].mean(axis=0) - feet[1].mean(axis=0), axis=-1)
    return float(gaps[standing[0] & standing[1]].max(initial=0.0))


def _placed(first: Array, second: Array, fit: Fit) -> Array:
    """What of the second remains, turned and moved to go on from the first."""
    a, b = cloud(first, np.array([fit.first])), cloud(second, np.array([fit.second]))
    turn = _turns(a, b)[0, 0]
    ground = (second[fit.second :, :, 0] + 1j * second[fit.second :, :, 2] - b.middle[0]) * turn + a.middle[0]
    return np.stack((ground.real, second[fit.second :, :, 1], ground.imag), axis=-1)


def _squared_distances(first: Cloud, second: Cloud) -> Array:
    """(S, R) weighted mean square distances of all pairs of stretches, each after its best turn and shift."""
    over_ground = _squares(first.ground)[:, None] + _squares(second.ground) - 2.0 * np.abs(_products(first, second))
    heights = _squares(first.height)[:, None] + _squares(second.height) - 2.0 * first.height @ second.height.T
    return over_ground + heights


def _turns(first: Cloud, second: Cloud) -> NDArray[np.complex128]:
    """(S, R) the unit numbers by which x + iz of the second is to be multiplied."""
    products = _products(first, second)
    return products / np.maximum(np.abs(products), 1e-12)


def _products(first: Cloud, second: Cloud) -> NDArray[np.complex128]:
    return first.ground @ second.ground.conj().T


def _squares(points: NDArray[np.complex128] | Array) -> Array:
    return np.sum(np.abs(points) ** 2, axis=1)
