"""The references that are shown for a prompt, and what the user does with them: values only."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..core.contract import Reference, References


@dataclass(frozen=True)
class Row:
    """A reference that is shown; a pinned one stays whatever is looked for next."""

    reference: Reference
    pinned: bool = False


@dataclass(frozen=True)
class Excluded:
    """A clip that is never to be found again."""

    id: str
    caption: str


@dataclass(frozen=True)
class Shown:
    """The answer to a `prompt`, played from `first_frame` of the scene on."""

    prompt: str = ""
    seconds: float = 0.0
    first_frame: int = 1
    rows: tuple[Row, ...] = ()
    excluded: tuple[Excluded, ...] = ()

    def visible(self, prompt: str) -> tuple[Row, ...]:
        """The rows that are shown while `prompt` is in the field: those found for another one only if pinned."""
        return self.rows if prompt.strip() == self.prompt else tuple(row for row in self.rows if row.pinned)

    def wanted(self, count: int, method: str) -> References:
        """What to look for: the pinned clips, and the best others up to `count`, as the `method` ranks them."""
        pinned = tuple(row.reference.id for row in self.rows if row.pinned)
        return References(k=count, pinned=pinned, excluded=self._excluded_ids, method=method)

    def generation(self, prompt: str, wanted: References) -> References:
        """What a motion is to be built on: exactly what is shown; the best ones that are `wanted` where nothing is."""
        shown = tuple(row.reference.id for row in self.visible(prompt))
        return replace(wanted, k=0 if shown else wanted.k, pinned=shown, excluded=self._excluded_ids)

    def found(self, prompt: str, seconds: float, first_frame: int, references: Sequence[Reference]) -> Shown:
        """With the references found for a prompt in place of the rows; what was pinned meanwhile stays pinned."""
        pinned = {row.reference.id for row in self.rows if row.pinned}
        gone = set(self._excluded_ids)
        rows = tuple(Row(each, each.id in pinned) for each in references if each.id not in gone)
        return replace(self, prompt=prompt.strip(), seconds=seconds, first_frame=first_frame, rows=rows)

    def toggle_pin(self, clip: str) -> Shown:
        """The clip pinned, or not any more."""
        rows = (replace(row, pinned=not row.pinned) if row.reference.id == clip else row for row in self.rows)
        return replace(self, rows=tuple(rows))

    def exclude(self, clip: str) -> Shown:
        """Without the clip, now and in what is looked for next."""
        gone = tuple(Excluded(clip, row.reference.caption) for row in self.rows if row.reference.id == clip)
        rows = tuple(row for row in self.rows if row.reference.id != clip)
        return replace(self, rows=rows, excluded=(*self.excluded, *gone))

    def admit(self) -> Shown:
        """Every clip may be found again."""
        return replace(self, excluded=())

    def move(self, clip: str, by: int, prompt: str) -> Shown:
        """The clip changes places with the next one that is visible, above (-1) or below (1) it."""
        seen = [row.reference.id for row in self.visible(prompt)]
        to = seen.index(clip) + by if clip in seen else -1
        if not 0 <= to < len(seen):
            return self
        order = [row.reference.id for row in self.rows]
        here, there = order.index(clip), order.index(seen[to])
        rows = list(self.rows)
        rows[here], rows[there] = rows[there], rows[here]
        return replace(self, rows=tuple(rows))

    @property
    def _excluded_ids(self) -> tuple[str, ...]:
        return tuple(clip.id for clip in self.excluded)


def length_similarity(reference: Reference) -> float:
    """How much the length counts, in (0, 1]: the factor exp(-lambda * |l - L| / max(l, L)) of Equation 4."""
    return math.exp(-References().length_decay * reference.length)
