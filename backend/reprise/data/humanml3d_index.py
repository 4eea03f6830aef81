"""HumanML3D's index.csv: which frames of which AMASS (or HumanAct12) recording each of its clips is."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from reprise_core.errors import RepriseError

from .imported import Unreadable

HUMANACT12 = "humanact12"
_COLUMNS = ("source_path", "start_frame", "end_frame", "new_name")
_NAME = re.compile(r"(?!M)[\w-]+\.npy", re.ASCII)  # M marks the mirrored twin


@dataclass(frozen=True)
class IndexRow:
    """A clip: its `name` without ending, the `source` below AMASS without ending, frames [start, end) at 20 fps."""

    name: str
    source: str
    start: int
    end: int

    @property
    def subset(self) -> str:
        """The data set within AMASS, under the name that it has in the index."""
        return self.source.partition("/")[0]

    @property
    def whole(self) -> bool:
        """HumanAct12's recordings are clips as they are, and their frames are not counted."""
        return HUMANACT12 in self.source


def read_index(path: Path) -> tuple[tuple[IndexRow, ...], tuple[Unreadable, ...]]:
    """All rows of an index, and what is wrong with those that cannot be meant.

    Raises `RepriseError` when the file cannot be read or is no index.
    """
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            table = csv.DictReader(file)
            lines = [(table.line_num, values) for values in table]
            missing = [column for column in _COLUMNS if column not in (table.fieldnames or ())]
    except OSError as error:
        raise RepriseError("bad_index", f"The index '{path}' cannot be read ({error.strerror}).") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise RepriseError("bad_index", f"'{path}' is no index of HumanML3D ({error}).") from error
    if missing:
        raise RepriseError(
            "bad_index", f"'{path}' lacks the column {missing[0]}.", f"An index has the columns {', '.join(_COLUMNS)}."
        )
    rows: dict[str, IndexRow] = {}
    faults: list[Unreadable] = []
    for line, values in lines:
        try:
            row = _row(values)
            if row.name in rows:
                raise ValueError(f"the name {row.name} is there twice")
            rows[row.name] = row
        except ValueError as error:
            faults.append(Unreadable(f"{Path(path).name}, line {line}", f"It cannot be meant: {error}."))
    return tuple(rows.values()), tuple(faults)


def _row(values: dict[str, str | None]) -> IndexRow:
    given = {column: (values.get(column) or "").strip() for column in _COLUMNS}
    parts = [part for part in PurePosixPath(given["source_path"].replace("\\", "/")).parts if part != "pose_data"]
    if len(parts) < 2 or ".." in parts or parts[0].startswith("/") or ":" in parts[0]:
        raise ValueError(f"{given['source_path']!r} is no path below AMASS")
    if not _NAME.fullmatch(given["new_name"]):
        raise ValueError(f"{given['new_name']!r} is no name of a clip")
    source = PurePosixPath(*parts).as_posix().removesuffix(".npy")
    return IndexRow(given["new_name"].removesuffix(".npy"), source, int(given["start_frame"]), int(given["end_frame"]))
