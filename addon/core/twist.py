"""How bones are turned about themselves, from evidence that comes and goes.

Evidence for an angle is a complex number: its argument is the angle seen, its length the precision (1 / variance, in
radians) of one observation. Evidence adds up, as the exponents of von Mises densities do (Mardia & Jupp, "Directional
statistics", 2000, section 3.5). A twist that wanders at random under it has a most probable course, the Kalman
smoother's (Rauch, Tung & Striebel, 1965): it follows good evidence, bridges gaps and does not jump.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import quaternion as quat
from .smoothing import solve_banded

Complex = NDArray[np.complexfloating]

_WANDER = 1.4  # radians a root second that a twist strays while nothing is seen of it
_OBSERVATION = 0.05  # seconds: frames nearer to each other err alike, and count as one
_PRIOR = 0.05  # precision of "no twist", which decides where nothing else has been seen for a second
_SURE, _NEVER = np.radians(55.0), np.radians(115.0)  # from the middle of its range: twists that are; that can not be


def evidence(seen: quat.Array, axis: quat.Array, bone: quat.Array, error: ArrayLike, middle: float = 0.0) -> Complex:
    """Evidence (T,) for the twist about unit `bone` (T, 3) that brings the unit `axis` (T, 3) to point as `seen` does.

    The shorter the part of `seen` (T, 3) square to the bone, the more an `error` in it (standard deviation, in its
    unit; a number or (T,)) changes its direction. Twists far from `middle` (radians) are not believed: neither knee
    nor elbow bends backwards, and a nearly straight limb that seems to deceives.
    """
    turn = np.sum(seen * axis, axis=-1) + 1j * np.sum(seen * np.cross(bone, axis), axis=-1)
    away = np.abs(np.angle(turn * np.exp(-1j * middle)))
    return fade(away, _SURE, _NEVER) * np.abs(turn) * turn / np.asarray(error) ** 2


def most_probable(evidence: Complex, fps: float) -> quat.Array:
    """The most probable course (T, B) in radians, continuous, of B twists with that evidence (T, B)."""
    follow = (np.abs(evidence) + _PRIOR) / (_OBSERVATION * fps)
    goal = (evidence + _PRIOR) / (np.abs(evidence) + _PRIOR)
    hold = fps / _WANDER**2
    # First as a unit complex number, which knows no seam. Where that comes out short, neighbouring frames contradict
    # each other; there the angle itself is what must not jump.
    mean = _walk(np.stack((goal.real, goal.imag), axis=-1), follow, hold)
    agreement = np.sum(mean**2, axis=-1)
    angle = np.unwrap(np.arctan2(mean[..., 1], mean[..., 0]), axis=0)
    follow = hold * (agreement / np.maximum(1.0 - agreement, 1e-4)) ** 2 + 1e-3
    return _walk(angle[..., None], follow, hold)[..., 0]


def fade(value: quat.Array, full: float, none: float) -> quat.Array:
    """1 where the value is at most `full`, 0 from `none` on, smooth in between."""
    ramp = np.clip((none - value) / (none - full), 0.0, 1.0)
    return ramp * ramp * (3.0 - 2.0 * ramp)


def _walk(goal: quat.Array, follow: quat.Array, hold: float) -> quat.Array:
    """The series (T, B, D) that minimises follow (T, B) |x - goal|^2 + hold |x_{t+1} - x_t|^2."""
    bands = np.stack((follow, np.full_like(follow, -hold))).astype(np.float64)
    bands[0, :-1] += hold
    bands[0, 1:] += hold
    return solve_banded(bands, (follow[..., None] * goal).astype(np.float64))
