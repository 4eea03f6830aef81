"""Reading a motion library."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from reprise_core.errors import RepriseError

from . import joint_codec, schema
from .retrieval import Index, build_index


@dataclass(frozen=True)
class ClipInfo:
    """A clip of a library without its motion; `seconds` = `frames` / 20, `frames` features from `frames` + 1 poses."""

    id: str
    recording: str
    frames: int
    seconds: float
    source: str
    licence: str
    split: str
    captions: tuple[str, ...]


@dataclass(frozen=True)
class LibraryInfo:
    """What a library holds in all; `bytes` is the size of its file."""

    path: Path
    encoder: str
    clips: int
    captions: int
    seconds: float
    licences: tuple[str, ...]
    bytes: int


class Library:
    """An open library; readers never block each other. Close it, or use it in a `with` statement.

    Methods raise `RepriseError('bad_library')` when the file turns out to be damaged.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        row = self._rows("SELECT encoder, dimension FROM library")
        if len(row) != 1:
            raise self._damaged("it names no text encoder")
        self.encoder, self._dimension = str(row[0][0]), int(row[0][1])

    @classmethod
    def open(cls, path: Path | str) -> Self:
        """Opens a library to read; raises `RepriseError` when there is none or it is something else."""
        path = Path(path)
        connection = schema.connect_to_read(path)
        try:
            return cls(path, connection)
        except BaseException:
            connection.close()
            raise

    def close(self) -> None:
        """Closes the file; safe to call again."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def info(self) -> LibraryInfo:
        """Counts, total length in seconds, licences and size."""
        clips, seconds = self._rows("SELECT count(*), total(seconds) FROM clips")[0]
        captions = self._rows("SELECT count(*) FROM captions")[0][0]
        licences = tuple(row[0] for row in self._rows("SELECT DISTINCT licence FROM clips ORDER BY licence"))
        return LibraryInfo(self.path, self.encoder, clips, captions, seconds, licences, self.path.stat().st_size)

    def clips(self) -> list[ClipInfo]:
        """All clips, ordered by id."""
        captions: dict[str, list[str]] = defaultdict(list)
        for clip, text in self._rows("SELECT clip, text FROM captions ORDER BY clip, position"):
            captions[clip].append(text)
        rows = self._rows("SELECT id, recording, frames, seconds, source, licence, split FROM clips ORDER BY id")
        return [ClipInfo(*row, captions=tuple(captions[row[0]])) for row in rows]

    def captions(self, clip: str) -> tuple[str, ...]:
        """The captions of a clip; `RepriseError('no_clip')` when there is no such clip."""
        rows = self._rows("SELECT text FROM captions WHERE clip = ? ORDER BY position", clip)
        if not rows:
            raise no_clip(clip, self.path)
        return tuple(row[0] for row in rows)

    def motion(self, clip: str) -> NDArray[np.float32]:
        """The clip's normalised joints (frames + 1, 22, 3): metres, Y up, floor at y = 0, from the origin, facing +Z.

        Raises `RepriseError('no_clip')` when there is no such clip.
        """
        rows = self._rows("SELECT frames, joints FROM clips JOIN motion ON clip = id WHERE id = ?", clip)
        if not rows:
            raise no_clip(clip, self.path)
        frames, joints = rows[0]
        try:
            return joint_codec.unpack(joints, frames + 1)
        except (ValueError, TypeError) as error:
            raise self._damaged(f"motion of '{clip}': {error}") from error

    def index(self, encoder: str) -> Index:
        """What retrieval needs, in memory. `RepriseError('wrong_encoder')` unless the features are of that encoder."""
        if encoder != self.encoder:
            raise RepriseError(
                "wrong_encoder",
                f"The library {self.path} has sentence features of {self.encoder}, but {encoder} is in use.",
                f"Run: reprise library encode {self.path} --encoder {encoder}",
            )
        texts, blobs = [], []
        for text, blob in self._rows("SELECT text, feature FROM sentence_features ORDER BY text"):
            texts.append(text)
            blobs.append(blob)
        try:
            features = np.frombuffer(b"".join(blobs), "<f4").reshape(len(texts), self._dimension).astype(np.float32)
            return build_index(self.clips(), texts, features)
        except (ValueError, TypeError, KeyError) as error:
            raise self._damaged(f"sentence features: {error!r}") from error

    def verify(self) -> None:
        """Reads everything; raises `RepriseError('bad_library')` naming the first thing that is damaged."""
        for (answer,) in self._rows("PRAGMA integrity_check"):
            if answer != "ok":
                raise self._damaged(answer)
        for broken in self._rows("PRAGMA foreign_key_check"):
            raise self._damaged(f"a row of {broken[0]} belongs to no clip")
        for clip in self.clips():
            if not clip.captions:
                raise self._damaged(f"'{clip.id}' has no caption")
            if not any(self._rows("SELECT 1 FROM motion WHERE clip = ?", clip.id)):
                raise self._damaged(f"'{clip.id}' has no motion")
            self.motion(clip.id)
        norms = np.linalg.norm(self.index(self.encoder).features, axis=-1)
        if not np.allclose(norms, 1.0, atol=1e-3):
            raise self._damaged("a sentence feature is not of unit length")

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(query, values).fetchall()
        except sqlite3.ProgrammingError:
            raise  # a use after close is a fault of the program
        except sqlite3.DatabaseError as error:
            raise schema.read_error(self.path, error) from error

    def _damaged(self, what: str) -> RepriseError:
        return schema.read_error(self.path, ValueError(what))


def no_clip(clip: str, path: Path) -> RepriseError:
    """What to tell when a clip is asked for that a library does not hold."""
    return RepriseError("no_clip", f"The library {path} has no clip '{clip}'.", "See: reprise library list.")
