"""What a library derives from its clips: sentence features of several text encoders side by side, and pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from reprise.text import TextEncoder
from reprise_core.errors import RepriseError

from . import connections, rows, thumbnail, writing
from .batches import batches
from .store import Library

OnDone = Callable[[int, int], None]


def encode(path: Path | str, encoder: TextEncoder, on_done: OnDone = lambda done, total: None) -> int:
    """Gives every caption that lacks it the sentence feature of an encoder; returns how many were computed.

    Those of other encoders stay. A few at a time, so that after a kill the same call goes on.
    """
    path = Path(path)
    query = (
        "SELECT text FROM texts WHERE NOT EXISTS (SELECT 1 FROM sentence_features AS f JOIN encoders"
        " ON encoders.key = encoder WHERE f.text = texts.key AND name = ?) ORDER BY texts.key"
    )
    with connections.to_change(path) as connection:
        with connections.transaction(connection):
            writing.add_encoder(connection, path, encoder)
        lacking = [row[0] for row in connection.execute(query, (encoder.name,))]
        done = 0
        for batch in batches(lacking):
            features = rows.new_features(connection, batch, [encoder])
            with connections.transaction(connection):
                rows.insert_features(connection, features)
            done += len(batch)
            on_done(done, len(lacking))
    return len(lacking)


def draw_pictures(path: Path | str, on_done: OnDone = lambda done, total: None) -> int:
    """Draws the pictures of clips that have none; returns how many."""
    path = Path(path)
    query = "SELECT id FROM clips WHERE NOT EXISTS (SELECT 1 FROM thumbnails WHERE clip = key) ORDER BY key"
    with connections.to_change(path) as connection, Library.open(path) as library:
        lacking = [row[0] for row in connection.execute(query)]
        done = 0
        for batch in batches(lacking):
            images = [(thumbnail.draw(library.motion(clip)), clip) for clip in batch]
            with connections.transaction(connection):
                insert = "INSERT OR IGNORE INTO thumbnails SELECT key, ? FROM clips WHERE id = ?"
                connection.executemany(insert, images)
            done += len(batch)
            on_done(done, len(lacking))
    return len(lacking)


def remove_encoder(path: Path | str, name: str) -> None:
    """Removes the sentence features of an encoder; `RepriseError('no_encoder')` when the library has none of it."""
    path = Path(path)
    with connections.to_change(path) as connection, connections.transaction(connection):
        there = [row[0] for row in connection.execute("SELECT name FROM encoders ORDER BY key")]
        if name not in there:
            raise RepriseError(
                "no_encoder", f"The library {path} has no features of {name}.", f"It has: {', '.join(there) or 'none'}."
            )
        connection.execute("DELETE FROM encoders WHERE name = ?", (name,))
