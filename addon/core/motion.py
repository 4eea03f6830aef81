"""`Motion`: what the backend makes and the add-on plays, and its npz file (no pickles)."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import RepriseError
from .motion_checks import check_motion

_ARRAYS = ("rest_offsets", "root_translation", "local_rotations", "positions", "foot_contact")
_PLACEMENTS = ("root_track", "cycle")  # float64, and only in the file when the motion has them


@dataclass(frozen=True)
class Motion:
    """An animated skeleton: Y up, facing +Z at rest, metres, seconds; time is the first axis.

    `rest_offsets` (J, 3), `root_translation` (T, 3) the world place of the root joint, `local_rotations` (T, J, 4)
    unit quaternions wxyz in the parent's frame, `positions` (T, J, 3) what forward kinematics of these gives,
    `foot_contact` (T, 4) in [0, 1] for left ankle, left foot, right ankle, right foot.

    Two fields are placements on the ground (`ground.py`: x and z in metres, heading in radians about +Y), and absent
    from most motions. `root_track` (T, 3): everything above is relative to this moving place, to which `root_motion.py`
    took the travel. `cycle` (3,): the motion is a loop whose frame T would be frame 0 again, moved by this.
    """

    fps: float
    joint_names: tuple[str, ...]
    parents: tuple[int, ...]
    rest_offsets: NDArray[np.float32]
    root_translation: NDArray[np.float32]
    local_rotations: NDArray[np.float32]
    positions: NDArray[np.float32]
    foot_contact: NDArray[np.float32]
    meta: Mapping[str, Any] = field(default_factory=dict)
    root_track: NDArray[np.floating] | None = None
    cycle: NDArray[np.floating] | None = None

    @property
    def frames(self) -> int:
        """Number of frames T."""
        return len(self.root_translation)

    @property
    def seconds(self) -> float:
        """Length in seconds, T / fps."""
        return self.frames / self.fps


def to_npz(motions: Sequence[Motion]) -> bytes:
    """The npz of one Motion, or of several takes under the prefixes `take0_`, `take1_`, ..."""
    arrays: dict[str, NDArray[Any]] = {}
    for index, motion in enumerate(motions):
        prefix = "" if len(motions) == 1 else f"take{index}_"
        arrays[prefix + "fps"] = np.float64(motion.fps)  # type: ignore[assignment]
        arrays[prefix + "joint_names"] = np.array(motion.joint_names)
        arrays[prefix + "parents"] = np.array(motion.parents, dtype=np.int64)
        for name in _ARRAYS:
            arrays[prefix + name] = np.asarray(getattr(motion, name), dtype=np.float32)
        for name in _PLACEMENTS:
            if getattr(motion, name) is not None:
                arrays[prefix + name] = np.asarray(getattr(motion, name), dtype=np.float64)
        arrays[prefix + "meta"] = np.array(json.dumps(dict(motion.meta), ensure_ascii=False))
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def from_npz(data: bytes) -> list[Motion]:
    """Reads what `to_npz` wrote.

    Raises `RepriseError` when it is something else, or when its arrays are none of a motion (`motion_checks.py`).
    """
    hint = "Use an .npz that reprise wrote."
    if not zipfile.is_zipfile(io.BytesIO(data)):
        raise RepriseError("bad_motion", "This is no motion file.", hint)
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            prefixes = (
                [""] if "fps" in arrays else [f"take{i}_" for i in range(sum(k.endswith("_fps") for k in arrays))]
            )
            motions = [_read(arrays, prefix) for prefix in prefixes]
    except (ValueError, TypeError, KeyError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise RepriseError("bad_motion", f"This is no motion file ({error}).", hint) from error
    if not motions:
        raise RepriseError("bad_motion", "This npz holds no motion.", hint)
    return motions


def _read(arrays: Mapping[str, NDArray[Any]], prefix: str) -> Motion:
    fps = float(arrays[prefix + "fps"])
    joint_names = tuple(str(name) for name in arrays[prefix + "joint_names"])
    parents = tuple(int(parent) for parent in arrays[prefix + "parents"])
    values: dict[str, Any] = {name: arrays[prefix + name].astype(np.float32, copy=False) for name in _ARRAYS}
    placed = [name for name in _PLACEMENTS if prefix + name in arrays]
    placements: dict[str, Any] = {name: arrays[prefix + name].astype(np.float64) for name in placed}
    check_motion(fps, joint_names, parents, {**values, **placements})
    meta = json.loads(str(arrays[prefix + "meta"]))
    return Motion(fps, joint_names, parents, meta=meta, **values, **placements)


def write_file(path: Path, data: bytes) -> None:
    """Writes a file whole or not at all: to a temporary neighbour first, then renamed."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
