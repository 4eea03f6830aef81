"""Captions and splits beside motions: texts as HumanML3D has them, plain sentences, captions.csv, split lists."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import PurePosixPath

from reprise_core.errors import RepriseError

from .archives import ArchiveFiles, decoded
from .naming import stem
from .pack import SPLITS, CaptionSegment

ARRAY_FOLDERS = ("new_joint_vecs", "new_joints")
TEXT_FOLDER = "texts"
CAPTIONS_CSV = "captions.csv"


@dataclass(frozen=True)
class Described:
    """What lies beside a motion: captioned parts, tags, and the split that the data puts it in ("" without one)."""

    segments: tuple[CaptionSegment, ...] = ()
    tags: tuple[str, ...] = ()
    split: str = ""


@dataclass(frozen=True)
class SideCars:
    """The captions and splits in one archive."""

    files: ArchiveFiles

    def of(self, member: str) -> Described:
        """What lies beside a member; `RepriseError` when that cannot be read."""
        path = PurePosixPath(member)
        in_data_set = path.parent.name in ARRAY_FOLDERS
        root = path.parent.parent if in_data_set else path.parent
        table = self._table((path.parent / CAPTIONS_CSV).as_posix())
        described = table.get(path.name.lower()) or table.get(stem(member).lower()) or Described()
        text = (root / TEXT_FOLDER if in_data_set else root) / f"{stem(member)}.txt"
        if not described.segments and text.as_posix() in self._names and text != path:
            described = replace(described, segments=parse_texts(self.files.read(text.as_posix())))
        return replace(described, split=self._splits.get((root.as_posix(), stem(member)), ""))

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(self.files.names())

    @cached_property
    def _tables(self) -> dict[str, Mapping[str, Described]]:
        return {}

    @cached_property
    def _splits(self) -> dict[tuple[str, str], str]:
        """The split of each name in the lists of each data set's folder."""
        splits: dict[tuple[str, str], str] = {}
        for name in self._names:
            path = PurePosixPath(name)
            if path.suffix == ".txt" and path.stem in SPLITS:
                words = decoded(self.files.read(name)).split()
                splits |= {(path.parent.as_posix(), word): path.stem for word in words}
        return splits

    def _table(self, name: str) -> Mapping[str, Described]:
        if name not in self._names:
            return {}
        if name not in self._tables:
            self._tables[name] = parse_captions_csv(self.files.read(name), name)
        return self._tables[name]


def parse_texts(data: bytes) -> tuple[CaptionSegment, ...]:
    """A text file's lines as captioned parts: 'caption#tokens#start#end' in seconds, or plain sentences for the whole.

    Parts of the same times are one; 0 to 0 means the whole clip.
    """
    parts: dict[tuple[float, float | None], list[str]] = {}
    for line in decoded(data).splitlines():
        caption, start, end = line.strip(), 0.0, None
        pieces = caption.split("#")
        if len(pieces) >= 4 and (times := _times(pieces[-2], pieces[-1])):
            caption, (start, end) = pieces[0].strip(), times
        if caption:
            parts.setdefault((start, end), []).append(caption)
    return tuple(CaptionSegment(start, end, tuple(dict.fromkeys(said))) for (start, end), said in sorted_parts(parts))


def parse_captions_csv(data: bytes, name: str) -> dict[str, Described]:
    """A table of captions by file name (with or without ending, lower case): columns name, caption[, start, end, tags].

    `RepriseError` naming the table, and the line where there is one, when it is none. Tags are separated by ';'.
    """
    text = decoded(data)
    rows = csv.DictReader(io.StringIO(text), delimiter=";" if text.split("\n", 1)[0].count(";") > 1 else ",")
    fields = [str(field).strip().lower() for field in rows.fieldnames or ()]
    if not {"name", "caption"} <= set(fields):
        raise RepriseError(
            "bad_captions", f"'{name}' lacks the columns name and caption.", "Name them in its first line."
        )
    rows.fieldnames = fields
    parts: dict[str, dict[tuple[float, float | None], list[str]]] = {}
    tags: dict[str, list[str]] = {}
    for row in rows:
        key, caption = (row.get("name") or "").strip().lower(), (row.get("caption") or "").strip()
        try:
            start, end = float(row.get("start") or 0.0), float(row.get("end") or 0.0)
        except ValueError as error:
            raise RepriseError("bad_captions", f"'{name}', line {rows.line_num}: {error}.") from error
        if key and caption:
            parts.setdefault(key, {}).setdefault((start, end if end > start else None), []).append(caption)
        tags.setdefault(key, []).extend(tag for tag in re.split(r"[;|]\s*", (row.get("tags") or "").strip()) if tag)
    return {
        key: Described(
            tuple(CaptionSegment(start, end, tuple(said)) for (start, end), said in sorted_parts(parts.get(key, {}))),
            tuple(dict.fromkeys(tags[key])),
        )
        for key in tags
    }


def sorted_parts(
    parts: Mapping[tuple[float, float | None], list[str]],
) -> list[tuple[tuple[float, float | None], list[str]]]:
    """Parts by their start; one that goes to the end of the clip after those of the same start."""
    return sorted(parts.items(), key=lambda part: (part[0][0], part[0][1] or float("inf")))


def _times(start: str, end: str) -> tuple[float, float | None] | None:
    try:
        first, last = float(start), float(end)
    except ValueError:
        return None
    if not (first >= 0.0 and last > first):  # 0 to 0, and nan, which HumanML3D has too: the whole clip
        return 0.0, None
    return first, last
