"""HumanML3D from scratch: AMASS recordings, an index and texts in, the folder as published out.

Source: the processing published with Guo et al., "Generating Diverse and Natural 3D Human Motions from Text" (CVPR
2022). A run that was stopped goes on where it was; what cannot be made is named, and the rest is made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from reprise.features.statistics import Moments
from reprise_core.errors import RepriseError
from reprise_core.motion import write_file

from .archives import ArchiveFiles, decoded, open_archive
from .body_model_files import find_body_models
from .humanml3d_folder import (
    MEAN,
    STD,
    TEXTS,
    VECTORS,
    claim,
    given_splits,
    is_whole,
    npy,
    seeded_splits,
    twins,
    write_clip,
    write_splits,
)
from .humanml3d_index import HUMANACT12, IndexRow, read_index
from .humanml3d_sources import cut, find_recording, names_of_subset, read_recording
from .humanml3d_texts import mirror_text
from .humanml3d_workers import prepare_worker
from .imported import Unreadable
from .naming import stem

OnProgress = Callable[[str, int, int], None]

_HUMANACT12_ABSENT = "AMASS does not have these: unzip pose_data/humanact12.zip of HumanML3D there."


@dataclass(frozen=True)
class Sources:
    """Where everything comes from: folders of AMASS and of body models, texts (folder or zip), the index."""

    amass: Path
    body_models: Path
    texts: Path
    index: Path


@dataclass(frozen=True)
class HumanML3DReport:
    """What a run did: clips `made` now and `present` before, of those `indexed`, each with its twin; frames of all,
    names in each split, and what was left out and why.
    """

    out: Path
    indexed: int
    made: int
    present: int
    frames: int
    splits: Mapping[str, int]
    splits_given: bool
    left_out: tuple[Unreadable, ...]

    def to_json(self) -> dict[str, Any]:
        """The object that `reprise data humanml3d --json` prints."""
        return asdict(self) | {"out": str(self.out)}


@dataclass(frozen=True)
class _Recording:
    """One file, and the clips that are to be cut from it."""

    path: Path
    rows: tuple[IndexRow, ...]


@dataclass(frozen=True)
class _Outcome:
    """What became of a recording's clips: the names of those that were made, and why others were not."""

    clips: int
    made: tuple[str, ...]
    faults: tuple[Unreadable, ...]


def build_humanml3d(
    sources: Sources, out: Path, workers: int = 1, on_progress: OnProgress = lambda stage, step, total: None
) -> HumanML3DReport:
    """Makes HumanML3D's folder `out` with `workers` processes; run again, it makes what is missing or broken.

    Recordings are looked for below `sources.amass`, and in a pose_data folder beside the index; the published lists
    train.txt, val.txt and test.txt beside the texts or the index are used where there are any (`seeded_splits` else).
    `on_progress` is told (stage, step, total). Raises `RepriseError` for an index, texts or body models that are none,
    for a folder `out` that holds something else, and when no clip could be made; single faults are in the report.
    """
    rows, faults = read_index(sources.index)
    if not sources.amass.is_dir():
        raise RepriseError("no_such_source", f"There is no folder '{sources.amass}'.", "Check --amass.")
    find_body_models(sources.body_models)
    with open_archive(sources.texts):  # now rather than after hours
        pass
    claim(out, sources.index)
    left_out = list(faults)
    present = {row.name for row in rows if is_whole(out, row.name)}
    wanted, absent = _recordings([row for row in rows if row.name not in present], sources)
    left_out += absent
    total, done = sum(len(recording.rows) for recording in wanted), 0
    made: set[str] = set()
    for outcome in _outcomes(wanted, sources.body_models, out, workers):
        made.update(outcome.made)
        left_out += outcome.faults
        done += outcome.clips
        on_progress("clips", done, total)
    there = [row for row in rows if row.name in present | made]
    if not there:
        reason = f" ({left_out[0].name}: {left_out[0].reason})" if left_out else ""
        raise RepriseError("no_motion", f"None of the {len(rows)} clips of the index could be made{reason}.")
    told, silent = _write_texts(there, sources.texts, out, on_progress)
    left_out += silent
    frames = _write_statistics(there, out, on_progress)
    beside = (sources.texts.parent, sources.index.parent, sources.index.parent / "HumanML3D")
    given = given_splits(beside)
    counts = write_splits(out, given or seeded_splits(there), {twin for name in told for twin in twins(name)})
    return HumanML3DReport(
        out=out,
        indexed=len(rows),
        made=len(made),
        present=len(present),
        frames=frames,
        splits=counts,
        splits_given=given is not None,
        left_out=tuple(left_out),
    )


def _recordings(rows: Sequence[IndexRow], sources: Sources) -> tuple[list[_Recording], list[Unreadable]]:
    """The rows by their recordings, and what is not there; a part of AMASS that is missing altogether is named once."""
    places = [sources.amass, sources.index.parent / "pose_data"]
    by_source: dict[str, list[IndexRow]] = {}
    for row in rows:
        by_source.setdefault(row.source, []).append(row)
    found: list[_Recording] = []
    missing: list[IndexRow] = []
    for of_one in by_source.values():
        if path := find_recording(of_one[0], places):
            found.append(_Recording(path, tuple(of_one)))
        else:
            missing += of_one
    absent: list[Unreadable] = []
    for subset, clips in Counter(row.subset for row in missing).items():
        if not any((place / name).is_dir() for place in places for name in names_of_subset(subset)):
            what = _HUMANACT12_ABSENT if subset == HUMANACT12 else "The folder is not there."
            absent.append(Unreadable(str(sources.amass / subset), f"{what} Clips left out: {clips}."))
            missing = [row for row in missing if row.subset != subset]
    for source, clips in Counter(row.source for row in missing).items():
        absent.append(Unreadable(source, f"There is no such recording; clips left out: {clips}."))
    return found, absent


def _outcomes(recordings: Sequence[_Recording], body_models: Path, out: Path, workers: int) -> Iterator[_Outcome]:
    """Recording by recording as they come."""
    if workers <= 1 or len(recordings) <= 1:
        yield from (_make(recording, body_models, out) for recording in recordings)
        return
    # Started anew rather than forked: torch's threads do not survive a fork.
    context, count = get_context("spawn"), min(workers, len(recordings))
    with ProcessPoolExecutor(count, mp_context=context, initializer=prepare_worker) as pool:
        pending: list[Future[_Outcome]] = []
        try:
            pending += [pool.submit(_make, recording, body_models, out) for recording in recordings]
            for future in as_completed(pending):
                yield future.result()
        except BrokenProcessPool as error:
            raise RepriseError(
                "worker_lost",
                "A worker process ended by itself, perhaps for want of memory.",
                "Run the command again, with fewer --workers; it goes on where it was.",
            ) from error
        finally:
            for future in pending:
                future.cancel()


def _make(recording: _Recording, body_models: Path, out: Path) -> _Outcome:
    """Makes the clips of one recording; runs in a worker."""
    clips = len(recording.rows)
    try:
        joints = read_recording(recording.path, body_models)
    except RepriseError as error:
        return _Outcome(clips, (), (Unreadable(recording.rows[0].source, f"{error} Clips left out: {clips}."),))
    made: list[str] = []
    faults: list[Unreadable] = []
    for row in recording.rows:
        try:
            write_clip(out, row.name, cut(joints, row))
            made.append(row.name)
        except RepriseError as error:
            faults.append(Unreadable(row.name, str(error)))
    return _Outcome(clips, tuple(made), tuple(faults))


def _write_texts(
    rows: Sequence[IndexRow], texts: Path, out: Path, on_progress: OnProgress
) -> tuple[list[str], list[Unreadable]]:
    """Writes the captions of clips and twins; gives the names that have some, and those that have none."""
    told: list[str] = []
    silent: list[Unreadable] = []
    with open_archive(texts) as files:
        members = {stem(name): name for name in files.names() if name.lower().endswith(".txt")}
        for number, row in enumerate(rows):
            try:
                _write_text(files, members, row.name, out)
                told.append(row.name)
            except KeyError:
                silent.append(Unreadable(row.name, f"There is no text for it in '{texts}', so it is in no split."))
            except RepriseError as error:
                silent.append(Unreadable(row.name, str(error)))
            on_progress("texts", number + 1, len(rows))
    return told, silent


def _write_text(files: ArchiveFiles, members: Mapping[str, str], name: str, out: Path) -> None:
    own, mirrored = twins(name)
    text = files.read(members[own])
    other = files.read(members[mirrored]) if mirrored in members else mirror_text(decoded(text)).encode()
    for twin, data in ((own, text), (mirrored, other)):
        write_file(out / TEXTS / f"{twin}.txt", data)


def _write_statistics(rows: Sequence[IndexRow], out: Path, on_progress: OnProgress) -> int:
    """Mean and Std over all clips and twins, of all splits, as published; gives how many frames these are."""
    moments = Moments()
    for number, row in enumerate(rows):
        for twin in twins(row.name):
            moments.add(np.load(out / VECTORS / f"{twin}.npy"))
        on_progress("statistics", number + 1, len(rows))
    mean, std = moments.statistics()
    write_file(out / MEAN, npy(mean))
    write_file(out / STD, npy(std))
    return moments.count
