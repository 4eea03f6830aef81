"""AMASS's npz files (Mahmood et al., 2019): body poses, translations, shape, gender and rate of one recording."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reprise_core.errors import RepriseError

from .archives import check_zip
from .body_model_files import GENDERS, JOINTS_OF_KIND

Array = NDArray[np.float64]

POSES = "poses"
_RATES = ("mocap_framerate", "mocap_frame_rate")
_BODY = 66  # numbers of the 22 body joints' rotation vectors, which come first in all three
_KIND_OF_WIDTH = {3 * joints: kind for kind, joints in JOINTS_OF_KIND.items()}
_FROM_Z_UP = np.array([[-1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]])


@dataclass(frozen=True)
class AmassRecording:
    """`poses` (T, 66) rotation vectors of the 22 body joints, `translation` (T, 3) metres, both with Z up.

    `kind` is the body's family (`body_model_files.KINDS`), `gender` as the file says it ("neutral" for any other word).
    """

    kind: str
    gender: str
    fps: float
    poses: Array
    translation: Array
    betas: Array


def parse_amass(data: bytes, name: str) -> AmassRecording:
    """Reads the bytes of an AMASS npz; `RepriseError` naming the file when it is none or holds broken values."""
    check_zip(data, name)
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            rate = next((key for key in _RATES if key in arrays.files), None)
            missing = [key for key in (POSES, "trans") if key not in arrays.files] + ([] if rate else [_RATES[0]])
            if missing or rate is None:
                raise RepriseError("bad_amass", f"'{name}' is no AMASS recording: it lacks {' and '.join(missing)}.")
            poses, translation = _numbers(arrays[POSES]), _numbers(arrays["trans"])
            betas = _numbers(arrays["betas"]) if "betas" in arrays.files else np.zeros(0)
            fps, gender = float(arrays[rate]), _gender(arrays)
    except (ValueError, TypeError, OSError, EOFError, KeyError, MemoryError, zipfile.BadZipFile) as error:
        raise RepriseError(
            "bad_amass", f"'{name}' is no AMASS recording that can be read ({error}).", "Get the file anew."
        ) from error
    _check(name, poses, translation, betas, fps)
    shape = betas if betas.ndim == 1 else betas.reshape(-1, betas.shape[-1])[0]
    return AmassRecording(_KIND_OF_WIDTH[poses.shape[1]], gender, fps, poses[:, :_BODY], translation, shape)


def y_up(vectors: Array) -> Array:
    """AMASS's Z up to ours, as HumanML3D turns it: (x, y, z) -> (-x, z, y)."""
    return vectors @ _FROM_Z_UP.T


def _numbers(array: NDArray[Any]) -> Array:
    if array.dtype.kind not in "fiu":
        raise ValueError("it holds words where numbers belong")
    return array.astype(np.float64)


def _gender(arrays: np.lib.npyio.NpzFile) -> str:
    try:
        value = arrays["gender"] if "gender" in arrays.files else np.array("")
    except ValueError:  # a pickled word
        return GENDERS[0]
    word = value.item() if value.size == 1 else ""
    word = word.decode("ascii", "replace") if isinstance(word, bytes) else str(word)
    return word.lower() if word.lower() in GENDERS else GENDERS[0]


def _check(name: str, poses: Array, translation: Array, betas: Array, fps: float) -> None:
    if poses.ndim != 2 or poses.shape[1] not in _KIND_OF_WIDTH:
        known = ", ".join(f"{width} ({kind})" for width, kind in _KIND_OF_WIDTH.items())
        raise RepriseError(
            "bad_amass", f"'{name}' has poses of the shape {poses.shape}.", f"A row has {known} numbers."
        )
    if translation.shape != (len(poses), 3):
        raise RepriseError(
            "bad_amass", f"'{name}' has {len(poses)} poses and translations of the shape {translation.shape}."
        )
    if not 0.0 < fps < np.inf:
        raise RepriseError("bad_amass", f"'{name}' states a rate of {fps:g} frames a second.")
    for what, values in (("poses", poses[:, :_BODY]), ("translations", translation), ("betas", betas)):
        if not np.isfinite(values).all():
            raise RepriseError("bad_amass", f"'{name}' has {what} that are not finite.", "Leave it out.")
