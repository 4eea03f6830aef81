"""What reading any motion yields, for a library or a training set: clips that are ready, and what could not be read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class ImportedClip:
    """A clip of at most 196 features at 20 fps.

    `joints` (frames + 1, 22, 3) are normalised as HumanML3D does: metres, Y up, target bone lengths, floor at y = 0,
    starting over the origin, facing +Z. Windows cut from one file share its `recording`. `captions` come with the
    data, or are made of file and folder names (`captioned` is False then). `notes` are sentences about what was
    guessed on the way (unit, T-pose frames, how joints were found). `split` is the data's own, "" without one; `tags`
    are the user's, from a captions.csv.
    """

    id: str
    recording: str
    joints: NDArray[np.float32]
    captions: tuple[str, ...]
    captioned: bool
    source: str
    licence: str
    split: str = ""
    notes: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Unreadable:
    """A file, archive member or clip that was left out, and why in one sentence."""

    name: str
    reason: str
