"""Where motions lie: a file, a folder or a zip archive, zips in a folder, with what is known of them beside."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from reprise_core.errors import RepriseError

from .archives import ArchiveFiles, open_archive
from .formats import FORMATS, format_of, reason_not_read
from .imported import Unreadable
from .mapping_file import ReadSettings
from .naming import stem
from .pack import (
    INVENTORY,
    Captions,
    InventoryRow,
    read_captions,
    read_inventory,
    read_row,
    recording_of,
    rows_of_archive,
)
from .raw_clip import RawClip
from .side_cars import ARRAY_FOLDERS, Described, SideCars

_log = logging.getLogger(__name__)

OnProgress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class SourceClip:
    """A clip as its file has it, and what lies beside: `name` for messages, `member` its path inside the source.

    `listed` clips are the motion pack's, with `description`, `recording` and `licence` from its inventory.
    """

    name: str
    member: str
    source: str
    format: str
    raw: RawClip
    described: Described
    recording: str = ""
    description: str = ""
    licence: str = ""
    listed: bool = False


@dataclass(frozen=True)
class _Listing:
    """What an inventory beside an archive says of its members."""

    rows: Mapping[str, InventoryRow] = field(default_factory=dict)
    captions: Captions = field(default_factory=Captions)


@dataclass(frozen=True)
class _Archive:
    """One archive to go through: where it lies, how messages name its members, and the one member that is wanted."""

    path: Path
    source: str
    prefix: str = ""
    only: str = ""


def clips_of(source: Path, settings: ReadSettings, on_progress: OnProgress) -> Iterator[SourceClip | Unreadable]:
    """All clips of a source; what cannot be read, and a source without any motion, as `Unreadable`.

    `RepriseError` when the source does not exist.
    """
    if not source.exists():
        raise RepriseError("no_such_source", f"There is no file or folder '{source}'.", "Check the path.")
    found = 0
    for archive in _archives(source):
        try:
            with open_archive(archive.path, recursive=not archive.only) as files:
                for outcome in _clips_of_archive(archive, files, settings, on_progress):
                    found += 1
                    yield outcome
        except RepriseError as error:
            found += 1
            yield Unreadable(archive.prefix.rstrip("/") or archive.path.name, str(error))
    if not found:
        known = ", ".join(form.name for form in FORMATS)
        yield Unreadable(source.name, f"It holds no motion that can be read; known are {known} files.")


def read_alone(path: Path, settings: ReadSettings) -> list[tuple[str, RawClip]]:
    """The animations of one file and its format; `RepriseError` when it is no motion or broken."""
    with open_archive(path.parent, recursive=False) as files:
        form = format_of(files, path.name) if path.name in files.names() else None
        if form is None:
            hint = reason_not_read(path.name) or "Give a BVH, AMC, glTF or another motion file."
            raise RepriseError("no_motion", f"'{path}' is no motion that can be read.", hint)
        return [(form.name, raw) for raw in form.read(files, path.name, settings)]


def _archives(source: Path) -> list[_Archive]:
    if source.is_file() and source.suffix.lower() != ".zip":
        return [_Archive(source.parent, source.parent.name, only=source.name)]
    if source.is_file():
        return [_Archive(source, source.stem)]
    with open_archive(source) as files:
        zips = [name for name in files.names() if name.lower().endswith(".zip")]
    inside = [_Archive(source / name, PurePosixPath(name).stem, prefix=f"{name}/") for name in zips]
    return [_Archive(source, source.resolve().name), *inside]


def _clips_of_archive(
    archive: _Archive, files: ArchiveFiles, settings: ReadSettings, on_progress: OnProgress
) -> Iterator[SourceClip | Unreadable]:
    if not archive.only:
        yield from (replace(refused, name=archive.prefix + refused.name) for refused in files.refused)
    try:
        listing = _listing(archive.path)
    except RepriseError as error:
        listing = _Listing()
        yield Unreadable(INVENTORY, f"It is passed over: {error}")
    beside = SideCars(files)
    zips_inside = archive.path.is_file()
    names = [archive.only] if archive.only else _worth_reading(files, zips_inside)
    for number, member in enumerate(names):
        yield from _clips_of_member(archive, files, member, listing, beside, settings)
        on_progress("reading", number + 1, len(names))
    missing = [] if archive.only else [member for member in listing.rows if member not in set(files.names())]
    yield from (
        Unreadable(archive.prefix + member, "The inventory lists it, but it is not there.") for member in missing
    )


def _clips_of_member(
    archive: _Archive,
    files: ArchiveFiles,
    member: str,
    listing: _Listing,
    beside: SideCars,
    settings: ReadSettings,
) -> Iterator[SourceClip | Unreadable]:
    name = archive.prefix + member
    try:
        form, row = format_of(files, member), listing.rows.get(member)
        if form is None:
            reason = reason_not_read(member) or (archive.only and "It is no motion that can be read.")
            if reason:
                yield Unreadable(name, reason)
        elif row is not None:
            segments = listing.captions.segments.get(row.clip_id, ())
            yield SourceClip(
                name=name,
                member=member,
                source=row.source,
                format=form.name,
                raw=read_row(files, row),
                described=Described(segments, split=row.split),
                recording=recording_of(row),
                description=row.description,
                licence=row.licence,
                listed=True,
            )
        else:
            described = beside.of(member)
            for raw in form.read(files, member, settings):
                titled = f"{name} ({raw.take})" if raw.take else name
                yield SourceClip(titled, member, archive.source, form.name, raw, described, _recording(member))
    except RepriseError as error:
        yield Unreadable(name, str(error))
    except Exception:  # a fault of ours must not cost a thousand other clips
        _log.exception("Reading %s failed", name)
        yield Unreadable(name, "It could not be read, by a fault of Reprise's; the log says more.")


def _listing(path: Path) -> _Listing:
    if path.is_file() or not (path / INVENTORY).is_file():
        if not (path.parent / INVENTORY).is_file():
            return _Listing()
        rows = rows_of_archive(read_inventory(path.parent / INVENTORY), path)
        return _Listing(rows, read_captions(path.parent)) if rows else _Listing()
    unpacked = {
        f"{Path(row.archive).stem}/{row.member}": row
        for row in read_inventory(path / INVENTORY)
        if (path / Path(row.archive).stem).is_dir()
    }
    rows = {member: replace(row, member=member) for member, row in unpacked.items()}
    return _Listing(rows, read_captions(path)) if rows else _Listing()


def _worth_reading(files: ArchiveFiles, zips_too: bool) -> list[str]:
    """The members in order, without joints that lie there as features too, and a folder's own zips."""
    names = files.names()
    known = set(names)

    def doubled(name: str) -> bool:
        path = PurePosixPath(name)
        features = path.parent.parent / ARRAY_FOLDERS[0] / path.name
        return path.parent.name == ARRAY_FOLDERS[1] and features.as_posix() in known

    return [name for name in names if not doubled(name) and (zips_too or not name.lower().endswith(".zip"))]


def _recording(member: str) -> str:
    """HumanML3D's mirrored twins, named M..., are of the same recording."""
    path = PurePosixPath(member)
    if path.parent.name in ARRAY_FOLDERS:
        return stem(member).removeprefix("M")
    return ""
