"""Travel that the feet carry: a body that moves faster over the ground than its feet step is slowed down.

A generated walk often has legs that step too little for its speed, so that both feet glide forwards. Bending the legs
cannot mend that: the feet would have to stay a step behind. The body travels too fast, and is what must give way.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray

from .contacts import UPRIGHT, ground_heights, low_feet
from .skeleton import CONTACT_JOINTS
from .smoothing import smooth_series

Array = NDArray[np.float64]

_ROOM = 0.03  # metres above a contact's greatest height at which a foot still says something about the travel
_PATH_TIME = 0.3  # seconds over which the body's own velocity is averaged
_STEP_TIME = 0.3  # seconds before and after within which a foot that walks or runs stands still once
_STILL = 0.1  # metres a second that a standing foot may have ...
_STILL_SHARE = 0.06  # ... and the share of the body's speed that it may have besides: fast stances are short
_GLIDING = 0.2  # metres a second beyond that at which the feet surely glide
_MOST = 0.6  # of the body's speed that may be taken away


def grounded_travel(positions: ArrayLike, fps: float) -> Array:
    """Horizontal offsets (T, 3) in metres to add to every joint, with which the standing feet glide less.

    `positions` (T, 22, 3) metres, Y up. Who walks or runs has a foot that stands still once in every step. Where the
    slowest foot near the ground never does, the body is slowed down by that foot's mean speed along with it, smoothly
    and by at most 60 %; it is never turned aside. Gaits whose feet do stand (nearly all recorded ones) keep their
    travel, and so does who crawls, lies, sits or is in the air.
    """
    joints = np.asarray(positions, dtype=np.float64)
    if len(joints) < 2:
        return np.zeros((len(joints), 3))
    velocity = fps * np.gradient(joints[:, (0, *CONTACT_JOINTS)], axis=0) * [1.0, 0.0, 1.0]
    body = smooth_series(velocity[:, 0], np.ones(len(joints)), np.full(len(joints) - 1, (_PATH_TIME * fps) ** 2))
    speed = np.maximum(np.linalg.norm(body, axis=-1), 1e-6)
    along = np.einsum("tfc,tc->tf", velocity[:, 1:], body / speed[:, None])
    aside = np.sqrt(np.maximum(np.sum(velocity[:, 1:] ** 2, axis=-1) - along**2, 0.0))
    ground = ground_heights(joints, fps)
    telling = low_feet(joints, ground, _ROOM) & (joints[:, 0, 1] - ground > UPRIGHT)[:, None]
    glide = np.where(telling, np.hypot(np.maximum(along, 0.0), aside), np.inf).min(axis=-1)

    half = max(1, round(_STEP_TIME * fps))
    step = sliding_window_view(np.pad(glide, half, constant_values=np.inf), 2 * half + 1)
    known = np.isfinite(step)
    mean = np.where(known, step, 0.0).sum(axis=-1) / np.maximum(known.sum(axis=-1), 1)
    excess = np.where(known.any(axis=-1), step.min(axis=-1), 0.0) - _STILL - _STILL_SHARE * speed
    share = np.minimum(np.clip(excess / _GLIDING, 0.0, 1.0) * mean / speed, _MOST)
    bell = np.hanning(2 * half + 3)[1:-1]
    share = sliding_window_view(np.pad(share, half, mode="edge"), 2 * half + 1) @ (bell / bell.sum())
    change = -share[:, None] * body
    return np.concatenate((np.zeros((1, 3)), np.cumsum((change[1:] + change[:-1]) / (2.0 * fps), axis=0)))
