"""Which clips a query may pick: narrowed by tags, source and licence, without the excluded ones."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from reprise_core.contract import References
from reprise_core.errors import RepriseError

from .index import Index, Labels


def pinned_rows(index: Index, wanted: References) -> list[int]:
    """The rows of the pinned clips in their order, each once.

    Raises `RepriseError` when one is not in the index (`no_clip`) or excluded as well (`bad_request`).
    """
    rows = []
    for clip in dict.fromkeys(wanted.pinned):
        if clip in wanted.excluded:
            raise RepriseError(
                "bad_request", f"The clip '{clip}' is both pinned and excluded.", "Choose one of the two."
            )
        row = row_of(index, clip)
        if row is None:
            raise RepriseError("no_clip", f"The library has no clip '{clip}' to pin.", "Pin one that retrieval shows.")
        rows.append(row)
    return rows


def allowed_clips(index: Index, wanted: References) -> NDArray[np.bool_] | None:
    """(N,) which clips the request allows, None when it allows all.

    A clip must carry every tag, and have one of the sources and one of the licences, upper and lower case alike. An
    excluded id that is not there excludes nothing. Raises `RepriseError` (`bad_filter`) for a tag, a source or a
    licence that no clip has.
    """
    allowed = np.ones(len(index), dtype=np.bool_)
    for tag in wanted.tags:
        allowed &= _having("tag", (tag,), index.tag_labels)
    if wanted.sources:
        allowed &= _having("source", wanted.sources, index.source_labels)
    if wanted.licences:
        allowed &= _having("licence", wanted.licences, index.licence_labels)
    allowed[[row for clip in wanted.excluded if (row := row_of(index, clip)) is not None]] = False
    return None if allowed.all() else allowed


def row_of(index: Index, clip: str) -> int | None:
    """The row of a clip, None when there is none; ids are in order."""
    row = bisect_left(index.ids, clip)
    return row if row < len(index) and index.ids[row] == clip else None


def _having(what: str, values: Sequence[str], labels: Labels) -> NDArray[np.bool_]:
    """(N,) which clips have one of the values among their labels."""
    known = {name.casefold(): name for own in labels.different for name in own}
    for value in values:
        if value.casefold() not in known:
            there = ", ".join(f"'{name}'" for name in sorted(known.values())) or "none"
            raise RepriseError(
                "bad_filter", f"No clip of the library has the {what} '{value}'.", f"There are: {there}."
            )
    asked = {value.casefold() for value in values}
    fitting = np.array([any(name.casefold() in asked for name in own) for own in labels.different], dtype=np.bool_)
    return fitting[labels.which]
