"""What may be put into a library: any motion that `reprise.data` reads, and folders that `exporting` wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reprise.data.imported import ImportedClip, Unreadable
from reprise.data.read_motions import read_motions
from reprise_core.errors import RepriseError

from . import exporting
from .rows import LibraryClip

OnProgress = Callable[[str, int, int], None]
OnImported = Callable[[ImportedClip], None]
_Read = Callable[..., Iterator[ImportedClip | Unreadable]]
_SQLITE = b"SQLite format 3\0"


@dataclass(frozen=True)
class Labels:
    """What the person says of all clips of a source: a caption instead of their own, more tags, a licence where the
    source states none.
    """

    caption: str = ""
    tags: tuple[str, ...] = ()
    licence: str = ""


def clips_of(
    sources: Sequence[Path],
    labels: Labels,
    mapping: Path | None = None,
    on_progress: OnProgress = lambda stage, step, total: None,
    on_imported: OnImported = lambda clip: None,
    body_models: Path | None = None,
) -> Iterator[LibraryClip | Unreadable]:
    """The clips of files, folders and archives, one source after the other, and what could not be read of them.

    `mapping`, `body_models` and `on_progress` are `read_motions`'. `on_imported` is shown what was read, for its notes
    and whether its captions are made of names.
    """
    read = partial(read_motions, mapping=mapping, body_models=body_models)
    for source in sources:
        try:
            for clip in _clips_of_one(Path(source), read, on_progress):
                if isinstance(clip, ImportedClip):
                    on_imported(clip)
                yield clip if isinstance(clip, Unreadable) else labelled(clip, labels)
        except RepriseError as error:
            yield Unreadable(str(source), str(error))


def labelled(clip: LibraryClip | ImportedClip, labels: Labels) -> LibraryClip:
    """The clip for a library, with what the person says of it."""
    return LibraryClip(
        clip.id,
        clip.recording,
        clip.joints,
        captions=(labels.caption,) if labels.caption else clip.captions,
        source=clip.source,
        licence=clip.licence.strip() or labels.licence,
        split=clip.split,
        tags=(*clip.tags, *labels.tags),
    )


def _clips_of_one(
    source: Path, read: _Read, on_progress: OnProgress
) -> Iterator[LibraryClip | ImportedClip | Unreadable]:
    if source.is_dir() and exporting.is_export(source):
        yield from exporting.read_export(source, lambda file: _single_motion(file, read))
    elif _is_database(source):
        yield Unreadable(str(source), "This is a database; 'reprise library merge' puts one library into another.")
    else:
        yield from read(source, on_progress=on_progress)


def _single_motion(file: Path, read: _Read) -> NDArray[np.float32]:
    for clip in read(file):
        if isinstance(clip, Unreadable):
            raise RepriseError("bad_motion", clip.reason)
        return clip.joints
    raise RepriseError("bad_motion", f"{file.name} holds no motion.")


def _is_database(source: Path) -> bool:
    try:
        with source.open("rb") as file:
            return file.read(len(_SQLITE)) == _SQLITE
    except OSError:
        return False
