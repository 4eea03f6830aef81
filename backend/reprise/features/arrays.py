"""What the codec takes in: NumPy arrays or torch tensors, checked, with the functions that work on either.

One implementation serves both through the Python array API (array-api-compat). NumPy is worked in float64 and gives
float32; a tensor keeps its type and device, and gradients flow.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
from array_api_compat import array_namespace, is_torch_array

from reprise_core.errors import RepriseError

from .representation import Representation

Array = Any  # NumPy or torch: the array API has no common type yet


def adopt(values: Any) -> tuple[ModuleType, Array]:
    """The array namespace of `values`, and `values` as an array of it."""
    if is_torch_array(values):
        xp = array_namespace(values)
        return xp, values if xp.isdtype(values.dtype, "real floating") else xp.astype(values, xp.float32)
    values = np.asarray(values, dtype=np.float64)
    return array_namespace(values), values


def stored(values: Array) -> Array:
    """A result in the type that callers get: float32 of NumPy, the tensor's own of torch."""
    return values if is_torch_array(values) else values.astype(np.float32)


def constant(values: Any, like: Array) -> Array:
    """`values` as an array of the kind, type and place of `like`."""
    return array_namespace(like).asarray(values, dtype=like.dtype, device=like.device)


def check_joints(joints: Array, representation: Representation) -> None:
    """Raises `bad_joints` for another shape than (..., 2 or more frames, J, 3) and for a value that is not finite."""
    name, count = representation.name, representation.joints
    shape = tuple(joints.shape)
    if len(shape) < 3 or shape[-1] != 3:
        raise RepriseError("bad_joints", f"The joints have the shape {shape}.", f"It must be (frames, {count}, 3).")
    if shape[-2] != count:
        raise RepriseError(
            "bad_joints",
            f"The joints have the shape {shape}: {shape[-2]} joints a frame, where {name} has {count}.",
            "Bodies of SMPL's family begin with HumanML3D's 22 joints: take joints[:, :22]." if shape[-2] > 22 else "",
        )
    if shape[-3] < 2:
        raise RepriseError(
            "bad_joints",
            f"The joints have {shape[-3]} frame{'s' * (shape[-3] != 1)}, and velocities need two or more.",
            "Give a longer clip.",
        )
    if broken := _first_broken(joints):
        *clip, frame, joint, _ = broken
        raise RepriseError(
            "bad_joints",
            f"Joint {joint} ('{representation.joint_names[joint]}') of frame {frame}{_of_clip(clip)} "
            f"is {float(joints[broken])}, not a finite position.",
            "Repair or leave out that frame; joints, frames and clips count from 0.",
        )


def check_features(features: Array, representation: Representation) -> None:
    """Raises `bad_features` for another shape than (..., 1 or more frames, F) and for a value that is not finite.

    Tensors' values are not looked at: that would make a device wait at every step of a training loss.
    """
    shape, count = tuple(features.shape), representation.features
    if len(shape) < 2 or shape[-1] != count or shape[-2] < 1:
        raise RepriseError(
            "bad_features",
            f"The features have the shape {shape}.",
            f"It must be (1 or more frames, {count}) for {representation.name}.",
        )
    if not is_torch_array(features) and (broken := _first_broken(features)):
        *clip, frame, feature = broken
        raise RepriseError(
            "bad_features",
            f"Feature {feature} of frame {frame}{_of_clip(clip)} is {float(features[broken])}, not a finite number.",
            "Repair or leave out that frame; features, frames and clips count from 0.",
        )


def _first_broken(values: Array) -> tuple[int, ...] | None:
    xp = array_namespace(values)
    finite = xp.isfinite(values)
    if bool(xp.all(finite)):
        return None
    flat = xp.reshape(xp.astype(finite, xp.int8), (-1,))
    return tuple(int(index) for index in np.unravel_index(int(xp.argmin(flat)), tuple(values.shape)))


def _of_clip(clip: list[int]) -> str:
    if not clip:
        return ""
    return f" of clip {clip[0] if len(clip) == 1 else tuple(clip)}"
