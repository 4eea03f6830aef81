"""A library for a program that runs on while others change it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from . import faiss_search
from .retrieval import Index, Search
from .store import Library


@dataclass(frozen=True)
class Searchable:
    """What retrieval needs of one state of a library; `search` where there is a FAISS index beside it."""

    index: Index
    search: Search | None


class CurrentLibrary:
    """The searchable state of a library, loaded again when its file has changed.

    The file is open only while it is read: a program that idles keeps nobody from changing or moving it.
    """

    def __init__(self, path: Path, encoder: str) -> None:
        self.path, self._encoder = path, encoder
        self._seen = self._load()

    def searchable(self) -> Searchable:
        """The state now. Raises `RepriseError` when the library has gone, or has no features of the encoder now."""
        stamp, loaded = self._seen
        if stamp != _stamp(self.path):
            self._seen = stamp, loaded = self._load()
        return loaded

    def _load(self) -> tuple[tuple[int, int] | None, Searchable]:
        stamp = _stamp(self.path)  # before reading: a change in between is then noticed the next time
        with Library.open(self.path) as library:
            index = library.index(self._encoder)
        return stamp, Searchable(index, faiss_search.beside(self.path, index))


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        about = path.stat()
    except OSError:
        return None
    return about.st_mtime_ns, about.st_size
