"""Editing the captions of a library from a table of ids and captions; only new texts are encoded."""

from __future__ import annotations

import csv
import io
import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from reprise.data.imported import Unreadable
from reprise.text import TextEncoder
from reprise_core.errors import RepriseError

from . import connections, rows

Mode = Literal["replace", "add", "remove"]
_DELIMITERS = ",;\t"  # spreadsheets write any of them


@dataclass(frozen=True)
class CaptionReport:
    """How many clips have other captions now, how many had them already, what was left out, how many texts were new."""

    changed: int
    same: int
    left_out: tuple[Unreadable, ...]
    encoded: int

    def __str__(self) -> str:
        return f"changed {self.changed}, as they were {self.same}, left out {len(self.left_out)}"


def read_table(path: Path) -> dict[str, list[str]]:
    """The captions of each clip in a CSV file with the columns `id` and `caption`, a row for each caption.

    UTF-8; commas, semicolons or tabs between the columns; other columns are passed over. Raises
    `RepriseError('bad_captions')` for anything else, naming the line.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        reason = error.strerror or str(error)
        raise RepriseError(
            "bad_captions", f"The captions {path} cannot be read ({reason}).", "Check the path."
        ) from error
    except UnicodeDecodeError as error:
        raise RepriseError("bad_captions", f"The captions {path} are no UTF-8 text.", "Save them as UTF-8.") from error
    header = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=header.count)
    table = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    captions: dict[str, list[str]] = defaultdict(list)
    try:
        if not {"id", "caption"} <= set(table.fieldnames or ()):
            raise RepriseError(
                "bad_captions",
                f"The captions {path} have no columns 'id' and 'caption'.",
                "Name them in the first line.",
            )
        for row in table:
            if not row["id"] or row["caption"] is None:
                raise RepriseError(
                    "bad_captions",
                    f"Line {table.line_num} of {path} has no {'caption' if row['id'] else 'id'}.",
                    "Every line needs an id and a caption.",
                )
            captions[row["id"]].append(row["caption"].strip())
    except csv.Error as error:
        raise RepriseError(
            "bad_captions", f"Line {table.line_num} of {path} is no CSV ({error}).", "Mend it."
        ) from error
    return dict(captions)


def edit(
    path: Path | str, captions: Mapping[str, Sequence[str]], mode: Mode, encoders: Sequence[TextEncoder]
) -> CaptionReport:
    """Replaces the captions of clips by those given, adds them, or removes them; one transaction.

    Clips that are not there, empty captions, and clips that would be left without a caption are left out. New texts
    get the sentence features of `encoders`, outside the transaction.
    """
    path = Path(path)
    with connections.to_change(path) as connection:
        wanted, _ = _after(connection, captions, mode)
        features = rows.new_features(connection, [text for texts in wanted.values() for text in texts], encoders)
        with connections.transaction(connection):
            wanted, left_out = _after(connection, captions, mode)  # others may have written since
            changed = 0
            for key, texts in wanted.items():
                if texts != _captions(connection, key):
                    rows.set_captions(connection, key, texts)
                    changed += 1
            rows.insert_features(connection, features)
            rows.drop_unused_texts(connection)
    return CaptionReport(changed, len(wanted) - changed, tuple(left_out), len({text for text, _, _ in features}))


def _after(
    connection: sqlite3.Connection, captions: Mapping[str, Sequence[str]], mode: Mode
) -> tuple[dict[int, tuple[str, ...]], list[Unreadable]]:
    """The captions that clips shall have, by their keys, and which clips are left out."""
    wanted, left_out = {}, []
    for clip, given in captions.items():
        found = connection.execute("SELECT key FROM clips WHERE id = ?", (clip,)).fetchone()
        if not found:
            left_out.append(Unreadable(clip, "the library has no clip of this id"))
            continue
        now = _captions(connection, found[0])
        after = {
            "replace": tuple(given),
            "add": (*now, *given),
            "remove": tuple(text for text in now if text not in given),
        }[mode]
        try:
            wanted[found[0]] = rows.checked_captions(clip, after)
        except RepriseError:
            what = "it would be left without a caption" if mode == "remove" else "a caption is empty"
            left_out.append(Unreadable(clip, what))
    return wanted, left_out


def _captions(connection: sqlite3.Connection, key: int) -> tuple[str, ...]:
    query = "SELECT texts.text FROM captions JOIN texts ON texts.key = captions.text WHERE clip = ? ORDER BY position"
    return tuple(row[0] for row in connection.execute(query, (key,)))
