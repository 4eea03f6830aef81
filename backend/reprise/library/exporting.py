"""A library's clips as a folder of files, and such a folder as clips again.

clips.csv       id, file, recording, source, licence, split, tags (with ; between), seconds
captions.csv    id, caption: a row for each caption, as `reprise library caption` takes it
motions/        a file for each clip: npz (`joints` (frames + 1, 22, 3) in metres, `joint_names`, `fps`) or BVH
"""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from reprise.data.imported import Unreadable
from reprise_core.bvh import to_bvh
from reprise_core.cleanup import to_motion
from reprise_core.contract import MODEL_FPS
from reprise_core.errors import RepriseError
from reprise_core.skeleton import JOINT_NAMES

from . import captioning
from .rows import LibraryClip
from .store import ClipInfo, Library

Format = Literal["npz", "bvh"]
OnDone = Callable[[int, int], None]
ReadMotion = Callable[[Path], NDArray[np.float32]]
CLIPS, CAPTIONS, MOTIONS = "clips.csv", "captions.csv", "motions"
_COLUMNS = ("id", "file", "recording", "source", "licence", "split", "tags", "seconds")
_UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')  # in file names, somewhere
_LONGEST = 80  # characters of a file name


def export(
    library: Library,
    clips: Sequence[ClipInfo],
    folder: Path | str,
    form: Format = "npz",
    on_done: OnDone = lambda done, total: None,
) -> None:
    """Writes clips of a library into a new folder, which appears whole or not at all.

    As npz, reading them back gives the very motions; BVH is for other programs, its rotations are solved. Raises
    `RepriseError` when there is a folder of that name with something in it, or it cannot be written.
    """
    folder = Path(folder)
    try:
        with _new_folder(folder) as temporary:
            (temporary / MOTIONS).mkdir()
            files = _file_names([clip.id for clip in clips], form)
            for done, clip in enumerate(clips, 1):
                _write_motion(library, clip, temporary / MOTIONS / files[clip.id], form)
                on_done(done, len(clips))
            entries = (
                (clip.id, f"{MOTIONS}/{files[clip.id]}", clip.recording, clip.source, clip.licence, clip.split,
                 ";".join(clip.tags), f"{clip.seconds:g}")
                for clip in clips
            )  # fmt: skip
            _write_table(temporary / CLIPS, _COLUMNS, entries)
            captions = ((clip.id, text) for clip in clips for text in clip.captions)
            _write_table(temporary / CAPTIONS, ("id", "caption"), captions)
    except OSError as error:
        reason = error.strerror or str(error)
        raise RepriseError(
            "cannot_write", f"{folder} could not be written ({reason}).", "Check rights and space."
        ) from error


def is_export(folder: Path) -> bool:
    """Whether a folder looks like one that `export` made."""
    try:
        with (folder / CLIPS).open(encoding="utf-8-sig", newline="") as file:
            return set(_COLUMNS[:2]) <= set(next(csv.reader(file), ())) and (folder / CAPTIONS).is_file()
    except (OSError, UnicodeDecodeError, csv.Error):
        return False


def read_export(folder: Path, read_motion: ReadMotion) -> Iterator[LibraryClip | Unreadable]:
    """The clips of a folder that `export` made; `read_motion` reads the files that are not npz.

    A clip whose file or caption is missing or damaged comes as `Unreadable`. Raises `RepriseError` when a table is.
    """
    captions = captioning.read_table(folder / CAPTIONS)
    with (folder / CLIPS).open(encoding="utf-8-sig", newline="") as file:
        entries = list(csv.DictReader(file))
    for entry in entries:
        clip = entry.get("id") or ""
        try:
            path = (folder / (entry.get("file") or "")).resolve()
            if not path.is_relative_to(folder.resolve()):
                raise RepriseError("bad_motion", f"{entry.get('file')} lies outside the folder.")
            joints = _read_npz(path) if path.suffix.lower() == ".npz" else read_motion(path)
        except RepriseError as error:
            yield Unreadable(clip or str(entry.get("file")), error.message)
            continue
        values = {name: entry.get(name) or "" for name in ("recording", "source", "licence", "split")}
        values["recording"] = values["recording"] or clip
        tags = tuple((entry.get("tags") or "").split(";"))
        yield LibraryClip(clip, joints=joints, captions=tuple(captions.get(clip, ())), tags=tags, **values)


def _write_motion(library: Library, clip: ClipInfo, path: Path, form: Format) -> None:
    joints = library.motion(clip.id)
    if form == "npz":
        np.savez_compressed(path, joints=joints, joint_names=np.array(JOINT_NAMES), fps=np.float64(MODEL_FPS))
    else:
        path.write_text(to_bvh(to_motion(joints, MODEL_FPS, foot_lock=False)), encoding="ascii")


def _read_npz(path: Path) -> NDArray[np.float32]:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return arrays["joints"].astype(np.float32)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise RepriseError("bad_motion", f"{path.name} is no motion that Reprise exported ({error}).") from error


def _file_names(clips: Iterable[str], form: Format) -> Mapping[str, str]:
    """A file name for each id that every file system takes, different also where case does not count."""
    names, taken = {}, set()
    for clip in clips:
        stem = _UNSAFE.sub("_", clip)[:_LONGEST].strip(" .") or "clip"
        stem = (
            f"_{stem}"
            if stem.startswith("-") or re.fullmatch(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?", stem)
            else stem
        )
        name, number = stem, 1
        while name.casefold() in taken:
            number += 1
            name = f"{stem}-{number}"
        taken.add(name.casefold())
        names[clip] = f"{name}.{form}"
    return names


def _write_table(path: Path, columns: Sequence[str], entries: Iterable[Sequence[str]]) -> None:
    buffer = io.StringIO(newline="")
    table = csv.writer(buffer)
    table.writerow(columns)
    table.writerows(entries)
    path.write_text(buffer.getvalue(), encoding="utf-8", newline="")


@contextmanager
def _new_folder(folder: Path) -> Iterator[Path]:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise RepriseError("file_exists", f"{folder} exists already.", "Choose another name, or remove it first.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    shutil.rmtree(temporary, ignore_errors=True)
    try:
        temporary.mkdir()
        yield temporary
        if folder.exists():
            folder.rmdir()
        temporary.replace(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
