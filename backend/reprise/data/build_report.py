"""What a build took from its sources and what it left out: for people as a table, for programs as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from reprise.features.humanml3d import FPS

from .dataset import Segment
from .pack import SPLITS


@dataclass(frozen=True)
class LeftOut:
    """A clip, or a window of one, that is not in the data set, and why."""

    clip: str
    why: str


@dataclass(frozen=True)
class SourceCounts:
    """What one source gave: clips and minutes taken, windows a split, sentences."""

    source: str
    licence: str
    clips: int
    minutes: float
    train: int
    val: int
    test: int
    captions: int


@dataclass(frozen=True)
class BuildReport:
    """What a build took and what it left out; `table()` is its printable form."""

    out: Path
    sources: tuple[SourceCounts, ...]
    left_out: tuple[LeftOut, ...]
    segments: int
    frames: int

    def table(self) -> str:
        """A few aligned lines: a row a source, then how often each reason left something out."""
        header = f"{'source':<14}{'clips':>7}{'minutes':>9}{'train':>7}{'val':>6}{'test':>6}{'captions':>10}  licence"
        lines = [header] + [
            f"{s.source:<14}{s.clips:>7}{s.minutes:>9.1f}{s.train:>7}{s.val:>6}{s.test:>6}{s.captions:>10}  {s.licence}"
            for s in self.sources
        ]
        lines.append(
            f"{self.segments} segments, {self.frames} frames ({self.frames / FPS / 60:.1f} minutes) in {self.out}"
        )
        reasons = Counter(item.why for item in self.left_out)
        return "\n".join(lines + [f"left out {count:>4}: {why}" for why, count in reasons.most_common()])

    def to_json(self) -> dict[str, Any]:
        """The object that `reprise data build --json` prints."""
        return asdict(self) | {"out": str(self.out)}


def summarize(out: Path, segments: Sequence[Segment], left_out: Sequence[LeftOut]) -> BuildReport:
    """Counts what each source gave to the data set `out`."""
    counts = []
    for source in dict.fromkeys(segment.source for segment in segments):
        own = [segment for segment in segments if segment.source == source]
        splits = Counter(segment.split for segment in own)
        counts.append(
            SourceCounts(
                source=source,
                licence=own[0].licence,
                clips=len({segment.clip for segment in own}),
                minutes=sum(segment.frames for segment in own) / FPS / 60.0,
                captions=sum(len(segment.captions) for segment in own),
                **{split: splits[split] for split in SPLITS},
            )
        )
    frames = sum(segment.frames for segment in segments)
    return BuildReport(out, tuple(counts), tuple(left_out), len(segments), frames)
