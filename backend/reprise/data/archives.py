"""The files of a zip archive or a folder, read one at a time and never unpacked to disk.

Archives come from anywhere, so nothing in them is trusted: a member that leaves the archive, a link, an encrypted one
and one that would unpack to far more than a motion are refused by name, and the others are read.
"""

from __future__ import annotations

import gzip
import io
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Protocol

from reprise_core.errors import RepriseError

from .imported import Unreadable

MAX_BYTES = 512 * 2**20  # of one file: an hour of motion at 120 Hz as text
MAX_RATIO = 200  # unpacked to packed; text motions reach 30
_RATIO_FROM = 2**22  # bytes below which a good ratio is no bomb
_ENCRYPTED = 0x1
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError)


class ArchiveFiles(Protocol):
    """The files of one archive: their paths inside it ('/' between folders), and the bytes of each.

    `refused` are members that are not among the names, and why. `read` raises `RepriseError` for a broken member.
    """

    @property
    def refused(self) -> tuple[Unreadable, ...]: ...

    def names(self) -> list[str]: ...

    def read(self, name: str) -> bytes: ...


@contextmanager
def open_archive(path: Path, *, recursive: bool = True) -> Iterator[ArchiveFiles]:
    """Opens a zip archive or a folder for reading; `RepriseError` when it is neither.

    Names that start with a dot and macOS's resource forks are passed over; so are sub-folders unless `recursive`.
    """
    path = Path(path)
    if path.is_dir():
        yield _folder(path, recursive)
        return
    if not path.exists():
        raise RepriseError("no_such_source", f"There is no file or folder '{path}'.", "Check the path.")
    try:
        file = zipfile.ZipFile(path)
    except (*_BROKEN, ValueError, UnicodeDecodeError) as error:
        raise RepriseError(
            "bad_source", f"'{path}' is no zip archive ({error}).", "Give motion archives (.zip) or unpacked folders."
        ) from error
    with file:
        yield zip_files(file, path.stat().st_size)


def zip_files(file: zipfile.ZipFile, packed_bytes: int) -> ArchiveFiles:
    """The members of an open zip of `packed_bytes` that are safe to read; `RepriseError` when members overlap."""
    infos = [info for info in file.infolist() if not info.is_dir()]
    if sum(info.compress_size for info in infos) > packed_bytes:
        raise RepriseError("bad_source", f"'{file.filename}' is no sound zip archive: its members overlap.")
    members: dict[str, zipfile.ZipInfo] = {}
    refused: list[Unreadable] = []
    for info in infos:
        name = info.filename.replace("\\", "/")
        why = "its name is in the archive twice" if name in members else _danger(info, name)
        if why:
            refused.append(Unreadable(name, f"{why[0].upper()}{why[1:]}."))
        elif not _hidden(name):
            members[name] = info
    return _ZipFiles(file, members, tuple(refused))


def decoded(data: bytes) -> str:
    """Text in UTF-8 with or without a mark, in UTF-16 with one, and in Latin-1 where it is neither."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def check_zip(data: bytes, name: str) -> None:
    """Reads a zip in memory (an .npz) once; `RepriseError` when it is broken or holds what `open_archive` refuses."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            files = zip_files(file, len(data))
            for member in files.names():
                files.read(member)
    except (*_BROKEN, ValueError) as error:
        raise RepriseError("bad_member", f"'{name}' cannot be unpacked ({error}).") from error
    if files.refused:
        refused = files.refused[0]
        raise RepriseError("bad_member", f"'{name}' holds '{refused.name}', which is refused. {refused.reason}")


def gunzip(data: bytes) -> bytes:
    """Gzipped bytes unpacked, others as they are; ValueError when they unpack to more than a motion needs."""
    if data[:2] != b"\x1f\x8b":
        return data
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
        return _bounded(file, min(MAX_BYTES, max(_RATIO_FROM, MAX_RATIO * len(data))))


@dataclass(frozen=True)
class _ZipFiles:
    file: zipfile.ZipFile
    members: dict[str, zipfile.ZipInfo]
    refused: tuple[Unreadable, ...]

    def names(self) -> list[str]:
        return list(self.members)

    def read(self, name: str) -> bytes:
        info = self.members[name]
        try:
            with self.file.open(info) as member:
                return _bounded(member, info.file_size)  # what was announced and found to be sane
        except (*_BROKEN, ValueError) as error:
            raise RepriseError(
                "bad_member", f"'{name}' cannot be unpacked ({error}).", "Get the archive anew."
            ) from error


@dataclass(frozen=True)
class _FolderFiles:
    folder: Path
    paths: tuple[str, ...]
    refused: tuple[Unreadable, ...]

    def names(self) -> list[str]:
        return list(self.paths)

    def read(self, name: str) -> bytes:
        path = self.folder / name
        try:
            if path.stat().st_size > MAX_BYTES:
                raise RepriseError("bad_member", f"'{name}' is larger than {MAX_BYTES >> 20} MB.")
            return path.read_bytes()
        except OSError as error:
            raise RepriseError("bad_member", f"'{name}' cannot be read ({error.strerror}).") from error


def _folder(folder: Path, recursive: bool) -> _FolderFiles:
    root = folder.resolve()
    names: list[str] = []
    refused: list[Unreadable] = []
    for path in folder.rglob("*") if recursive else folder.iterdir():
        name = path.relative_to(folder).as_posix()
        if _hidden(name):
            continue
        if path.is_symlink() and not path.resolve().is_relative_to(root):
            refused.append(Unreadable(name, "It is a link that leaves the folder."))
        elif path.is_file():
            names.append(name)
    return _FolderFiles(folder, tuple(sorted(names)), tuple(refused))


def _hidden(name: str) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in PurePosixPath(name).parts)


def _danger(info: zipfile.ZipInfo, name: str) -> str | None:
    if name.startswith("/") or re.match(r"[A-Za-z]:", name) or ".." in name.split("/"):
        return "its path leaves the archive"
    if stat.S_ISLNK(info.external_attr >> 16):
        return "it is a link"
    if info.flag_bits & _ENCRYPTED:
        return "it is encrypted"
    if info.file_size > MAX_BYTES:
        return f"it would unpack to {info.file_size / 2**20:.0f} MB, more than {MAX_BYTES >> 20}"
    if info.file_size > max(_RATIO_FROM, MAX_RATIO * info.compress_size):
        return f"it would unpack to more than {MAX_RATIO} times its size"
    return None


def _bounded(file: IO[bytes] | gzip.GzipFile, limit: int) -> bytes:
    data = file.read(limit + 1)
    if len(data) > limit:
        raise ValueError("it unpacks to more than it may")
    return data
