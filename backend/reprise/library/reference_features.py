"""What a network computes from a reference clip alone, kept by the content of the weights that computed it.

The library knows nothing of networks: a clip has a matrix (tokens, dimension), a caption a vector (dimension,).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reprise_core.errors import RepriseError

from . import connections
from .store import Library

Array = NDArray[np.float32]


def of_motions(library: Library, content: str, clips: Iterable[str]) -> dict[str, Array]:
    """The matrices of those of the clips that have one for the weights of that content."""
    query = (
        "SELECT id, dimension, feature FROM reference_motions JOIN clips ON clips.key = clip"
        " JOIN checkpoints ON checkpoints.key = checkpoint WHERE content = ? AND id = ?"
    )
    return _arrays(library, query, content, clips)


def of_texts(library: Library, content: str, texts: Iterable[str]) -> dict[str, Array]:
    """The vectors of those of the captions that have one for the weights of that content."""
    query = (
        "SELECT texts.text, dimension, feature FROM reference_texts AS f JOIN texts ON texts.key = f.text"
        " JOIN checkpoints ON checkpoints.key = checkpoint WHERE content = ? AND texts.text = ?"
    )
    return {text: array[0] for text, array in _arrays(library, query, content, texts).items()}


def any_kept(library: Library) -> bool:
    """Whether the library keeps such features at all; only then is it worth to know a checkpoint's content."""
    return bool(library.rows("SELECT 1 FROM checkpoints LIMIT 1"))


def lacking(library: Library, content: str) -> tuple[list[str], list[str]]:
    """Ids of the clips and captions without features for the weights of that content."""
    query = (
        "SELECT {0} FROM {1} WHERE NOT EXISTS (SELECT 1 FROM {2} AS f JOIN checkpoints ON checkpoints.key = checkpoint"
        " WHERE f.{3} = {1}.key AND content = ?) ORDER BY {0}"
    )
    with library.snapshot():
        clips = library.rows(query.format("id", "clips", "reference_motions", "clip"), content)
        texts = library.rows(query.format("text", "texts", "reference_texts", "text"), content)
    return [row[0] for row in clips], [row[0] for row in texts]


def keep(path: Path | str, content: str, name: str, motions: Mapping[str, Array], texts: Mapping[str, Array]) -> None:
    """Puts features in, a transaction; `name` is the checkpoint's for people. What is gone meanwhile is passed over."""
    arrays = [*motions.values(), *texts.values()]
    if not arrays:
        return
    dimension = arrays[0].shape[-1]
    into = "INSERT OR REPLACE INTO {0} SELECT {1}.key, checkpoints.key, ? FROM {1}, checkpoints WHERE {1}.{2} = ?"
    with connections.to_change(Path(path)) as connection, connections.transaction(connection):
        row = (content, name, dimension)
        connection.execute("INSERT OR IGNORE INTO checkpoints (content, name, dimension) VALUES (?, ?, ?)", row)
        for table, owner, column, features in (
            ("reference_motions", "clips", "id", motions),
            ("reference_texts", "texts", "text", texts),
        ):
            statement = into.format(table, owner, column) + " AND content = ?"
            values = [(array.astype("<f4").tobytes(), key, content) for key, array in features.items()]
            connection.executemany(statement, values)


def remove(path: Path | str, content: str) -> None:
    """Removes the features for the weights of that content; `RepriseError('no_features')` when there are none."""
    path = Path(path)
    with connections.to_change(path) as connection, connections.transaction(connection):
        names = [row[0] for row in connection.execute("SELECT name FROM checkpoints ORDER BY key")]
        if not connection.execute("DELETE FROM checkpoints WHERE content = ?", (content,)).rowcount:
            has = ", ".join(names) or "none"
            raise RepriseError(
                "no_features", f"The library {path} has no features of this checkpoint.", f"It has: {has}."
            )


def _arrays(library: Library, query: str, content: str, keys: Iterable[str]) -> dict[str, Array]:
    found: dict[str, Array] = {}
    rows: Sequence[tuple[str, int, bytes]]
    for key in dict.fromkeys(keys):
        rows = library.rows(query, content, key)
        for name, dimension, feature in rows:
            try:
                found[name] = np.frombuffer(feature, "<f4").astype(np.float32).reshape(-1, dimension)
            except (ValueError, TypeError) as error:
                raise library.damaged(f"reference features of '{name}': {error}") from error
    return found
