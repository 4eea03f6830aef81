"""UI-PRMD (Vakanski et al. 2018): rows of 39 skin markers in Plug-in Gait order, joint centres estimated from them.

The estimate is the motion pack's recipe (`sources.json`, `joint_recipe`); limb lengths come out constant to 0-2 cm.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from reprise_core.errors import RepriseError
from reprise_core.quaternion import normalize
from reprise_core.skeleton import JOINT_NAMES

from .archives import ArchiveFiles, gunzip
from .mapping_file import ReadSettings
from .raw_clip import RawClip

Array = NDArray[np.float64]

MARKERS = (
    "LFHD", "RFHD", "LBHD", "RBHD", "C7", "T10", "CLAV", "STRN", "RBAK", "LSHO", "LUPA", "LELB", "LFRM", "LWRA",
    "LWRB", "LFIN", "RSHO", "RUPA", "RELB", "RFRM", "RWRA", "RWRB", "RFIN", "LASI", "RASI", "LPSI", "RPSI", "LTHI",
    "LKNE", "LTIB", "LANK", "LHEE", "LTOE", "RTHI", "RKNE", "RTIB", "RANK", "RHEE", "RTOE",
)  # fmt: skip
RIG = "uiprmd"
_MILLIMETRE = 0.001
_FPS = 100.0


def parse_markers(data: bytes, name: str) -> Array:
    """Comma-separated rows (gzipped or not) -> (T, 39, 3) metres, Y up, facing +Z, left +X.

    Raises `RepriseError` when it is something else.
    """
    try:
        rows = np.loadtxt(io.BytesIO(gunzip(data)), delimiter=",", ndmin=2)
        markers = rows.reshape(len(rows), len(MARKERS), 3)
        if not np.isfinite(markers).all():
            raise ValueError("some are not numbers")
    except (ValueError, OSError, EOFError, zlib.error) as error:
        raise RepriseError("bad_uiprmd", f"'{name}' holds no rows of 39 markers ({error}).") from error
    return markers[..., [1, 2, 0]] * _MILLIMETRE  # the room's x is forward, y left, z up


def joint_centres(markers: Array) -> Array:
    """Markers (T, 39, 3) in metres -> the 22 joints (T, 22, 3) in the same frame."""
    at = {name: markers[:, index] for index, name in enumerate(MARKERS)}
    lateral, forward, up, width = pelvis_axes(at)
    front = (at["LASI"] + at["RASI"]) / 2.0
    joints: dict[str, Array] = {}
    for side, sign in (("left", 1.0), ("right", -1.0)):
        mark = side[0].upper()
        hip = front + width * (sign * 0.36 * lateral - 0.19 * forward - 0.30 * up)
        inward = -sign * lateral
        knee = _moved_inward(at[mark + "KNE"], at[mark + "KNE"] - hip, inward, 0.055)
        joints[f"{side}_hip"], joints[f"{side}_knee"] = hip, knee
        joints[f"{side}_ankle"] = _moved_inward(at[mark + "ANK"], at[mark + "ANK"] - knee, inward, 0.04)
        joints[f"{side}_foot"] = at[mark + "TOE"] - np.array([0.0, 0.02, 0.0])
        joints[f"{side}_shoulder"] = at[mark + "SHO"] - 0.05 * up
        joints[f"{side}_elbow"] = at[mark + "ELB"]
        joints[f"{side}_wrist"] = (at[mark + "WRA"] + at[mark + "WRB"]) / 2.0
    neck = (at["C7"] + at["CLAV"]) / 2.0
    head = (at["LFHD"] + at["RFHD"] + at["LBHD"] + at["RBHD"]) / 4.0
    hips = (joints["left_hip"] + joints["right_hip"]) / 2.0
    pelvis = hips + 0.08 * normalize(neck - hips)
    torso = 0.6 * at["T10"] + 0.4 * at["STRN"]
    spine3 = 0.6 * torso + 0.4 * neck
    joints |= {
        "pelvis": pelvis,
        "spine1": 0.6 * pelvis + 0.4 * torso,
        "spine2": 0.2 * pelvis + 0.8 * torso,
        "spine3": spine3,
        "neck": neck,
        "head": head + 0.06 * normalize(neck - head),
    }
    for side in ("left", "right"):  # the recipe has no collars: a third of the way out, as on the other rigs
        joints[f"{side}_collar"] = neck + 0.35 * (joints[f"{side}_shoulder"] - neck)
    return np.stack([joints[name] for name in JOINT_NAMES], axis=1)


def pelvis_axes(at: Mapping[str, Array]) -> tuple[Array, Array, Array, Array]:
    """Unit vectors to the left, forward and up (T, 3), and the width between the front markers (T, 1) in metres."""
    across = at["LASI"] - at["RASI"]
    lateral = _unit(across)
    forward = (at["LASI"] + at["RASI"] - at["LPSI"] - at["RPSI"]) / 2.0
    forward = _unit(forward - np.sum(forward * lateral, axis=-1, keepdims=True) * lateral)
    return (
        lateral,
        forward,
        np.cross(forward, lateral).astype(np.float64),
        np.linalg.norm(across, axis=-1, keepdims=True),
    )


def read(files: ArchiveFiles, member: str, settings: ReadSettings) -> Iterator[RawClip]:
    """The clip of a repetition, at 100 fps unless another rate is given; `RepriseError` for a broken file."""
    joints = joint_centres(parse_markers(files.read(member), member))
    yield RawClip("", joints, settings.fps or _FPS, RIG, "", notes=("The joints are estimated from 39 skin markers.",))


def _moved_inward(marker: Array, bone: Array, inward: Array, distance: float) -> Array:
    """The marker moved by `distance` metres towards the body's midline, perpendicular to the bone."""
    bone = _unit(bone)
    inward = inward - np.sum(inward * bone, axis=-1, keepdims=True) * bone
    return marker + distance * _unit(inward)


def _unit(vectors: Array) -> Array:
    return normalize(vectors).astype(np.float64)
