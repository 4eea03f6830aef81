"""Filling a library bit by bit: what was put in stays in, however the program ends, and adding again goes on."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from reprise.data.imported import Unreadable
from reprise.text import TextEncoder
from reprise_core.errors import RepriseError

from . import connections, rows
from .batches import batches
from .rows import LibraryClip, Row


@dataclass(frozen=True)
class AddReport:
    """How many clips were added, how many were there with the very motion, and what was left out and why."""

    added: int = 0
    present: int = 0
    left_out: tuple[Unreadable, ...] = ()

    def __str__(self) -> str:
        return f"added {self.added}, already there {self.present}, left out {len(self.left_out)}"


OnReport = Callable[[AddReport], None]


def add(
    path: Path | str,
    clips: Iterable[LibraryClip | Unreadable],
    encoders: Sequence[TextEncoder],
    on_report: OnReport = lambda report: None,
) -> AddReport:
    """Puts clips into a library with the sentence features of `encoders`, a few at a time, each few a transaction.

    A clip that is not fit, or whose id the library has for another motion, is left out and the rest goes on, as are
    the `Unreadable` among the clips. Captions of a clip that is there already stay as they are. `on_report` is told
    after every transaction how it stands. Raises `RepriseError` when the library cannot be opened or written; what
    was reported by then is in it.
    """
    path, report = Path(path), AddReport()
    try:
        with connections.to_change(path) as connection:
            for batch in batches(clips):
                report = _add_batch(connection, batch, encoders, report)
                on_report(report)
    except RepriseError as error:
        if error.code != "cannot_write" or not report.added:
            raise
        hint = "Make room, and run the same command again: it goes on where it stopped."
        raise RepriseError(error.code, error.message, hint) from error
    return report


def _add_batch(
    connection: sqlite3.Connection,
    batch: Sequence[LibraryClip | Unreadable],
    encoders: Sequence[TextEncoder],
    report: AddReport,
) -> AddReport:
    ready, left_out = _prepared(batch)
    new = [text for row in ready if rows.standing(connection, row) == "new" for text in row.captions]
    features = rows.new_features(connection, new, encoders)
    added = present = 0
    with connections.transaction(connection):
        for row in ready:
            match rows.standing(connection, row):
                case "new":
                    rows.insert(connection, row)
                    added += 1
                case "same":
                    present += 1
                case "other":
                    reason = "the library has another motion of this id; rename the file, or remove the other one first"
                    left_out.append(Unreadable(row.id, reason))
        rows.insert_features(connection, features)
    return AddReport(report.added + added, report.present + present, (*report.left_out, *left_out))


def _prepared(batch: Sequence[LibraryClip | Unreadable]) -> tuple[list[Row], list[Unreadable]]:
    ready, left_out = [], []
    for clip in batch:
        if isinstance(clip, Unreadable):
            left_out.append(clip)
            continue
        try:
            ready.append(rows.prepare(clip))
        except RepriseError as error:
            left_out.append(Unreadable(clip.id.encode(errors="backslashreplace").decode(), error.message))
    return ready, left_out
