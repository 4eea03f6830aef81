"""What joint positions must be before anything is computed from them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import RepriseError
from .skeleton import JOINT_NAMES


def checked_positions(positions: ArrayLike) -> NDArray[np.float64]:
    """`positions` as float64 (T, 22, 3), T >= 1, all finite; otherwise a `RepriseError` that names what is wrong."""
    try:
        joints = np.asarray(positions, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise RepriseError("bad_positions", f"Joint positions are no array of numbers ({error}).", _HINT) from error
    if joints.ndim != 3 or joints.shape[1:] != (len(JOINT_NAMES), 3) or not len(joints):
        raise RepriseError(
            "bad_positions", f"Joint positions have the shape {joints.shape}, not (frames, 22, 3).", _HINT
        )
    if not np.isfinite(joints).all():
        frame, joint = np.argwhere(~np.isfinite(joints).all(axis=-1))[0]
        raise RepriseError(
            "bad_positions",
            f"The position of joint {JOINT_NAMES[joint]} in frame {frame} is not finite.",
            "Repair or leave out that frame.",
        )
    return joints


_HINT = "Give at least one frame of the 22 joints of HumanML3D, in its order."
