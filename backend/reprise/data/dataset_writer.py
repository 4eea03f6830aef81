"""Writing a data set: one window after the other, straight to disk; the folder appears whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reprise.features.humanml3d import FEATURES, FPS, encode_normalized
from reprise.features.statistics import Moments
from reprise_core.errors import RepriseError

from .dataset import DESCRIPTION, ENCODED, FORMAT, MEAN, POSES, STD, Segment, Stretch, prepared
from .poses import POSE, pack_poses
from .shards import ShardWriter


@dataclass(frozen=True)
class ClipWords:
    """What all windows of a clip share."""

    clip: str
    recording: str
    split: str
    source: str
    licence: str


@dataclass(frozen=True)
class Window:
    """A captioned window of what is added: poses `first` to `last`, both included."""

    id: str
    first: int
    last: int
    captions: tuple[str, ...]


class DatasetWriter:
    """Writes a data set to `out`; use it in a `with` statement and end it with `finish`.

    Poses, features and statistics go to disk or into sums as they come, so memory holds one clip and the captions. An
    earlier data set at `out` is replaced; anything else there is refused with `RepriseError`.
    """

    def __init__(self, out: Path) -> None:
        self._out = Path(out)
        check_out(self._out)
        self._temporary = self._out.with_name(f".{self._out.name}.{os.getpid()}.part")
        self._out.parent.mkdir(parents=True, exist_ok=True)
        self._temporary.mkdir()
        self._poses = ShardWriter(self._temporary, POSES, POSE)
        self._features = ShardWriter(self._temporary, ENCODED, np.float32, (FEATURES,))
        self._moments = Moments()
        self._stretches: list[Stretch] = []
        self.segments: list[Segment] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._poses.close()
        self._features.close()
        shutil.rmtree(self._temporary, ignore_errors=True)

    def add(self, words: ClipWords, window: str, captions: Sequence[str], joints: ArrayLike) -> None:
        """One window with its id: `joints` (frames + 1, 22, 3) on the target skeleton, floor at y = 0, Y up, metres."""
        start, poses = self._store(joints)
        self._segment(words, Window(window, 0, len(poses) - 1, tuple(captions)), start, poses, None)

    def add_stretch(self, words: ClipWords, windows: Sequence[Window], joints: ArrayLike) -> None:
        """Windows of one activity: training may shift them within `joints` (T, 22, 3), which are as those of `add`."""
        start, poses = self._store(joints)
        number = len(self._stretches)
        self._stretches.append(Stretch(start, len(poses) - 1, self._encode(poses, None)))
        for window in windows:
            self._segment(words, window, start, poses, number)

    def finish(self, **more: Any) -> None:
        """Writes what describes the data set, with `more` for people to read, and puts the folder in its place.

        Raises `RepriseError` when no window belongs to the training split.
        """
        if not any(segment.split == "train" for segment in self.segments):
            raise RepriseError(
                "no_motion", "No window of the sources belongs to the training split.", "Add more archives."
            )
        self._poses.close()
        self._features.close()
        mean, std = self._moments.statistics()
        np.save(self._temporary / MEAN, mean)
        np.save(self._temporary / STD, np.where(std > 0.0, std, 1.0).astype(np.float32))  # what never changes is 0
        description: Mapping[str, Any] = {
            "format": FORMAT,
            "fps": FPS,
            "segments": [asdict(segment) for segment in self.segments],
            "stretches": [asdict(stretch) for stretch in self._stretches],
            **more,
        }
        text = json.dumps(description, ensure_ascii=False, indent=1)
        (self._temporary / DESCRIPTION).write_text(text + "\n", encoding="utf-8")
        _put_in_place(self._temporary, self._out)

    def _store(self, joints: ArrayLike) -> tuple[int, NDArray[Any]]:
        poses = pack_poses(prepared(pack_poses(joints), mirrored=False))
        return self._poses.append(poses), poses

    def _segment(self, words: ClipWords, window: Window, start: int, poses: NDArray[Any], stretch: int | None) -> None:
        own = poses[window.first : window.last + 1]
        features = self._encode(own, words.split)
        frames = len(own) - 1
        segment = Segment(
            window.id, **asdict(words), start=start + window.first, frames=frames, captions=window.captions,
            features=features, stretch=stretch,
        )  # fmt: skip
        self.segments.append(segment)

    def _encode(self, poses: NDArray[Any], split: str | None) -> int:
        """Features of poses and of their mirrored twin, one after the other; those of training count in the mean."""
        both = np.concatenate([encode_normalized(prepared(poses, mirrored)) for mirrored in (False, True)])
        if split == "train":
            self._moments.add(both)
        return self._features.append(both)


def check_out(out: Path) -> None:
    """Refuses a place where something else than a data set lies."""
    if out.exists() and not (out.is_dir() and (not any(out.iterdir()) or (out / DESCRIPTION).is_file())):
        raise RepriseError(
            "bad_out", f"'{out}' exists and is no data set.", "Choose a new folder, or one that an earlier build wrote."
        )


def _put_in_place(temporary: Path, out: Path) -> None:
    if not out.exists():
        temporary.rename(out)
        return
    old = out.with_name(f".{out.name}.{os.getpid()}.old")
    out.rename(old)
    temporary.rename(out)
    shutil.rmtree(old)
