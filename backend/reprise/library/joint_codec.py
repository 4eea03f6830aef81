"""Joint positions as a short string of bytes, exact to half a tenth of a millimetre.

Positions are rounded to multiples of 0.1 mm; joints are taken relative to the root, frames relative to the frame
before, the bytes of each significance put together, and the result deflated (zlib, which also carries a checksum).
"""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reprise_core.errors import RepriseError

QUANTUM = 1e-4  # metres
JOINTS = 22
_REACH = np.iinfo(np.int16).max * QUANTUM  # 3.28 m of any joint from the root, on each axis
_RANGE = 1e4  # metres of the root from the origin


def pack(joints: ArrayLike) -> bytes:
    """(T, 22, 3) positions in metres -> bytes; `RepriseError` for another shape and for values that do not fit."""
    joints = np.asarray(joints, dtype=np.float64)
    if joints.ndim != 3 or joints.shape[1:] != (JOINTS, 3) or len(joints) < 2:
        raise RepriseError(
            "bad_joints", f"The joints have the shape {joints.shape}.", "It must be (2 or more frames, 22, 3)."
        )
    if not np.isfinite(joints).all() or np.abs(joints).max() > _RANGE:
        raise RepriseError("bad_joints", "The joints hold values that are not finite or out of range.", "Use metres.")
    quanta = np.rint(joints / QUANTUM).astype(np.int64)
    local = quanta[:, 1:] - quanta[:, :1]
    if np.abs(local).max() > np.iinfo(np.int16).max:
        raise RepriseError("bad_joints", f"A joint is more than {_REACH:.2f} m away from the root.", "Use metres.")
    # Differences of int16 may leave its range; they wrap, and so does the sum that undoes them.
    parts = (_shuffle(_differences(quanta[:, 0]), "<i4"), _shuffle(_differences(local), "<i2"))
    return zlib.compress(b"".join(parts), 9)


def unpack(data: bytes, poses: int) -> NDArray[np.float32]:
    """What `pack` made of `poses` poses -> (poses, 22, 3) float32 metres; `ValueError` when the bytes are damaged."""
    try:
        plain = zlib.decompress(data)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    split = poses * 3 * 4
    if len(plain) != split + poses * (JOINTS - 1) * 3 * 2:
        raise ValueError(f"{len(plain)} bytes for {poses} poses")
    root = _unshuffle(plain[:split], "<i4", (poses, 1, 3)).cumsum(axis=0, dtype=np.int32)
    local = _unshuffle(plain[split:], "<i2", (poses, JOINTS - 1, 3)).cumsum(axis=0, dtype=np.int16)
    quanta = np.concatenate((root, root + local), axis=1)
    return (quanta * QUANTUM).astype(np.float32)


def _differences(quanta: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.diff(quanta, axis=0, prepend=np.zeros_like(quanta[:1]))


def _shuffle(values: NDArray[np.int64], dtype: str) -> bytes:
    """The low bytes of all values, then the next ones; a joint's coordinate stays together over time."""
    flat = np.moveaxis(values, 0, -1).astype(dtype).reshape(-1)
    return flat.view(np.uint8).reshape(len(flat), -1).T.tobytes()


def _unshuffle(data: bytes, dtype: str, shape: tuple[int, int, int]) -> NDArray[np.signedinteger]:
    flat = np.frombuffer(data, np.uint8).reshape(np.dtype(dtype).itemsize, -1).T.copy().view(dtype)
    return np.moveaxis(flat.reshape(*shape[1:], shape[0]), -1, 0)
