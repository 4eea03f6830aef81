"""The clips of a library for clients. What reads motion is imported when it is first needed: it takes seconds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import TYPE_CHECKING

from reprise.library import own
from reprise_core.errors import RepriseError
from reprise_core.motion import to_npz

from .clips import Upload

if TYPE_CHECKING:
    from reprise.library.contributing import Contribution
    from reprise.text import TextEncoder

MAX_WAITING = 8  # contributions that are read, encoded or wait: each holds its file in memory


class LibraryClips:
    """`Clips` of the library `given`, or of the user's own, which is made when the first clip is added."""

    def __init__(self, given: Path | None) -> None:
        self._given = given
        self._room, self._turn = BoundedSemaphore(MAX_WAITING), Lock()
        self._encoders: dict[str, TextEncoder] = {}

    def motion(self, clip: str) -> bytes:
        """Opens the library for this one reading."""
        from reprise.library.as_motion import clip_as_motion
        from reprise.library.store import Library

        with Library.open(own.chosen(self._given)) as library:
            try:
                return to_npz([clip_as_motion(library, clip)])
            except RepriseError as error:
                raise _unknown(clip) if error.code == "no_clip" else error from error

    def add(self, upload: Upload) -> Contribution:
        """One contribution at a time; `queue_full` when too many wait."""
        if not self._room.acquire(blocking=False):
            raise RepriseError("queue_full", f"{MAX_WAITING} files are being added already.", "Try again.")
        try:
            with self._turn:
                return self._add(upload)
        finally:
            self._room.release()

    def remove(self, clip: str) -> None:
        """In a transaction of its own."""
        from reprise.library import writing
        from reprise.library.store import Library

        library = own.chosen(self._given)
        with Library.open(library) as opened:
            found = opened.rows("SELECT source FROM clips WHERE id = ?", clip)
        if not found:
            raise _unknown(clip)
        if found[0][0] != own.SOURCE:
            raise RepriseError("not_own", f"The clip '{clip}' was not added by you.", "Exclude it instead.")
        writing.remove(library, [clip])

    def _add(self, upload: Upload) -> Contribution:
        from reprise.library.contributing import contribute

        from .uploads import read_upload

        clips, left_out = read_upload(upload)
        if not clips:
            reason = left_out[0].reason if left_out else "There is nothing in it."
            raise RepriseError("no_motion", f"'{upload.name}' was not added: {reason}")
        library = self._given or own.make()
        done = contribute(library, clips, self._encoders_of(library))
        return replace(done, left_out=(*left_out, *done.left_out))

    def _encoders_of(self, library: Path) -> list[TextEncoder]:
        """The library's text encoders, as far as they are on this machine; at least one must be."""
        from reprise import text
        from reprise.library.store import Library

        with Library.open(library) as opened:
            names = [opened.encoder, *opened.encoders]
        failure = None
        for name in dict.fromkeys(names):
            try:
                self._encoders.setdefault(name, self._encoders.get(name) or text.load(name))
            except RepriseError as error:
                failure = error
        encoders = [self._encoders[name] for name in dict.fromkeys(names) if name in self._encoders]
        if failure is not None and not encoders:
            raise failure
        return encoders


def _unknown(clip: str) -> RepriseError:
    return RepriseError("unknown_clip", f"The library has no clip '{clip}'.", "It may have been removed: look again.")
