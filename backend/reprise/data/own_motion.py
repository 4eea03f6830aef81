"""Takes that Reprise itself made: their Motion files, with the prompt as the caption."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from reprise_core.errors import RepriseError
from reprise_core.motion import from_npz
from reprise_core.skeleton import JOINT_NAMES

from .archives import ArchiveFiles, check_zip
from .mapping_file import ReadSettings
from .raw_clip import RawClip

RIG = "reprise"


def read(files: ArchiveFiles, member: str, settings: ReadSettings) -> Iterator[RawClip]:
    """Every take of a Motion file; `RepriseError` when it is none or has other joints than our 22."""
    data = files.read(member)
    check_zip(data, member)
    try:
        motions = from_npz(data)
    except RepriseError as error:
        raise RepriseError(error.code, f"'{member}': {error.message}", error.hint) from error
    for index, motion in enumerate(motions):
        joints = np.asarray(motion.positions, dtype=np.float64)
        if motion.joint_names != JOINT_NAMES:
            raise RepriseError("bad_motion", f"'{member}' does not hold our 22 joints.", "Use a file reprise wrote.")
        yield RawClip(
            id="",
            joints=joints,
            fps=settings.fps or motion.fps,
            rig=RIG,
            source="",
            posed=True,
            take=f"take{index}" if len(motions) > 1 else "",
            caption=str(motion.meta.get("prompt", "")).strip(),
        )
