"""A built data set: what `reprise data build` wrote, checked and ready to train on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reprise.features.humanml3d import FEATURES, FPS, encode_normalized, face_forward, retarget
from reprise_core.errors import RepriseError

from .mirror import mirror_joints

FORMAT = 1
DESCRIPTION, JOINTS, MEAN, STD = "dataset.json", "joints.npy", "mean.npy", "std.npy"


@dataclass(frozen=True)
class Segment:
    """One captioned window: `frames` features from `frames + 1` poses at rows `start` ... of the joints array.

    Windows of one `recording` look alike (overlapping cuts, dance partners, repetitions of one person): a query must
    never retrieve its own recording in training.
    """

    id: str
    clip: str
    recording: str
    split: str
    source: str
    licence: str
    start: int
    frames: int
    captions: tuple[str, ...]


@dataclass(frozen=True)
class MotionDataset:
    """Captioned motion at 20 fps on the target skeleton; `mean` and `std` (263,) are those of the training split."""

    segments: tuple[Segment, ...]
    positions: NDArray[np.float32]
    mean: NDArray[np.float32]
    std: NDArray[np.float32]

    def joints(self, index: int, mirrored: bool = False) -> NDArray[np.float32]:
        """(frames + 1, 22, 3) poses of a segment in metres, floor at y = 0, starting over the origin, facing +Z."""
        segment = self.segments[index]
        joints = self.positions[segment.start : segment.start + segment.frames + 1]
        return mirrored_twin(joints) if mirrored else joints

    def features(self, index: int, mirrored: bool = False) -> NDArray[np.float32]:
        """(frames, 263) raw, not normalised, features of a segment or of its mirrored twin."""
        return encode_normalized(self.joints(index, mirrored))


def mirrored_twin(joints: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mirrored twin of a normalised segment (T, 22, 3), itself normalised.

    The target skeleton's sides differ by up to a centimetre, so the bones get their lengths anew and the floor returns.
    """
    twin = face_forward(retarget(mirror_joints(joints)))
    twin[..., 1] += joints[..., 1].min() - twin[..., 1].min()
    return twin.astype(np.float32)


def load(folder: Path) -> MotionDataset:
    """Reads and checks a data set's folder; `RepriseError` in one sentence when it is none."""
    folder = Path(folder)
    try:
        description = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
        segments = tuple(_segment(values) for values in description["segments"])
        positions = np.load(folder / JOINTS, mmap_mode="r", allow_pickle=False)
        mean, std = (np.load(folder / name, allow_pickle=False) for name in (MEAN, STD))
    except FileNotFoundError as error:
        missing = Path(error.filename).name if error.filename else DESCRIPTION
        raise RepriseError("no_dataset", f"'{folder}' is no data set ({missing} is missing).", _HINT) from error
    except (ValueError, KeyError, TypeError, AttributeError, OSError, EOFError) as error:
        raise RepriseError("bad_dataset", f"'{folder}' is no readable data set ({error!r}).", _HINT) from error
    _check(folder, description, segments, positions, mean, std)
    return MotionDataset(segments, positions, mean, std)


_HINT = "Make one with 'reprise data build SOURCES... --out DIR'."


def _segment(values: dict[str, Any]) -> Segment:
    captions = tuple(str(caption) for caption in values["captions"])
    start, frames = int(values["start"]), int(values["frames"])
    words = {name: str(values[name]) for name in ("id", "clip", "recording", "split", "source", "licence")}
    return Segment(**words, start=start, frames=frames, captions=captions)


def _check(
    folder: Path,
    description: dict[str, Any],
    segments: tuple[Segment, ...],
    positions: NDArray[np.float32],
    mean: NDArray[np.float32],
    std: NDArray[np.float32],
) -> None:
    wrong = None
    if description.get("format") != FORMAT or description.get("fps") != FPS:
        wrong = f"format {description.get('format')!r} at {description.get('fps')!r} fps, not {FORMAT} at {FPS:g}"
    elif positions.ndim != 3 or positions.shape[1:] != (22, 3) or positions.dtype != np.float32:
        wrong = f"joints of shape {positions.shape} and type {positions.dtype}"
    elif mean.shape != (FEATURES,) or std.shape != (FEATURES,) or not (np.isfinite(mean).all() and (std > 0).all()):
        wrong = "a mean or deviation that is not 263 sound numbers"
    elif not segments:
        wrong = "no segments"
    else:
        for segment in segments:
            if segment.start < 0 or segment.frames < 1 or segment.start + segment.frames + 1 > len(positions):
                wrong = f"segment '{segment.id}' outside its joints"
                break
    if wrong:
        raise RepriseError("bad_dataset", f"'{folder}' is no data set of ours: it has {wrong}.", _HINT)
