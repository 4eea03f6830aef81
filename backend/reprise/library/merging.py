"""Putting one library into another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from reprise_core.errors import RepriseError

from . import connections, rows
from .free_names import free_id, free_recording
from .rows import Row
from .store import ClipInfo, Library

OnDone = Callable[[int, int], None]


@dataclass(frozen=True)
class MergeReport:
    """How many clips were added, how many were there already, and which got another id: (theirs, ours)."""

    added: int
    present: int
    renamed: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return f"added {self.added}, already there {self.present}, of the added renamed {len(self.renamed)}"


def merge(path: Path | str, other: Library, on_done: OnDone = lambda done, total: None) -> MergeReport:
    """Puts the clips of another library into the one at `path`; one transaction.

    A clip whose id is there with the very motion is passed over; one whose id is taken by another motion gets the next
    free `ID-2`, `ID-3`, ..., and so does its recording, unless such a one with its motion is there already. Sentence
    features are taken along for the encoders that both have; what is lacking then, `encoding.encode` computes.
    """
    path = Path(path)
    if path.exists() and path.samefile(other.path):
        raise RepriseError("bad_usage", f"{path} cannot be merged into itself.", "Name another library.")
    clips = other.clips()
    added, present, renamed = 0, 0, []
    recordings: dict[str, str] = {}
    theirs = {clip.id for clip in clips}
    with connections.to_change(path) as connection, connections.transaction(connection):
        for done, row in enumerate(_rows(other, clips), 1):
            named, state = free_id(connection, row, theirs)
            if state == "same":
                present += 1
            else:
                if named.id != row.id:
                    renamed.append((row.id, named.id))
                    recording = recordings.setdefault(row.recording, free_recording(connection, row.recording))
                    named = replace(named, recording=recording)
                rows.insert(connection, named)
                added += 1
            on_done(done, len(clips))
        encoders = {row[0] for row in connection.execute("SELECT name FROM encoders")}
        for name in encoders & set(other.encoders):
            rows.insert_features(connection, _features(other, name))
    return MergeReport(added, present, tuple(renamed))


def _rows(library: Library, clips: Sequence[ClipInfo]) -> Iterator[Row]:
    query = (
        "SELECT joints, image FROM clips JOIN motion ON motion.clip = key LEFT JOIN thumbnails ON thumbnails.clip = key"
        " WHERE id = ?"
    )
    for clip in clips:
        found = library.rows(query, clip.id)
        if not found or not clip.captions:
            raise library.damaged(f"'{clip.id}' has no {'caption' if found else 'motion'}")
        library.motion(clip.id)  # raises where it is damaged: damage shall not spread
        joints, image = found[0]
        yield Row(
            clip.id, clip.recording, clip.frames, clip.source, clip.licence, clip.split, clip.captions, clip.tags,
            joints, image,
        )  # fmt: skip


def _features(library: Library, encoder: str) -> list[tuple[str, str, bytes]]:
    query = (
        "SELECT texts.text, name, feature FROM sentence_features AS f JOIN texts ON texts.key = f.text"
        " JOIN encoders ON encoders.key = encoder WHERE name = ?"
    )
    return library.rows(query, encoder)
