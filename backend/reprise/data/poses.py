"""Poses as they lie on disk: whole tenths of a millimetre, joints relative to the root, 138 bytes a pose."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reprise_core.errors import RepriseError

QUANTUM = 1e-4  # metres
POSE = np.dtype([("root", "<i4", (3,)), ("local", "<i2", (21, 3))])


def pack_poses(joints: ArrayLike) -> NDArray[Any]:
    """(T, 22, 3) metres -> (T,) `POSE`, exact to half a tenth of a millimetre.

    Raises `RepriseError` for values that are not finite and for a joint more than 3.2 m from the root.
    """
    joints = np.asarray(joints, dtype=np.float64)
    if not np.isfinite(joints).all() or np.abs(joints).max(initial=0.0) > np.iinfo(np.int32).max * QUANTUM / 2:
        raise RepriseError("bad_joints", "The joints hold values that are not finite or out of range.", "Use metres.")
    quanta = np.rint(joints / QUANTUM).astype(np.int64)
    local = quanta[:, 1:] - quanta[:, :1]
    reach = np.iinfo(np.int16).max
    if np.abs(local).max(initial=0) > reach:
        raise RepriseError("bad_joints", f"A joint is more than {reach * QUANTUM:.1f} m away from the root.")
    poses = np.empty(len(joints), dtype=POSE)
    poses["root"], poses["local"] = quanta[:, 0], local
    return poses


def unpack_poses(poses: NDArray[Any]) -> NDArray[np.float64]:
    """(T,) `POSE` -> (T, 22, 3) metres."""
    root = poses["root"][:, None].astype(np.float64)
    return np.concatenate((root, root + poses["local"]), axis=1) * np.float64(QUANTUM)
