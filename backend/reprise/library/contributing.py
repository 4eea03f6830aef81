"""A few clips into a library that is in use: all of them in one transaction, each under a name that is free."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from reprise.data.imported import Unreadable
from reprise.text import TextEncoder
from reprise_core.errors import RepriseError

from . import connections, rows
from .free_names import free_id, free_recording
from .rows import LibraryClip, Row


@dataclass(frozen=True)
class Contribution:
    """The ids of the clips that were added, of those that were there with the very motion, and what was left out."""

    added: tuple[str, ...] = ()
    present: tuple[str, ...] = ()
    left_out: tuple[Unreadable, ...] = ()


def contribute(path: Path, clips: Iterable[LibraryClip], encoders: Sequence[TextEncoder]) -> Contribution:
    """Puts clips and the sentence features of their captions into a library; all of them or, when it raises, none.

    A clip whose id another motion has gets the next free `ID-2`, `ID-3`, ...; a recording is always a new one. What is
    slow (encoding, drawing) is done before the file is held. Raises `RepriseError` when it cannot be opened or written.
    """
    ready: list[Row] = []
    left_out: list[Unreadable] = []
    for clip in clips:
        try:
            ready.append(rows.prepare(clip))
        except RepriseError as error:
            left_out.append(Unreadable(clip.id, error.message))
    added, present = [], []
    theirs = {row.id for row in ready}
    with connections.to_change(path) as connection:
        features = rows.new_features(connection, [text for row in ready for text in row.captions], encoders)
        with connections.transaction(connection):
            recordings = {row.recording: free_recording(connection, row.recording) for row in ready}
            for row in ready:
                named, state = free_id(connection, row, theirs)
                if state == "new":
                    rows.insert(connection, replace(named, recording=recordings[row.recording]))
                (added if state == "new" else present).append(named.id)
            rows.insert_features(connection, features)
    return Contribution(tuple(added), tuple(present), tuple(left_out))
