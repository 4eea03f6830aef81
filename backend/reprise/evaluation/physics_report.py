"""Physics of many motion files: one row a take, the mean, and the worst take of each figure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from reprise_core.errors import RepriseError
from reprise_core.motion import from_npz

from .physics import Physics, measure

UNITS = {
    "foot_slide": "mm/frame", "contact_share": "of feet and frames", "skate": "mm/frame",
    "lower_foot_slide": "mm/frame", "floating": "mm", "penetration": "mm", "deepest": "mm", "jitter": "100 m/s^3",
    "bone_variation": "mm",
}  # fmt: skip
FAULTS = tuple(name for name in UNITS if name != "contact_share")  # figures of which more is worse


@dataclass(frozen=True)
class Take:
    """The figures of one take of a file."""

    file: str
    take: int
    frames: int
    fps: float
    physics: Physics


@dataclass(frozen=True)
class Report:
    """All takes that could be measured, and a sentence for each file that could not."""

    takes: tuple[Take, ...]
    refused: tuple[tuple[str, str], ...]

    def mean(self) -> dict[str, float]:
        """Name to mean over takes; empty without takes."""
        return mean([take.physics for take in self.takes])

    def worst(self) -> dict[str, Take]:
        """For each fault the take that has most of it; empty without takes."""
        return {name: max(self.takes, key=lambda take: getattr(take.physics, name)) for name in FAULTS if self.takes}

    def to_json(self) -> dict[str, Any]:
        """Units, every take, mean and worst, and the files that were refused."""
        return {
            "units": UNITS,
            "motions": [
                {"file": take.file, "take": take.take, "frames": take.frames, "fps": take.fps, **take.physics.to_json()}
                for take in self.takes
            ],
            "mean": self.mean(),
            "worst": {
                name: {"value": getattr(take.physics, name), "file": take.file, "take": take.take}
                for name, take in self.worst().items()
            },
            "refused": [{"file": file, "error": error} for file, error in self.refused],
        }


def mean(figures: Sequence[Physics]) -> dict[str, float]:
    """Name to mean over the figures of several motions."""
    return {name: float(np.mean([getattr(one, name) for one in figures])) for name in UNITS if figures}


def motion_files(paths: Iterable[Path]) -> list[Path]:
    """The files among `paths` and every .npz in and below the folders among them, in order, each once.

    Raises `RepriseError` for a path that is not there and where there is no file at all.
    """
    files: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            files.update(dict.fromkeys(sorted(path.rglob("*.npz"))))
        elif path.exists():
            files[path] = None
        else:
            raise RepriseError("no_file", f"There is no file or folder {path}.")
    if not files:
        raise RepriseError("no_motion", "There is no .npz in the given folders.", "Name a folder with motions in it.")
    return list(files)


def report(files: Iterable[Path]) -> Report:
    """Measures every take of every file; a file that holds no motion of ours is refused, and the rest goes on."""
    takes: list[Take] = []
    refused: list[tuple[str, str]] = []
    for file in files:
        try:
            motions = from_npz(file.read_bytes())
            takes += [
                Take(str(file), index, motion.frames, motion.fps, measure(motion))
                for index, motion in enumerate(motions)
            ]
        except RepriseError as error:
            refused.append((str(file), str(error)))
        except OSError as error:
            refused.append((str(file), f"It cannot be read ({error.strerror})."))
    return Report(tuple(takes), tuple(refused))
