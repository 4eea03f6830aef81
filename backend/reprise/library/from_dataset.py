"""A motion library from a training set that `reprise data build` made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from reprise.data import dataset as datasets
from reprise.data.mirror import mirror_caption
from reprise.text import TextEncoder
from reprise_core.errors import RepriseError

from . import writing
from .rows import LibraryClip

OnProgress = Callable[[int, int], None]


def create_from_dataset(
    folder: Path | str,
    split: str,
    path: Path | str,
    encoder: TextEncoder,
    on_progress: OnProgress = lambda done, total: None,
    *,
    mirrored: bool = False,
    overwrite: bool = False,
) -> None:
    """Makes the library `path` of the segments of one split, with `mirrored` also of their mirrored twins.

    `on_progress(done, total)` counts clips. Raises `RepriseError` when the folder is no data set, has no such split,
    or the library cannot be written.
    """
    data = datasets.load(Path(folder))
    rows = [row for row, segment in enumerate(data.segments) if segment.split == split]
    if not rows:
        known = ", ".join(sorted({segment.split for segment in data.segments}))
        raise RepriseError("bad_split", f"The data set {folder} has no split '{split}'.", f"It has: {known}.")
    total = len(rows) * (2 if mirrored else 1)
    clips = _clips(data, rows, mirrored)
    writing.create(path, clips, encoder, lambda count: on_progress(count, total), overwrite=overwrite)


def _clips(data: datasets.MotionDataset, rows: Sequence[int], mirrored: bool) -> Iterator[LibraryClip]:
    for row in rows:
        segment = data.segments[row]
        for twin in (False, True) if mirrored else (False,):
            yield LibraryClip(
                id=f"{segment.id}-mirrored" if twin else segment.id,
                recording=segment.recording,
                joints=data.joints(row, mirrored=twin),
                captions=tuple(map(mirror_caption, segment.captions)) if twin else segment.captions,
                source=segment.source,
                licence=segment.licence,
                split=segment.split,
            )
