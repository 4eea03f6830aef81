"""What clients may do with the library's clips: fetch one as a motion, add motion, remove what was added."""

from __future__ import annotations

import tempfile
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import Protocol

from reprise import text
from reprise.data.imported import Unreadable
from reprise.library import own, writing
from reprise.library.as_motion import clip_as_motion
from reprise.library.contributing import Contribution, contribute
from reprise.library.rows import LibraryClip
from reprise.library.sources import Labels, clips_of
from reprise.library.store import Library
from reprise.text import TextEncoder
from reprise_core.errors import RepriseError
from reprise_core.motion import to_npz

MAX_WAITING = 8  # contributions that are read, encoded or wait: each holds its file in memory


@dataclass(frozen=True)
class Upload:
    """A file of motion, or a zip of such, and what its sender says of it; `name` is never taken for a path.

    Without captions the file's own count, or words of its name.
    """

    name: str
    data: bytes
    captions: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    licence: str = ""


class Clips(Protocol):
    """The clips of the library in use. Called from several threads; raises `RepriseError`."""

    def motion(self, clip: str) -> bytes:
        """The clip as the npz of a Motion; `unknown_clip` when there is none of that id."""
        ...

    def add(self, upload: Upload) -> Contribution:
        """Adds the motions of a file; `no_motion` when there is none in it that can be read."""
        ...

    def remove(self, clip: str) -> None:
        """Removes a clip that was added; `unknown_clip`, or `not_own` for one that was not."""
        ...


class LibraryClips:
    """`Clips` of the library `given`, or of the user's own, which is made when the first clip is added."""

    def __init__(self, given: Path | None) -> None:
        self._given = given
        self._room, self._turn = BoundedSemaphore(MAX_WAITING), Lock()
        self._encoders: dict[str, TextEncoder] = {}

    def motion(self, clip: str) -> bytes:
        """Opens the library for this one reading."""
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
        library = own.chosen(self._given)
        with Library.open(library) as opened:
            found = opened.rows("SELECT source FROM clips WHERE id = ?", clip)
        if not found:
            raise _unknown(clip)
        if found[0][0] != own.SOURCE:
            raise RepriseError("not_own", f"The clip '{clip}' was not added by you.", "Exclude it instead.")
        writing.remove(library, [clip])

    def _add(self, upload: Upload) -> Contribution:
        clips, left_out = read_upload(upload)
        if not clips:
            reason = left_out[0].reason if left_out else "There is nothing in it."
            raise RepriseError("no_motion", f"'{upload.name}' was not added: {reason}")
        library = self._given or own.make()
        done = contribute(library, clips, self._encoders_of(library))
        return replace(done, left_out=(*left_out, *done.left_out))

    def _encoders_of(self, library: Path) -> list[TextEncoder]:
        """The library's text encoders, as far as they are on this machine; at least one must be."""
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


def read_upload(upload: Upload) -> tuple[list[LibraryClip], list[Unreadable]]:
    """The clips in a file that was sent, and what could not be read of it. It is on disk only for as long as that.

    What is not a zip is put into one: the sender's name is then a member's, and no file is ever called so.
    """
    labels = Labels(tags=upload.tags, licence=upload.licence.strip())
    clips: list[LibraryClip] = []
    left_out: list[Unreadable] = []
    with tempfile.TemporaryDirectory(prefix="reprise-") as folder:
        file = Path(folder) / "motion.zip"
        if upload.name.lower().endswith(".zip"):
            file.write_bytes(upload.data)
        else:
            with zipfile.ZipFile(file, "w") as archive:
                archive.writestr(_plain(upload.name), upload.data)
        for clip in clips_of([file], labels):
            if isinstance(clip, Unreadable):
                named = (words.replace(str(file), upload.name) for words in (clip.name, clip.reason))
                left_out.append(Unreadable(*named))
            else:
                captions = upload.captions or clip.captions
                clips.append(replace(clip, captions=captions, source=own.SOURCE, split=""))
    return clips, left_out


def _plain(name: str) -> str:
    """The last part of what may be a path, and no hidden one."""
    return name.replace("\\", "/").rpartition("/")[2].lstrip(".") or "motion"


def _unknown(clip: str) -> RepriseError:
    return RepriseError("unknown_clip", f"The library has no clip '{clip}'.", "It may have been removed: look again.")
