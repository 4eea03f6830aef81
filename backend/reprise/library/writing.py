"""Making a motion library whole, and changing what it holds: each function is one transaction, all of it or nothing."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from pathlib import Path

from reprise.text import TextEncoder
from reprise_core.errors import RepriseError

from . import connections, rows, schema
from .batches import batches
from .rows import LibraryClip
from .store import no_clip

__all__ = ["LibraryClip", "compact", "create", "remove"]

OnWritten = Callable[[int], None]


def create(
    path: Path | str,
    clips: Iterable[LibraryClip],
    encoder: TextEncoder,
    on_written: OnWritten = lambda count: None,
    *,
    overwrite: bool = False,
) -> None:
    """Makes a library of the clips (none: an empty one) and the sentence features of their captions.

    The file appears whole or not at all; `adding.add` is for filling one bit by bit. `on_written` is told the number
    of clips so far. Raises `RepriseError` when the file exists (unless `overwrite`), cannot be written, or a clip is
    not fit (`bad_clip`: no caption, an id given twice, joints that are none).
    """
    path = Path(path)
    if path.exists() and not overwrite:
        add = connections.command("reprise", "library", "add", path)
        raise RepriseError("file_exists", f"{path} exists already.", f"Choose another name, or add to it: {add} ...")
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise connections.write_error(path, error) from error
    temporary.unlink(missing_ok=True)
    try:
        with (
            closing(connections.new_file(temporary)) as connection,
            connections.transaction(connection),
        ):
            schema.set_up(connection)
            add_encoder(connection, path, encoder)
            _fill(connection, clips, encoder, on_written)
        connections.remove_log(path)
        temporary.replace(path)
    except (sqlite3.OperationalError, OSError) as error:
        raise connections.write_error(path, error) from error
    finally:
        for leftover in (temporary, temporary.with_name(temporary.name + "-journal")):
            leftover.unlink(missing_ok=True)


def remove(path: Path | str, ids: Sequence[str]) -> None:
    """Removes clips by id; all or none. An id that is not there is `no_clip`."""
    path = Path(path)
    with connections.to_change(path) as connection, connections.transaction(connection):
        counts = {clip: connection.execute("DELETE FROM clips WHERE id = ?", (clip,)).rowcount for clip in ids}
        missing = [clip for clip, count in counts.items() if not count]
        if missing:
            raise no_clip(missing, path)
        rows.drop_unused_texts(connection)


def compact(path: Path | str) -> None:
    """Gives the room of what was removed back to the disk; takes a while and, for that while, as much room again."""
    with connections.to_change(Path(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute(f"PRAGMA page_size = {schema.PAGE_SIZE}")
        connection.execute("VACUUM")


def add_encoder(connection: sqlite3.Connection, path: Path, encoder: TextEncoder) -> None:
    """Registers a text encoder; `RepriseError('wrong_encoder')` when one of its name has another dimension."""
    connection.execute(
        "INSERT OR IGNORE INTO encoders (name, dimension) VALUES (?, ?)", (encoder.name, encoder.dimension)
    )
    dimension = connection.execute("SELECT dimension FROM encoders WHERE name = ?", (encoder.name,)).fetchone()[0]
    if dimension != encoder.dimension:
        remove_old = connections.command("reprise", "library", "encode", path, "--encoder", encoder.name, "--remove")
        raise RepriseError(
            "wrong_encoder",
            f"The library {path} knows {encoder.name} with {dimension} numbers a sentence, not {encoder.dimension}.",
            f"Run: {remove_old}",
        )


def _fill(
    connection: sqlite3.Connection,
    clips: Iterable[LibraryClip],
    encoder: TextEncoder,
    on_written: OnWritten,
) -> None:
    count = 0
    for batch in batches(clips):
        for row in map(rows.prepare, batch):
            if rows.standing(connection, row) != "new":
                raise RepriseError("bad_clip", f"The clip '{row.id}' is given twice.", "Give it another id.")
            rows.insert(connection, row)
        texts = [text.strip() for clip in batch for text in clip.captions]
        rows.insert_features(connection, rows.new_features(connection, texts, [encoder]))
        count += len(batch)
        on_written(count)
