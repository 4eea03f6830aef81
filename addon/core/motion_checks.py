"""What the arrays of a Motion must be: checked where one is read from a file, so that all else may rely on it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from .errors import RepriseError

_UNIT = 1e-2  # by which a stored quaternion's length may stray from 1
_HINT = "Write the motion anew, or repair that value."

Shape = tuple[str | int, ...]
_SHAPES: Mapping[str, Shape] = {
    "rest_offsets": ("J", 3),
    "root_translation": ("T", 3),
    "local_rotations": ("T", "J", 4),
    "positions": ("T", "J", 3),
    "foot_contact": ("T", 4),
    "root_track": ("T", 3),
    "cycle": (3,),
}


def check_motion(
    fps: float, joint_names: tuple[str, ...], parents: tuple[int, ...], arrays: Mapping[str, NDArray[np.floating]]
) -> None:
    """Raises `RepriseError` for what no `Motion` has, naming the array and, where there are any, frame and joint.

    That is: a rate that is not above 0, no frames, arrays of unlike lengths, joints that do not follow their parents,
    values that are not finite, and rotations that are no unit quaternions. `arrays` are those of `Motion` by name.
    """
    if not 0.0 < fps < np.inf:
        raise RepriseError("bad_motion", f"The motion has a frame rate of {fps:g}.", "It must be above 0.")
    frames, joints = len(np.atleast_1d(arrays["root_translation"])), len(joint_names)
    if frames == 0:
        raise RepriseError("bad_motion", "The motion has no frames.", _HINT)
    if len(parents) != joints or any(not -1 <= parent < joint for joint, parent in enumerate(parents)):
        raise RepriseError("bad_motion", f"The parents of the motion's {joints} joints are not those of a tree.", _HINT)
    for name, array in arrays.items():
        wanted = tuple({"T": frames, "J": joints}.get(str(size), size) for size in _SHAPES[name])
        if array.shape != wanted:
            sentence = f"The motion's {name} has the shape {array.shape}, not {wanted}"
            raise RepriseError("bad_motion", f"{sentence}: it has {frames} frames and {joints} joints.", _HINT)
        if not np.isfinite(array).all():
            index = np.argwhere(~np.isfinite(array))[0]
            sentence = f"The motion's {name}{_where(_SHAPES[name], index, joint_names)} is not finite."
            raise RepriseError("bad_motion", sentence, _HINT)
    lengths = np.linalg.norm(arrays["local_rotations"], axis=-1)
    if np.abs(lengths - 1.0).max() > _UNIT:
        index = np.argwhere(np.abs(lengths - 1.0) > _UNIT)[0]
        where = _where(("T", "J"), index, joint_names)
        sentence = f"The motion's rotation{where} is a quaternion of length {lengths[tuple(index)]:.3g}, not 1."
        raise RepriseError("bad_motion", sentence, _HINT)


def _where(shape: Shape, index: NDArray[np.intp], joint_names: tuple[str, ...]) -> str:
    places = {size: int(at) for size, at in zip(shape, index, strict=False) if isinstance(size, str)}
    joint = f" of joint {joint_names[places['J']]}" if "J" in places else ""
    return joint + (f" in frame {places['T']}" if "T" in places else "")
