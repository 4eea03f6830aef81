"""From motion archives to a training set: the whole way of the data, and what was left out on it and why."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reprise.features.humanml3d import FPS, encode_normalized, face_forward, statistics
from reprise_core.errors import RepriseError

from . import loops, travel
from .build_report import BuildReport, LeftOut, summarize
from .dataset import DESCRIPTION, FORMAT, JOINTS, MEAN, STD, Segment, mirrored_twin
from .importers import importer_for
from .pack import (
    INVENTORY,
    Captions,
    CaptionSegment,
    InventoryRow,
    read_captions,
    read_inventory,
    rows_of_archive,
)
from .proportions import fit_figures, pose_target
from .raw_clip import RawClip
from .repair import repair
from .resample import resample

MAX_FRAMES, MIN_FRAMES = 196, 20
MIN_CLIP_SECONDS = 0.6
REPAIRED_RIGS = ("cmu_asf", "cmu_bvh_31", "cmu_bvh_43")  # the others were cleaned, or keyed by hand
_SPIKE_DEPTH = 0.05  # metres that one frame may reach below all others before it no longer counts as the floor

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


def build(sources: Sequence[Path], out: Path, on_progress: OnProgress = lambda stage, step, total: None) -> BuildReport:
    """Builds the training set `out` from motion archives (zip files, unpacked folders, or folders of them).

    Inventory and captions are looked for beside the archives. `on_progress` is told (stage, step, total). The folder
    appears whole or not at all; an earlier data set there is replaced, anything else is refused. Raises `RepriseError`
    for a source that does not exist or holds no motion, and when nothing is left to train on.
    """
    out = Path(out)
    _check_out(out)
    archives = _archives([Path(source) for source in sources])
    clips, left_out = _read(archives, on_progress)
    if not clips:
        raise RepriseError(
            "no_motion", "The sources hold no captioned motion.", "Check inventory.csv and captions.json."
        )
    on_progress("proportions", 0, len(clips))
    figures = fit_figures([(clip.rig, clip.figure, clip.joints) for clip in clips])
    segments: list[Segment] = []
    poses: list[NDArray[np.float32]] = []
    row_of_next = 0
    for number, clip in enumerate(clips):
        joints = on_floor(pose_target(clip.joints, figures[clip.rig, clip.figure]))
        for index, window in enumerate(clip.windows):
            cut = _cut(joints, window, clip.start)
            if len(cut) < MIN_FRAMES + 1:
                left_out.append(LeftOut(clip.row.clip_id, f"a window shorter than {MIN_FRAMES} frames"))
                continue
            cut = face_forward(cut).astype(np.float32)
            segments.append(_segment(clip.row, index, window, row_of_next, len(cut) - 1))
            poses.append(cut)
            row_of_next += len(cut)
        on_progress("proportions", number + 1, len(clips))
    if not any(segment.split == "train" for segment in segments):
        raise RepriseError("no_motion", "No window of the sources belongs to the training split.", "Add more archives.")
    mean, std = _statistics(segments, poses, on_progress)
    report = summarize(out, segments, left_out)
    _write(out, report, segments, {JOINTS: np.concatenate(poses), MEAN: mean, STD: std})
    return report


def recording_of(row: InventoryRow) -> str:
    """What must not leak: a clip, both partners of one salsa, all repetitions of one person's exercise."""
    if match := re.fullmatch(r"cmu_(?:60|61)_(\d+)", row.clip_id):
        return f"cmu_60_61_{match[1]}"
    if match := re.fullmatch(r"(uiprmd_m\d+_s\d+)_e\d+", row.clip_id):
        return match[1]
    return row.clip_id


def on_floor(joints: NDArray[np.floating]) -> NDArray[np.floating]:
    """A recording (T, 22, 3) moved so that its lowest joint is at y = 0; a lone spike below all else does not count."""
    lowest = joints[..., 1].min(axis=1)
    floor, robust = lowest.min(), np.percentile(lowest, 1.0)
    result = joints.copy()
    result[..., 1] -= floor if robust - floor < _SPIKE_DEPTH else robust
    return result


def _check_out(out: Path) -> None:
    if out.exists() and not (out.is_dir() and (not any(out.iterdir()) or (out / DESCRIPTION).is_file())):
        raise RepriseError(
            "bad_out", f"'{out}' exists and is no data set.", "Choose a new folder, or one that an earlier build wrote."
        )


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
    importers = {archive: importer_for(archive) for archive in archives}
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
        for raw in importers[archive](archive, wanted):
            clips.append(_at_model_rate(raw, by_id.pop(raw.id), known.segments[raw.id]))
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


def _at_model_rate(raw: RawClip, row: InventoryRow, windows: tuple[CaptionSegment, ...]) -> _Clip:
    if not np.isfinite(raw.joints).all():
        raise RepriseError("bad_clip", f"Clip '{raw.id}' holds positions that are not finite.", "Repair or remove it.")
    prolonged = loops.prolong(travel.give_travel(raw))
    if len(prolonged.joints) > len(raw.joints):
        windows = tuple(replace(window, end=None) for window in windows[:1])
    if raw.id in travel.TRAVELLING:
        windows = tuple(
            replace(window, captions=tuple(map(travel.travelling_caption, window.captions))) for window in windows
        )
    recorded = repair(raw.joints, raw.fps) if raw.rig in REPAIRED_RIGS else prolonged.joints
    return _Clip(row, raw.rig, raw.figure, raw.start, resample(recorded, raw.fps), windows)


def _cut(joints: NDArray[np.floating], window: CaptionSegment, start: float) -> NDArray[np.floating]:
    """The poses of a window, at most 197; its times count from the start of the file, the joints from `start` on."""
    first = max(0, round((window.start - start) * FPS))
    last = len(joints) - 1 if window.end is None else round((window.end - start) * FPS)
    return joints[first : min(last, first + MAX_FRAMES) + 1]


def _segment(row: InventoryRow, index: int, window: CaptionSegment, start: int, frames: int) -> Segment:
    return Segment(
        id=f"{row.clip_id}-{index:02d}",
        clip=row.clip_id,
        recording=recording_of(row),
        split=row.split,
        source=row.source,
        licence=row.licence,
        start=start,
        frames=frames,
        captions=window.captions,
    )


def _statistics(
    segments: Sequence[Segment], poses: Sequence[NDArray[np.float32]], on_progress: OnProgress
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean and deviation of the training split with its mirrored twins."""
    training = [joints for segment, joints in zip(segments, poses, strict=True) if segment.split == "train"]
    features = []
    for number, joints in enumerate(training):
        features += [encode_normalized(joints), encode_normalized(mirrored_twin(joints))]
        on_progress("statistics", number + 1, len(training))
    mean, std = statistics(np.concatenate(features))
    return mean, np.where(std > 0.0, std, np.float32(1.0))  # a group that never changes normalises to zero


def _write(out: Path, report: BuildReport, segments: Sequence[Segment], arrays: Mapping[str, NDArray[Any]]) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    temporary = out.with_name(f".{out.name}.{os.getpid()}.part")
    description = {
        "format": FORMAT,
        "fps": FPS,
        "segments": [asdict(segment) for segment in segments],
        "left_out": [asdict(item) for item in report.left_out],
        "table": [asdict(counts) for counts in report.sources],
    }
    try:
        temporary.mkdir()
        for name, array in arrays.items():
            np.save(temporary / name, array)
        text = json.dumps(description, ensure_ascii=False, indent=1)
        (temporary / DESCRIPTION).write_text(text + "\n", encoding="utf-8")
        if out.exists():
            old = out.with_name(f".{out.name}.{os.getpid()}.old")
            out.rename(old)
            temporary.rename(out)
            shutil.rmtree(old)
        else:
            temporary.rename(out)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
