"""A built data set on disk: captioned windows of motion, read through memory maps, however large it is.

    dataset.json        what there is: segments, stretches, what was left out
    poses-00000.npy     poses of 22 joints, see `poses.py`
    features-00000.npy  the 263 features (float32) of every window and of its mirrored twin
    mean.npy, std.npy   (263,) of the training split with its twins
    cache/              what training derived from the above, see `reprise.training.cache`

Features are kept although they follow from the poses: a training step reads hundreds of clips, and encoding one takes
fifty times as long as reading it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reprise.features.humanml3d import FEATURES, FPS, face_forward, retarget
from reprise_core.errors import RepriseError

from .mirror import mirror_joints
from .poses import POSE, unpack_poses
from .shards import Shards

FORMAT = 2
DESCRIPTION, POSES, ENCODED, MEAN, STD = "dataset.json", "poses", "features", "mean.npy", "std.npy"
MAX_FRAMES = 196  # the longest window that the models take
_HINT = "Make one with 'reprise data build SOURCES... --out DIR'."


@dataclass(frozen=True)
class Stretch:
    """A stretch of one activity: any window of it is described by the captions of its segments just as well.

    `frames` features from `frames + 1` poses at pose `start` ...; its features start at row `features`, those of its
    mirrored twin `frames` rows later.
    """

    start: int
    frames: int
    features: int


@dataclass(frozen=True)
class Segment:
    """One captioned window: `frames` features from `frames + 1` poses at pose `start` ...

    Its features start at row `features`, those of its mirrored twin `frames` rows later. `stretch` is the number of the
    stretch that it is a part of, if it is. Windows of one `recording` look alike (overlapping cuts, dance partners,
    repetitions of one person): a query must never retrieve its own recording in training.
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
    features: int
    stretch: int | None = None


@dataclass(frozen=True)
class MotionDataset:
    """Captioned motion at 20 fps on the target skeleton; `mean` and `std` (263,) are those of the training split."""

    folder: Path
    segments: tuple[Segment, ...]
    stretches: tuple[Stretch, ...]
    poses: Shards
    encoded: Shards
    mean: NDArray[np.float32]
    std: NDArray[np.float32]

    def joints(self, index: int, mirrored: bool = False) -> NDArray[np.float32]:
        """(frames + 1, 22, 3) poses of a segment in metres, floor at y = 0, starting over the origin, facing +Z."""
        segment = self.segments[index]
        return prepared(self.poses.read(segment.start, segment.frames + 1), mirrored)

    def features(self, index: int, mirrored: bool = False) -> NDArray[np.float32]:
        """(frames, 263) raw, not normalised, features of a segment or of its mirrored twin: a view, to be read only."""
        segment = self.segments[index]
        return self.encoded.read(segment.features + mirrored * segment.frames, segment.frames)

    def slack(self, index: int) -> int:
        """How many frames the window of a segment may be shifted within its stretch; 0 for one that stands alone."""
        segment = self.segments[index]
        return 0 if segment.stretch is None else self.stretches[segment.stretch].frames - segment.frames

    def shifted_features(self, index: int, shift: int, mirrored: bool = False) -> NDArray[np.float32]:
        """Features of the window as long as the segment that begins `shift` <= `slack` frames into its stretch."""
        segment = self.segments[index]
        assert segment.stretch is not None  # noqa: S101 -- slack is 0 without
        stretch = self.stretches[segment.stretch]
        rows = self.encoded.read(stretch.features + mirrored * stretch.frames, stretch.frames)
        return rows[shift : shift + segment.frames]


def prepared(poses: NDArray[Any], mirrored: bool) -> NDArray[np.float32]:
    """Poses on disk -> (T, 22, 3) joints, starting over the origin and facing +Z, or those of the mirrored twin."""
    joints = face_forward(unpack_poses(poses))
    return mirrored_twin(joints) if mirrored else joints.astype(np.float32)


def mirrored_twin(joints: NDArray[np.floating]) -> NDArray[np.float32]:
    """The mirrored twin of a normalised segment (T, 22, 3), itself normalised.

    The target skeleton's sides differ by up to a centimetre, so the bones get their lengths anew and the floor returns.
    """
    twin = face_forward(retarget(mirror_joints(joints)))
    twin[..., 1] += joints[..., 1].min() - twin[..., 1].min()
    return twin.astype(np.float32)


def load(folder: Path) -> MotionDataset:
    """Opens and checks a data set's folder; `RepriseError` in one sentence when it is none."""
    folder = Path(folder)
    try:
        description = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
        _check_format(folder, description)
        segments = tuple(_segment(values) for values in description["segments"])
        stretches = tuple(Stretch(**values) for values in description["stretches"])
        poses, encoded = (Shards.open(folder, name) for name in (POSES, ENCODED))
        mean, std = (np.load(folder / name, allow_pickle=False) for name in (MEAN, STD))
    except FileNotFoundError as error:
        missing = Path(error.filename).name if error.filename else DESCRIPTION
        raise RepriseError("no_dataset", f"'{folder}' is no data set ({missing} is missing).", _HINT) from error
    except (ValueError, KeyError, TypeError, AttributeError, OSError, EOFError) as error:
        raise RepriseError("bad_dataset", f"'{folder}' is no readable data set ({error!r}).", _HINT) from error
    dataset = MotionDataset(folder, segments, stretches, poses, encoded, mean, std)
    if wrong := _fault(dataset):
        raise RepriseError("bad_dataset", f"'{folder}' is no data set of ours: it has {wrong}.", _HINT)
    return dataset


def _segment(values: dict[str, Any]) -> Segment:
    return Segment(**{**values, "captions": tuple(values["captions"])})


def _check_format(folder: Path, description: dict[str, Any]) -> None:
    form, fps = description.get("format"), description.get("fps")
    if isinstance(form, int) and form < FORMAT:
        raise RepriseError(
            "old_dataset",
            f"The data set '{folder}' has the format {form}; this Reprise reads format {FORMAT}.",
            "Build it again: reprise data build SOURCES... --out DIR.",
        )
    if form != FORMAT or fps != FPS:
        wrong = f"format {form!r} at {fps!r} fps, not {FORMAT} at {FPS:g}"
        raise RepriseError("bad_dataset", f"'{folder}' is no data set of ours: it has {wrong}.", _HINT)


def _fault(dataset: MotionDataset) -> str | None:
    """What is wrong with a data set, None if nothing is."""
    mean, std = dataset.mean, dataset.std
    wrong = None
    if any(file.dtype != POSE for file in dataset.poses.files):
        wrong = "poses of another type"
    elif any(file.shape[1:] != (FEATURES,) or file.dtype != np.float32 for file in dataset.encoded.files):
        wrong = "features of another type"
    elif mean.shape != (FEATURES,) or std.shape != (FEATURES,) or not (np.isfinite(mean).all() and (std > 0).all()):
        wrong = "a mean or deviation that is not 263 sound numbers"
    elif not dataset.segments:
        wrong = "no segments"
    else:
        stretches = range(len(dataset.stretches))
        for what in (*dataset.segments, *dataset.stretches):
            name = f"segment '{what.id}'" if isinstance(what, Segment) else "a stretch"
            if isinstance(what, Segment) and what.stretch is not None and what.stretch not in stretches:
                wrong = f"{name} in a stretch that is not there"
            elif not _inside(dataset, what):
                wrong = f"{name} outside its poses or features"
    return wrong


def _inside(dataset: MotionDataset, what: Segment | Stretch) -> bool:
    try:
        dataset.poses.read(what.start, what.frames + 1)
        dataset.encoded.read(what.features, 2 * what.frames)
    except IndexError:
        return False
    return what.frames >= 1
