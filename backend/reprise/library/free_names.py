"""Names for clips that come into a library where theirs is taken by another motion."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from dataclasses import replace

from . import rows
from .rows import Row


def free_id(connection: sqlite3.Connection, row: Row, theirs: Collection[str]) -> tuple[Row, str]:
    """The row under the first id of `ID`, `ID-2`, ... that is free (also of `theirs`) or has the very motion, and which
    of the two: "new" or "same".
    """
    number, named = 1, row
    while (state := rows.standing(connection, named)) == "other" or (number > 1 and named.id in theirs):
        number += 1
        named = replace(row, id=f"{row.id}-{number}")
    return named, state


def free_recording(connection: sqlite3.Connection, recording: str) -> str:
    """The first of `RECORDING`, `RECORDING-2`, ... that no clip belongs to."""
    number, name = 1, recording
    while connection.execute("SELECT 1 FROM clips WHERE recording = ? LIMIT 1", (name,)).fetchone():
        number += 1
        name = f"{recording}-{number}"
    return name
