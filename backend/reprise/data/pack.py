"""The motion pack around the archives: inventory, captions, and the clips that the inventory lists.

`inventory.csv`, `captions.json` and `captions_meta.json` are looked for beside the archives.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from reprise_core.errors import RepriseError

from .archives import ArchiveFiles, open_archive
from .formats import format_of
from .mapping_file import ReadSettings
from .raw_clip import RawClip

INVENTORY, CAPTIONS, CAPTIONS_META = "inventory.csv", "captions.json", "captions_meta.json"
SPLITS = ("train", "val", "test")


@dataclass(frozen=True)
class InventoryRow:
    """One clip's line in inventory.csv: where it is, its true rate (frames a second), its split, its known faults."""

    clip_id: str
    source: str
    licence: str
    archive: str
    member: str
    format: str
    fps: float
    frames: int
    seconds: float
    description: str
    split: str
    note: str


@dataclass(frozen=True)
class CaptionSegment:
    """A window of a clip in seconds from the start of the file (`end` None = to the end) and its sentences."""

    start: float
    end: float | None
    captions: tuple[str, ...]


@dataclass(frozen=True)
class Captions:
    """Captions of all clips, and the clips whose legs walk or run without any travel of the body.

    `single_activity` are long clips that are one activity from their first window to their last.
    """

    segments: Mapping[str, tuple[CaptionSegment, ...]] = field(default_factory=dict)
    in_place_locomotion: frozenset[str] = frozenset()
    single_activity: frozenset[str] = frozenset()


def read_listed(archive: Path, wanted: Mapping[str, InventoryRow]) -> Iterator[RawClip]:
    """The clips of one archive that `wanted` names by member, in the archive's order, at the inventory's rates.

    Raises `RepriseError` for a broken file and for a skeleton without a joint map.
    """
    with open_archive(archive) as files:
        for member in (name for name in files.names() if name in wanted):
            yield read_row(files, wanted[member])


def read_row(files: ArchiveFiles, row: InventoryRow) -> RawClip:
    """The clip of one row of the inventory; `RepriseError` when its file is broken or no motion."""
    form = format_of(files, row.member)
    if form is None:
        raise RepriseError("no_motion", f"'{row.member}' is no motion, though the inventory lists it.")
    clip = next(form.read(files, row.member, ReadSettings(fps=row.fps, published=True)))
    return replace(clip, id=row.clip_id, source=row.source)


def read_inventory(path: Path) -> tuple[InventoryRow, ...]:
    """All rows of an inventory.csv, in the file's order; `RepriseError` when it is missing or a row is malformed."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return tuple(_row(values) for values in csv.DictReader(file))
    except FileNotFoundError as error:
        raise RepriseError(
            "no_inventory", f"There is no {path.name} in '{path.parent}'.", "It belongs beside the archives."
        ) from error
    except (KeyError, ValueError, TypeError, csv.Error) as error:
        raise RepriseError("bad_inventory", f"'{path}' is no motion inventory ({error!r}).") from error


def rows_of_archive(rows: tuple[InventoryRow, ...], archive: Path) -> dict[str, InventoryRow]:
    """The rows of one archive by member path; `archive` may be the zip or the folder it was unpacked to."""
    return {row.member: row for row in rows if Path(row.archive).stem == archive.stem}


def recording_of(row: InventoryRow) -> str:
    """What must not leak: a clip, both partners of one salsa, all repetitions of one person's exercise."""
    if match := re.fullmatch(r"cmu_(?:60|61)_(\d+)", row.clip_id):
        return f"cmu_60_61_{match[1]}"
    if match := re.fullmatch(r"(uiprmd_m\d+_s\d+)_e\d+", row.clip_id):
        return match[1]
    return row.clip_id


def read_captions(folder: Path) -> Captions:
    """Captions and their notes from `folder`; the notes may be missing, the captions must be there."""
    captions, meta = _read_json(folder / CAPTIONS), {}
    if (folder / CAPTIONS_META).exists():
        meta = _read_json(folder / CAPTIONS_META).get("meta", {})
    try:
        segments = {
            clip: tuple(CaptionSegment(float(s["start"]), s["end"], tuple(s["captions"])) for s in windows)
            for clip, windows in captions.items()
        }
    except (KeyError, ValueError, TypeError) as error:
        raise RepriseError("bad_captions", f"'{folder / CAPTIONS}' is no caption file ({error!r}).") from error
    one_activity = (clip for clip, notes in meta.items() if isinstance(notes, dict) and notes.get("single_activity"))
    return Captions(segments, frozenset(meta.get("in_place_locomotion_clips", ())), frozenset(one_activity))


def _row(values: Mapping[str, str]) -> InventoryRow:
    row = InventoryRow(
        clip_id=values["clip_id"],
        source=values["source"],
        licence=values["licence"],
        archive=values["archive"],
        member=values["member"],
        format=values["format"],
        fps=float(values["fps"]),
        frames=int(values["frames"]),
        seconds=float(values["seconds"]),
        description=values["description"],
        split=values["split"],
        note=values["note"] or "",
    )
    if row.split not in SPLITS:
        raise ValueError(f"clip {row.clip_id} has split {row.split!r}")
    return row


def _read_json(path: Path) -> dict:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise RepriseError(
            "no_captions", f"There is no {path.name} in '{path.parent}'.", "It belongs beside the archives."
        ) from error
    except ValueError as error:
        raise RepriseError("bad_captions", f"'{path}' is no JSON file ({error}).") from error
    if not isinstance(content, dict):
        raise RepriseError("bad_captions", f"'{path}' is no caption file.")
    return content
