"""Making and changing a motion library: each function is one transaction, all of it or nothing."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from reprise.text import TextEncoder
from reprise_core.contract import MODEL_FPS
from reprise_core.errors import RepriseError

from . import joint_codec, schema
from .store import Library, no_clip

OnWritten = Callable[[int], None]
_BATCH = 64
_T = TypeVar("_T")


@dataclass(frozen=True)
class LibraryClip:
    """A clip to put into a library.

    `joints` (frames + 1, 22, 3) normalised as HumanML3D does: metres, 20 fps, Y up, target bone lengths, floor at
    y = 0, starting over the origin, facing +Z. Clips cut or mirrored from one `recording` share it.
    """

    id: str
    recording: str
    joints: NDArray[np.float32]
    captions: tuple[str, ...]
    source: str
    licence: str
    split: str = ""


def create(
    path: Path | str,
    clips: Iterable[LibraryClip],
    encoder: TextEncoder,
    on_written: OnWritten = lambda count: None,
    *,
    overwrite: bool = False,
) -> None:
    """Makes a library of the clips and the sentence features of their captions; the file appears whole or not at all.

    `on_written` is told the number of clips so far. Raises `RepriseError` when the file exists (unless `overwrite`),
    cannot be written, or a clip is not fit (`bad_clip`: no caption, an id given twice, joints that are none).
    """
    path = Path(path)
    if path.exists() and not overwrite:
        raise RepriseError("file_exists", f"{path} exists already.", "Choose another name, or remove it first.")
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise schema.write_error(path, error) from error
    temporary.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(temporary, isolation_level=None)) as connection, _transaction(connection):
            schema.set_up(connection, encoder.name, encoder.dimension)
            if not _insert(connection, path, clips, encoder, on_written):
                raise RepriseError("no_clips", f"There are no clips to put into {path}.", "Check what was given.")
        temporary.replace(path)
    except (sqlite3.OperationalError, OSError) as error:
        raise schema.write_error(path, error) from error
    finally:
        for leftover in (temporary, temporary.with_name(temporary.name + "-journal")):
            leftover.unlink(missing_ok=True)


def add(
    path: Path | str, clips: Iterable[LibraryClip], encoder: TextEncoder, on_written: OnWritten = lambda count: None
) -> int:
    """Adds clips to a library and gives their number; all or none. An id that is there already is `bad_clip`."""
    path = Path(path)
    _check_encoder(path, encoder)
    with _change(path) as connection:
        return _insert(connection, path, clips, encoder, on_written)


def remove(path: Path | str, ids: Sequence[str]) -> None:
    """Removes clips by id; all or none. An id that is not there is `no_clip`."""
    path = Path(path)
    with _change(path) as connection:
        for clip in ids:
            if connection.execute("DELETE FROM clips WHERE id = ?", (clip,)).rowcount != 1:
                raise no_clip(clip, path)
        connection.execute("DELETE FROM sentence_features WHERE text NOT IN (SELECT text FROM captions)")


def encode(path: Path | str, encoder: TextEncoder, on_written: OnWritten = lambda count: None) -> None:
    """Replaces all sentence features by those of another encoder; `on_written` is told the number of captions."""
    path = Path(path)
    with _change(path) as connection:
        texts = [row[0] for row in connection.execute("SELECT DISTINCT text FROM captions ORDER BY text")]
        connection.execute("DELETE FROM sentence_features")
        connection.execute("UPDATE library SET encoder = ?, dimension = ?", (encoder.name, encoder.dimension))
        for done, batch in enumerate(_batches(texts)):
            _insert_features(connection, batch, encoder)
            on_written(done * _BATCH + len(batch))


def _insert(
    connection: sqlite3.Connection,
    path: Path,
    clips: Iterable[LibraryClip],
    encoder: TextEncoder,
    on_written: OnWritten,
) -> int:
    count = 0
    for batch in _batches(clips):
        for clip in batch:
            _insert_clip(connection, path, clip)
        _insert_features(connection, [text for clip in batch for text in clip.captions], encoder)
        count += len(batch)
        on_written(count)
    return count


def _insert_clip(connection: sqlite3.Connection, path: Path, clip: LibraryClip) -> None:
    if not clip.id or not clip.captions or not all(text.strip() for text in clip.captions):
        what = f"The clip '{clip.id}' has an empty caption or none." if clip.id else "A clip has no id."
        raise RepriseError("bad_clip", what, "Every clip needs an id and a sentence that describes it.")
    try:
        joints = joint_codec.pack(clip.joints)
    except RepriseError as error:
        raise RepriseError("bad_clip", f"The clip '{clip.id}' is not fit: {error.message}", error.hint) from error
    frames = len(clip.joints) - 1
    row = (clip.id, clip.recording, frames, frames / MODEL_FPS, clip.source, clip.licence, clip.split)
    try:
        connection.execute("INSERT INTO clips VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    except sqlite3.IntegrityError as error:
        raise RepriseError("bad_clip", f"The clip '{clip.id}' is in {path} already.", "Give it another id.") from error
    connection.execute("INSERT INTO motion VALUES (?, ?)", (clip.id, joints))
    captions = [(clip.id, position, text) for position, text in enumerate(clip.captions)]
    connection.executemany("INSERT INTO captions VALUES (?, ?, ?)", captions)


def _insert_features(connection: sqlite3.Connection, texts: Sequence[str], encoder: TextEncoder) -> None:
    known = "SELECT 1 FROM sentence_features WHERE text = ?"
    new = [text for text in dict.fromkeys(texts) if not connection.execute(known, (text,)).fetchone()]
    if new:
        features = encoder.encode(new).sentence.astype("<f4")
        rows = [(text, feature.tobytes()) for text, feature in zip(new, features, strict=True)]
        connection.executemany("INSERT INTO sentence_features VALUES (?, ?)", rows)


def _batches(values: Iterable[_T]) -> Iterator[list[_T]]:
    rest = iter(values)
    while batch := list(islice(rest, _BATCH)):
        yield batch


def _check_encoder(path: Path, encoder: TextEncoder) -> None:
    with Library.open(path) as library:
        if library.encoder != encoder.name:
            raise RepriseError(
                "wrong_encoder",
                f"The library {path} has sentence features of {library.encoder}, not of {encoder.name}.",
                f"Add clips with the encoder {library.encoder}.",
            )


@contextmanager
def _change(path: Path) -> Iterator[sqlite3.Connection]:
    connection = schema.connect_to_write(path)
    try:
        with _transaction(connection):
            yield connection
    except sqlite3.OperationalError as error:
        raise schema.write_error(path, error) from error
    except sqlite3.DatabaseError as error:
        raise schema.read_error(path, error) from error
    finally:
        connection.close()


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Commits at the end, or rolls back when anything is raised, an interrupt from the keyboard included."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
