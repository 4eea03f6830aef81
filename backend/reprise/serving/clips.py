"""What clients may do with the library's clips: fetch one as a motion, add motion, remove what was added."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from reprise.library.contributing import Contribution


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
