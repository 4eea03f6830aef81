"""Reading a motion library."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from reprise_core.contract import MODEL_FPS
from reprise_core.errors import RepriseError

from . import connections, joint_codec
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
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class LibraryInfo:
    """What a library holds in all.

    `encoders` and `checkpoints` say of how many captions and clips each has the features; `captions` counts a caption
    that several clips share once for each, `texts` once. `bytes` is the size of the file.
    """

    path: Path
    clips: int
    captions: int
    texts: int
    seconds: float
    encoders: Mapping[str, int]
    checkpoints: Mapping[str, int]
    tags: Mapping[str, int]
    sources: Mapping[str, int]
    licences: Mapping[str, int]
    thumbnails: int
    bytes: int


class Library:
    """An open library; readers never block each other. Close it, or use it in a `with` statement.

    Methods raise `RepriseError('bad_library')` when the file turns out to be damaged.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self._lock = RLock()  # threads that share a library take turns, so that each sees one state of the file

    @classmethod
    def open(cls, path: Path | str) -> Self:
        """Opens a library to read; raises `RepriseError` when there is none or it is something else."""
        path = Path(path)
        return cls(path, connections.to_read(path))

    def close(self) -> None:
        """Closes the file; safe to call again."""
        connections.close(self._connection, self.path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """What is read inside comes from one state of the library, whatever others change meanwhile.

        For short readings: while it lasts, nobody else can begin to write (who has begun may go on).
        """
        with self._lock:
            if self._connection.in_transaction:
                yield
                return
            self.rows("BEGIN")
            try:
                yield
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")  # there is nothing to commit

    @property
    def encoders(self) -> dict[str, int]:
        """The text encoders whose sentence features it has, the oldest first, with their dimensions."""
        return dict(self.rows("SELECT name, dimension FROM encoders ORDER BY key"))

    @property
    def encoder(self) -> str:
        """The oldest of `encoders`; `RepriseError('no_encoder')` when the library has no sentence features at all."""
        for name in self.encoders:
            return name
        raise RepriseError(
            "no_encoder",
            f"The library {self.path} has no sentence features.",
            f"Run: {connections.command('reprise', 'library', 'encode', self.path)}",
        )

    def info(self) -> LibraryInfo:
        """Counts, total length in seconds, what it has features of, and size."""
        with self.snapshot():
            clips, frames = self.rows("SELECT count(*), total(frames) FROM clips")[0]
            features = "SELECT name, count({0}.rowid) FROM {1} LEFT JOIN {0} ON {2} = {1}.key GROUP BY {1}.key"
            return LibraryInfo(
                path=self.path,
                clips=clips,
                captions=self._count("captions"),
                texts=self._count("texts"),
                seconds=frames / MODEL_FPS,
                encoders=dict(self.rows(features.format("sentence_features", "encoders", "encoder"))),
                checkpoints=dict(self.rows(features.format("reference_motions", "checkpoints", "checkpoint"))),
                tags=dict(self.rows("SELECT tag, count(*) FROM tags GROUP BY tag ORDER BY tag")),
                sources=dict(self.rows("SELECT source, count(*) FROM clips GROUP BY source ORDER BY source")),
                licences=dict(self.rows("SELECT licence, count(*) FROM clips GROUP BY licence ORDER BY licence")),
                thumbnails=self._count("thumbnails"),
                bytes=self.path.stat().st_size,
            )

    def clips(self) -> list[ClipInfo]:
        """All clips, ordered by id."""
        captions: dict[int, list[str]] = defaultdict(list)
        tags: dict[int, list[str]] = defaultdict(list)
        with self.snapshot():
            texts = "SELECT clip, texts.text FROM captions JOIN texts ON texts.key = captions.text"
            for clip, text in self.rows(f"{texts} ORDER BY clip, position"):
                captions[clip].append(text)
            for clip, tag in self.rows("SELECT clip, tag FROM tags ORDER BY clip, tag"):
                tags[clip].append(tag)
            rows = self.rows("SELECT key, id, recording, frames, source, licence, split FROM clips ORDER BY id")
        return [
            ClipInfo(
                id,
                recording,
                frames,
                frames / MODEL_FPS,
                source,
                licence,
                split,
                tuple(captions[key]),
                tuple(tags[key]),
            )
            for key, id, recording, frames, source, licence, split in rows  # noqa: A001
        ]

    def captions(self, clip: str) -> tuple[str, ...]:
        """The captions of a clip; `RepriseError('no_clip')` when there is no such clip."""
        rows = self.rows(
            "SELECT texts.text FROM clips JOIN captions ON clip = clips.key JOIN texts ON texts.key = captions.text"
            " WHERE id = ? ORDER BY position",
            clip,
        )
        if not rows:
            raise no_clip([clip], self.path)
        return tuple(row[0] for row in rows)

    def motion(self, clip: str) -> NDArray[np.float32]:
        """The clip's normalised joints (frames + 1, 22, 3): metres, Y up, floor at y = 0, from the origin, facing +Z.

        Raises `RepriseError('no_clip')` when there is no such clip.
        """
        rows = self.rows("SELECT frames, joints FROM clips LEFT JOIN motion ON clip = key WHERE id = ?", clip)
        if not rows:
            raise no_clip([clip], self.path)
        frames, joints = rows[0]
        try:
            return joint_codec.unpack(joints, frames + 1)
        except (ValueError, TypeError) as error:
            raise self.damaged(f"motion of '{clip}': {error}") from error

    def thumbnail(self, clip: str) -> bytes | None:
        """A WebP picture of some of the clip's poses; None when it has none."""
        rows = self.rows("SELECT image FROM clips LEFT JOIN thumbnails ON clip = key WHERE id = ?", clip)
        if not rows:
            raise no_clip([clip], self.path)
        return rows[0][0]

    def index(self, encoder: str) -> Index:
        """What retrieval needs, in memory; motions are not read.

        Raises `RepriseError('wrong_encoder')` unless every caption has a feature of that encoder.
        """
        with self.snapshot():
            dimension = self.encoders.get(encoder)
            if dimension is None:
                raise self._lacks(encoder, ", ".join(self.encoders) or "no encoder")
            features = (
                "SELECT texts.text, feature FROM texts LEFT JOIN sentence_features AS f ON f.text = texts.key"
                " AND encoder = (SELECT key FROM encoders WHERE name = ?) ORDER BY texts.key"
            )
            rows = self.rows(features, encoder)
            clips = self.clips()
        lacking = sum(blob is None for _, blob in rows)
        if lacking:
            raise self._lacks(encoder, f"that encoder for {len(rows) - lacking} of {len(rows)} captions only")
        try:
            blob = b"".join(blob for _, blob in rows)
            values = np.frombuffer(blob, "<f4").reshape(len(rows), dimension).astype(np.float32)
            return build_index(clips, [text for text, _ in rows], values)
        except (ValueError, TypeError, KeyError) as error:
            raise self.damaged(f"sentence features: {error!r}") from error

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows of a query, for this room's modules; what SQLite cannot do becomes a `RepriseError`."""
        try:
            with self._lock:
                return self._connection.execute(query, values).fetchall()
        except sqlite3.ProgrammingError:
            raise  # a use after close is a fault of the program
        except sqlite3.DatabaseError as error:
            raise connections.read_error(self.path, error) from error

    def damaged(self, what: str) -> RepriseError:
        """The error that names what is damaged in this library."""
        return connections.read_error(self.path, ValueError(what))

    def _count(self, table: str) -> int:
        return self.rows(f"SELECT count(*) FROM {table}")[0][0]  # noqa: S608 (a name of ours)

    def _lacks(self, encoder: str, has: str) -> RepriseError:
        return RepriseError(
            "wrong_encoder",
            f"The library {self.path} has sentence features of {has}, but {encoder} is in use.",
            f"Run: {connections.command('reprise', 'library', 'encode', self.path, '--encoder', encoder)}",
        )


def no_clip(clips: list[str], path: Path) -> RepriseError:
    """What to tell when clips are asked for that a library does not hold."""
    names = ", ".join(f"'{clip}'" for clip in clips[:5]) + (f" and {len(clips) - 5} more" if len(clips) > 5 else "")
    return RepriseError(
        "no_clip",
        f"The library {path} has no clip {names}.",
        f"See: {connections.command('reprise', 'library', 'list', path)}",
    )
