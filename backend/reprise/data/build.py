"""From motion archives to a training set: the whole way of the data, and what was left out on it and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reprise.features.humanml3d import FPS
from reprise_core.errors import RepriseError

from . import loops, travel
from .archives import open_archive
from .build_report import BuildReport, LeftOut, summarize
from .dataset import MAX_FRAMES
from .dataset_writer import ClipWords, DatasetWriter, Window, check_out
from .formats import check_holds_motion
from .pack import (
    INVENTORY,
    Captions,
    CaptionSegment,
    InventoryRow,
    read_captions,
    read_inventory,
    read_listed,
    recording_of,
    rows_of_archive,
)
from .preparing import at_model_rate, on_floor
from .proportions import fit_figures, pose_target
from .raw_clip import RawClip

MIN_FRAMES = 20
MIN_CLIP_SECONDS = 0.6
_GAP = 2  # frames between two windows that still are one stretch

OnProgress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class _Clip:
    """A clip at 20 fps with all that is known about it."""

    row: InventoryRow
    rig: str
    figure: str
    start: float
    joints: NDArray[np.float64]
    windows: tuple[CaptionSegment, ...]
    one_activity: bool


def build(sources: Sequence[Path], out: Path, on_progress: OnProgress = lambda stage, step, total: None) -> BuildReport:
    """Builds the training set `out` from motion archives (zip files, unpacked folders, or folders of them).

    Inventory and captions are looked for beside the archives. `on_progress` is told (stage, step, total). The folder
    appears whole or not at all; an earlier data set there is replaced, anything else is refused. Raises `RepriseError`
    for a source that does not exist or holds no motion, and when nothing is left to train on.
    """
    out = Path(out)
    check_out(out)
    archives = _archives([Path(source) for source in sources])
    clips, left_out = _read(archives, on_progress)
    if not clips:
        raise RepriseError(
            "no_motion", "The sources hold no captioned motion.", "Check inventory.csv and captions.json."
        )
    on_progress("proportions", 0, len(clips))
    figures = fit_figures([(clip.rig, clip.figure, clip.joints) for clip in clips])
    with DatasetWriter(out) as writer:
        for number, clip in enumerate(clips):
            left_out += _add(writer, clip, on_floor(pose_target(clip.joints, figures[clip.rig, clip.figure])))
            on_progress("encoding", number + 1, len(clips))
        report = summarize(out, writer.segments, left_out)
        writer.finish(
            left_out=[asdict(item) for item in report.left_out], table=[asdict(counts) for counts in report.sources]
        )
    return report


def _archives(sources: Sequence[Path]) -> list[Path]:
    """The archives among the sources; a folder with an inventory in it stands for the archives that it lists."""
    if not sources:
        raise RepriseError("no_sources", "There is nothing to build from.", "Name motion archives or folders.")
    archives: list[Path] = []
    for source in sources:
        if not source.exists():
            raise RepriseError("no_such_source", f"There is no file or folder '{source}'.", "Check the path.")
        if (source / INVENTORY).is_file():
            names = dict.fromkeys(row.archive for row in read_inventory(source / INVENTORY))
            places = [place for name in names for place in (source / name, source / Path(name).stem)]
            archives += [place for place in places if place.exists()]
        else:
            archives.append(source)
    return list(dict.fromkeys(archive.absolute() for archive in archives))


def _read(archives: Sequence[Path], on_progress: OnProgress) -> tuple[list[_Clip], list[LeftOut]]:
    for archive in archives:
        with open_archive(archive) as files:
            check_holds_motion(files, archive)
    inventories = {folder: read_inventory(folder / INVENTORY) for folder in {archive.parent for archive in archives}}
    captions = {folder: read_captions(folder) for folder in inventories}
    rows = {archive: rows_of_archive(inventories[archive.parent], archive) for archive in archives}
    for archive in archives:
        if not rows[archive]:
            raise RepriseError(
                "not_listed", f"The inventory beside '{archive}' does not list it.", "Add its clips there."
            )
    total, done = sum(len(of_archive) for of_archive in rows.values()), 0
    clips: list[_Clip] = []
    left_out: list[LeftOut] = []
    for archive in archives:
        of_archive, known = rows[archive], captions[archive.parent]
        wanted: dict[str, InventoryRow] = {}
        for member, row in of_archive.items():
            if why := _reason_to_leave_out(row, known):
                left_out.append(LeftOut(row.clip_id, why))
            else:
                wanted[member] = row
        by_id = {row.clip_id: row for row in wanted.values()}
        done += len(of_archive) - len(wanted)
        for raw in read_listed(archive, wanted):
            clips.append(_at_model_rate(raw, by_id.pop(raw.id), known))
            done += 1
            on_progress("reading", done, total)
        left_out += [LeftOut(clip, "listed in the inventory but not in its archive") for clip in by_id]
    return clips, left_out


def _reason_to_leave_out(row: InventoryRow, captions: Captions) -> str | None:
    if not captions.segments.get(row.clip_id):
        return "no captions"
    if row.clip_id in captions.in_place_locomotion and row.clip_id not in travel.TRAVELLING:
        return "moves on the spot: would teach that walking stands still"
    if row.seconds < MIN_CLIP_SECONDS and row.clip_id not in loops.CYCLIC:
        return f"shorter than {MIN_CLIP_SECONDS:g} s"
    return None


def _at_model_rate(raw: RawClip, row: InventoryRow, captions: Captions) -> _Clip:
    joints, windows = at_model_rate(raw, captions.segments[raw.id])
    return _Clip(row, raw.rig, raw.figure, raw.start, joints, windows, raw.id in captions.single_activity)


def _add(writer: DatasetWriter, clip: _Clip, joints: NDArray[np.floating]) -> list[LeftOut]:
    """Writes the windows of a clip whose joints stand on the target skeleton; gives what was too short."""
    row = clip.row
    words = ClipWords(row.clip_id, recording_of(row), row.split, row.source, row.licence)
    cuts = [
        Window(f"{row.clip_id}-{index:02d}", *_cut(len(joints), window, clip.start), window.captions)
        for index, window in enumerate(clip.windows)
    ]
    windows = [cut for cut in cuts if cut.last - cut.first >= MIN_FRAMES]
    gaps = [after.first - before.last for before, after in pairwise(windows)]
    if clip.one_activity and gaps and all(0 <= gap <= _GAP for gap in gaps):
        first, last = windows[0].first, windows[-1].last
        moved = [replace(window, first=window.first - first, last=window.last - first) for window in windows]
        writer.add_stretch(words, moved, joints[first : last + 1])
    else:
        for window in windows:
            writer.add(words, window.id, window.captions, joints[window.first : window.last + 1])
    short = len(cuts) - len(windows)
    return [LeftOut(row.clip_id, f"a window shorter than {MIN_FRAMES} frames")] * short


def _cut(poses: int, window: CaptionSegment, start: float) -> tuple[int, int]:
    """First and last pose of a window, at most 197; its times count from the start of the file, poses from `start`."""
    first = max(0, round((window.start - start) * FPS))
    last = poses - 1 if window.end is None else min(poses - 1, round((window.end - start) * FPS))
    return first, min(last, first + MAX_FRAMES)
