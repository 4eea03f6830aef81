"""Nothing that is asked for may lie in the library to be copied: no clip of the split."""

from __future__ import annotations

from pathlib import Path

from reprise import assets
from reprise.data.dataset import MotionDataset
from reprise.library.store import Library
from reprise_core.errors import RepriseError


def check(dataset: MotionDataset, split: str, library: Path | None) -> None:
    """Raises `RepriseError('leak')` when a clip of the split is in the library (None: the shipped one)."""
    asked = {segment.id for segment in dataset.segments if segment.split == split}
    path = library or assets.LIBRARY
    with Library.open(path) as opened:
        found = sorted(asked & {clip.id for clip in opened.clips()})
    if found:
        raise RepriseError(
            "leak",
            f"The library {path} holds {len(found)} clips of the split '{split}', such as {found[0]}.",
            "Make one of the training split with 'reprise library create --split train'.",
        )
