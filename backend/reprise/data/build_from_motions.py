"""From any captioned motion to a training set, where no inventory lists it: files, folders, archives, HumanML3D."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from reprise_core.errors import RepriseError

from .build_report import BuildReport, LeftOut, summarize
from .dataset_writer import ClipWords, DatasetWriter, check_out
from .imported import ImportedClip, Unreadable
from .pack import INVENTORY
from .read_motions import read_motions
from .splits import seeded_split

OnProgress = Callable[[str, int, int], None]
_NO_CAPTION = "no captions"


def is_listed(source: Path) -> bool:
    """Whether an inventory in the source or beside it says what the source holds."""
    return any((place / INVENTORY).is_file() for place in (source, source.absolute().parent))


def build_from_motions(
    sources: Sequence[Path], out: Path, on_progress: OnProgress = lambda stage, step, total: None
) -> BuildReport:
    """Builds the training set `out` from whatever `read_motions` reads, as far as it has captions of its own.

    Clips keep the split that their data gives them, others get one by their recording's name (`seeded_split`).
    Published mirrored twins are passed over: a data set makes its own. `on_progress` is told (stage, step, total). The
    folder appears whole or not at all; an earlier data set there is replaced, anything else is refused. Raises
    `RepriseError` for a source that does not exist, and when nothing is left to train on.
    """
    check_out(Path(out))
    left_out: list[LeftOut] = []
    with DatasetWriter(out) as writer:
        for clip in _captioned(sources, left_out, on_progress):
            split = clip.split or seeded_split(clip.recording)
            words = ClipWords(clip.id, clip.recording, split, clip.source, clip.licence)
            writer.add(words, clip.id, clip.captions, clip.joints)
        if not writer.segments:
            raise RepriseError(
                "no_motion",
                "The sources hold no captioned motion.",
                "Write NAME.txt beside each file, or one captions.csv with the columns name and caption.",
            )
        report = summarize(Path(out), writer.segments, left_out)
        writer.finish(left_out=[asdict(item) for item in left_out], table=[asdict(counts) for counts in report.sources])
    return report


def _captioned(sources: Sequence[Path], left_out: list[LeftOut], on_progress: OnProgress) -> Iterator[ImportedClip]:
    """The clips to learn from, under ids of their own; the others are told to `left_out`."""
    taken: set[str] = set()
    for source in sources:
        for clip in read_motions(source, on_progress=on_progress):
            if isinstance(clip, Unreadable):
                left_out.append(LeftOut(clip.name, clip.reason))
            elif _is_published_twin(clip):
                continue
            elif not clip.captioned:
                left_out.append(LeftOut(clip.id, _NO_CAPTION))
            elif clip.id in taken:
                left_out.append(LeftOut(clip.id, "another clip has this name"))
            else:
                taken.add(clip.id)
                yield clip


def _is_published_twin(clip: ImportedClip) -> bool:
    """HumanML3D's and KIT-ML's M000001 is 000001 mirrored, and `read_motions` gives both the recording 000001."""
    return re.fullmatch(rf"(.*_)?M{re.escape(clip.recording)}(-\d+)?", clip.id) is not None
