"""What a source holds and how it is read: for people as a table, for programs as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from reprise_core.errors import RepriseError
from reprise_core.skeleton import JOINT_NAMES

from .figure_reading import UnmappedError
from .imported import Unreadable
from .mapping_file import ReadSettings
from .read_motions import prepared
from .sources import SourceClip, clips_of, read_alone

OnProgress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class FormatCounts:
    """What the files of one format gave."""

    format: str
    files: int
    clips: int
    minutes: float
    described: int


@dataclass(frozen=True)
class Inventory:
    """What a folder or archive holds that can be read, and all that cannot."""

    formats: tuple[FormatCounts, ...]
    unreadable: tuple[Unreadable, ...]

    def table(self) -> str:
        """A row a format, then how often each reason left something out and an example."""
        lines = [f"{'format':<20}{'files':>7}{'clips':>7}{'minutes':>9}{'described':>11}"]
        lines += [f"{c.format:<20}{c.files:>7}{c.clips:>7}{c.minutes:>9.1f}{c.described:>11}" for c in self.formats]
        reasons = Counter(item.reason for item in self.unreadable)
        for reason, count in reasons.most_common():
            example = next(item.name for item in self.unreadable if item.reason == reason)
            lines.append(f"left out {count:>4}: {reason} ({example}{', ...' if count > 1 else ''})")
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """The object that `reprise data inspect --json` prints for a folder or an archive."""
        return asdict(self)


@dataclass(frozen=True)
class FileReport:
    """How one file is read. `joints` has a row (joint, bone or "", how) for each of the 22 where it has a skeleton."""

    name: str
    format: str
    take: str
    frames: int
    fps: float
    unit: float | None
    up: str | None
    lead_in: int
    joints: tuple[tuple[str, str, str], ...]
    notes: tuple[str, ...]

    def table(self) -> str:
        """A few lines of facts, a row a joint, and the notes."""
        title = f"{self.name}{f' ({self.take})' if self.take else ''}"
        lines = [f"{title}: {self.format}, {self.frames} frames at {self.fps:.4g} fps, {self.frames / self.fps:.2f} s"]
        if self.unit is not None:
            lines.append(f"unit {self.unit:.6g} m, {self.up} up, {self.lead_in} first frames left out")
        if self.joints:
            width = max(6, *(len(bone) for _, bone, _ in self.joints)) + 2
            lines += [f"{joint:<16}{bone or '-':<{width}}{how}" for joint, bone, how in self.joints]
        return "\n".join([*lines, *self.notes])

    def to_json(self) -> dict[str, Any]:
        """The object that `reprise data inspect --json` prints for an animation of a file."""
        rows = [{"joint": joint, "bone": bone or None, "how": how} for joint, bone, how in self.joints]
        return asdict(self) | {"joints": rows}

    def settings(self) -> ReadSettings:
        """The same as a mapping file's content: what was found, to be corrected."""
        return ReadSettings({joint: bone or None for joint, bone, _ in self.joints}, self.unit, self.up, self.fps)


def inspect_source(source: Path, settings: ReadSettings, on_progress: OnProgress) -> Inventory:
    """Reads a folder or archive, keeps nothing and counts; `RepriseError` when it does not exist."""
    found: list[tuple[str, str, float, bool]] = []
    unreadable: list[Unreadable] = []
    for item in clips_of(source, settings, on_progress):
        outcome = item if isinstance(item, Unreadable) else prepared(item)
        if isinstance(outcome, Unreadable):
            unreadable.append(outcome)
        else:
            clip: SourceClip = outcome.found
            seconds = len(outcome.joints) / 20.0
            found.append((clip.format, clip.name, seconds, bool(outcome.described.segments or clip.raw.caption)))
    counts = [
        FormatCounts(
            format=form,
            files=len({name.rsplit(" (", 1)[0] for kind, name, _, _ in found if kind == form}),
            clips=sum(kind == form for kind, *_ in found),
            minutes=sum(seconds for kind, _, seconds, _ in found if kind == form) / 60.0,
            described=sum(said for kind, _, _, said in found if kind == form),
        )
        for form in dict.fromkeys(kind for kind, *_ in found)
    ]
    return Inventory(tuple(counts), tuple(unreadable))


def inspect_file(path: Path, settings: ReadSettings) -> list[FileReport]:
    """How each animation of a file is read; also of a figure that is not mapped completely, whose note says so.

    Raises `RepriseError` for a file that is no motion or is broken.
    """
    try:
        read = read_alone(path, settings)
    except UnmappedError as error:
        return [_unmapped(path, error)]
    reports = []
    for form, raw in read:
        seen = raw.recognised
        reports.append(
            FileReport(
                name=path.name,
                format=form,
                take=raw.take,
                frames=len(raw.joints),
                fps=raw.fps,
                unit=seen.metres if seen else None,
                up=seen.up if seen else None,
                lead_in=seen.lead_in if seen else 0,
                joints=tuple((j, seen.bone.get(j, ""), seen.how[j]) for j in JOINT_NAMES) if seen else (),
                notes=raw.notes,
            )
        )
    return reports


def mapping_of(reports: Sequence[FileReport]) -> ReadSettings:
    """What to write as a mapping file for a file with these reports; `RepriseError` when it has no skeleton."""
    if not reports or not reports[0].joints:
        raise RepriseError("no_skeleton", "This format has no bones that could be mapped.", "Its joints are fixed.")
    return reports[0].settings()


def _unmapped(path: Path, error: UnmappedError) -> FileReport:
    matches = error.mapping.matches
    rows = [
        (j, matches[j].bone if j in matches else "", matches[j].how if j in matches else "missing") for j in JOINT_NAMES
    ]
    bones = f"Its bones are {', '.join(error.bones)}."
    return FileReport(path.name, "unmapped", "", 0, 1.0, None, None, 0, tuple(rows), (str(error), bones))
