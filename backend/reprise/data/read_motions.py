"""Any motion in: the clips of a file, a folder or a zip, on our skeleton, and a sentence on all that is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reprise.features import humanml3d
from reprise_core.errors import RepriseError

from .imported import ImportedClip, Unreadable
from .mapping_file import ReadSettings, read_mapping_file
from .naming import caption_of, id_of, unique
from .preparing import at_model_rate, on_floor
from .proportions import MARKS, Figure, fit_figures, pose_target, rest_figures
from .resample import resample
from .side_cars import Described
from .sources import SourceClip, clips_of
from .windows import MIN_FRAMES, windows_of

OnProgress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Ready:
    """A clip at 20 fps, waiting for its rig's figure to be known."""

    found: SourceClip
    joints: NDArray[np.float32]
    described: Described


def read_motions(
    source: Path,
    mapping: Path | None = None,
    on_progress: OnProgress = lambda stage, step, total: None,
    body_models: Path | None = None,
) -> Iterator[ImportedClip | Unreadable]:
    """Every motion of a file, a folder or a zip archive as clips of at most 196 features; what cannot be read as such.

    `mapping` is a file that says which bones play which joints, the unit, the vertical axis or the rate (see
    `mapping_file`), `body_models` the user's SMPL models, which AMASS needs: a file or a folder of them. `on_progress`
    is told (stage, step, total). Reading comes first, since a rig's build is measured over all its clips; memory holds
    the whole source at 20 fps (20 MB an hour). Raises `RepriseError` for a source that does not exist and for a mapping
    file that is none; everything else is an `Unreadable` and the rest goes on.
    """
    settings = replace(read_mapping_file(mapping) if mapping else ReadSettings(), body_models=body_models)
    ready: list[Ready] = []
    for found in clips_of(Path(source), settings, on_progress):
        outcome = found if isinstance(found, Unreadable) else prepared(found)
        if isinstance(outcome, Unreadable):
            yield outcome
        else:
            ready.append(outcome)
    figures = _figures(ready)
    names = unique([clip.found.raw.id or id_of(clip.found.member, clip.found.raw.take) for clip in ready])
    for number, (clip, name) in enumerate(zip(ready, names, strict=True)):
        yield from _clips(clip, name, figures)
        on_progress("posing", number + 1, len(ready))


def prepared(found: SourceClip) -> Ready | Unreadable:
    """A clip as it was found, at 20 fps; or why it cannot be used."""
    raw, described = found.raw, found.described
    try:
        if len(raw.joints) < 2:
            return Unreadable(found.name, "It has one frame only, which is a pose and no motion.")
        if raw.posed:
            joints = raw.joints if raw.fps == humanml3d.FPS else resample(raw.joints, raw.fps)
        else:
            joints, segments = at_model_rate(raw, described.segments)
            described = replace(described, segments=segments)
    except RepriseError as error:
        return Unreadable(found.name, str(error))
    if len(joints) <= MIN_FRAMES:
        seconds = (len(joints) - 1) / humanml3d.FPS
        return Unreadable(
            found.name, f"It lasts {seconds:.2f} s; clips from {MIN_FRAMES / humanml3d.FPS:g} s on are read."
        )
    return Ready(replace(found, raw=replace(raw, joints=raw.joints[:0])), joints.astype(np.float32), described)


def _figures(ready: Sequence[Ready]) -> dict[tuple[str, str], Figure]:
    """How each rig's build differs from ours: by its rest pose where that stands, else over its clips."""
    rigs: dict[str, list[Ready]] = {}
    for clip in ready:
        if not clip.found.raw.posed:
            rigs.setdefault(clip.found.raw.rig, []).append(clip)
    figures: dict[tuple[str, str], Figure] = {}
    for clips in rigs.values():
        raws = [clip.found.raw for clip in clips]
        marks = {raw.rig: raw.marks for raw in raws if raw.marks} | dict(MARKS)
        at_rest = rest_figures([(raw.rig, raw.figure, raw.rest) for raw in raws if raw.rest is not None], marks)
        if all((raw.rig, raw.figure) in at_rest for raw in raws):
            figures |= at_rest
        else:
            moving = [(clip.found.raw.rig, clip.found.raw.figure, clip.joints.astype(np.float64)) for clip in clips]
            figures |= fit_figures(moving, marks)
    return figures


def _clips(ready: Ready, name: str, figures: dict[tuple[str, str], Figure]) -> Iterator[ImportedClip | Unreadable]:
    found, raw, described = ready.found, ready.found.raw, ready.described
    try:
        joints = ready.joints.astype(np.float64)
        joints = humanml3d.retarget(joints) if raw.posed else pose_target(joints, figures[raw.rig, raw.figure])
        joints = on_floor(joints)
        windows = windows_of(joints, described.segments, raw.start)
        posed = [humanml3d.face_forward(joints[first : last + 1]).astype(np.float32) for first, last, _ in windows]
        if not all(np.isfinite(window).all() for window in posed):
            raise RepriseError("bad_clip", "The figure could not be posed: some of its bones have no length.")
    except RepriseError as error:
        yield Unreadable(found.name, str(error))
        return
    if not windows:
        yield Unreadable(found.name, "Its captioned parts are too short or lie outside of it.")
    numbered = len(windows) > 1 or found.listed
    for index, ((_, _, captions), window) in enumerate(zip(windows, posed, strict=True)):
        said = captions or ((raw.caption,) if raw.caption else ())
        yield ImportedClip(
            id=f"{name}-{index:02d}" if numbered else name,
            recording=found.recording or name,
            joints=window,
            captions=said or (found.description or caption_of(found.member, raw.take, found.source),),
            captioned=bool(said),
            source=raw.source or found.source,
            licence=found.licence,
            split=described.split,
            notes=raw.notes,
            tags=described.tags,
        )
