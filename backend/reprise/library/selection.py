"""Which clips of a library are meant, by id, tag, source, licence or words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from .store import ClipInfo, Library, no_clip

_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Selection:
    """Clips that satisfy all that is given: one of the `ids`, every tag, one of the sources, one of the licences, and
    every one of the `words` (see `clips_with_words`). Tags, sources and licences count upper and lower case alike.
    """

    ids: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    licences: tuple[str, ...] = ()
    words: str = ""

    def __bool__(self) -> bool:
        return any((self.ids, self.tags, self.sources, self.licences, self.words))


def select(library: Library, selection: Selection) -> list[ClipInfo]:
    """The clips that are meant, ordered by id; `RepriseError('no_clip')` when an id is not there."""
    with library.snapshot():
        clips = library.clips()
        worded = set(clips_with_words(library, selection.words)) if selection.words else None
    missing = set(selection.ids) - {clip.id for clip in clips}
    if missing:
        raise no_clip(sorted(missing), library.path)
    ids, tags = set(selection.ids), _folded(selection.tags)
    sources, licences = _folded(selection.sources), _folded(selection.licences)
    return [
        clip
        for clip in clips
        if (not ids or clip.id in ids)
        and (not tags or tags <= _folded(clip.tags))
        and (not sources or clip.source.casefold() in sources)
        and (not licences or clip.licence.casefold() in licences)
        and (worded is None or clip.id in worded)
    ]


def clips_with_words(library: Library, text: str) -> list[str]:
    """Ids of the clips with every word of the text in captions, id, recording, source or tags, the best match first.

    Words match their inflections (Porter, 1980) and words that begin with them, whatever case and accents, ranked by
    BM25 (Robertson and Zaragoza, 2009), as SQLite's FTS5 does both. Where nothing matches so, parts of words do.
    """
    words = _WORD.findall(text)
    if not words:
        return []
    found = _matching(library, " AND ".join(f'"{word}"*' for word in words))
    return found or _containing(library, words)


def clips_with_any_word(library: Library, text: str) -> list[str]:
    """Ids of the clips with any word of the text, those with rare words and with many first."""
    words = _WORD.findall(text)
    return _matching(library, " OR ".join(f'"{word}"*' for word in words)) if words else []


def _matching(library: Library, query: str) -> list[str]:
    ranked = "SELECT clips.id FROM words JOIN clips ON key = words.rowid WHERE words MATCH ? ORDER BY rank, clips.id"
    return [row[0] for row in library.rows(ranked, query)]


def _containing(library: Library, words: Iterable[str]) -> list[str]:
    wanted = [word.casefold() for word in words]
    rows = library.rows("SELECT clips.id, words.* FROM words JOIN clips ON key = words.rowid ORDER BY clips.id")
    texts = ((row[0], "\n".join(row[1:]).casefold()) for row in rows)
    return [clip for clip, text in texts if all(word in text for word in wanted)]


def _folded(values: Iterable[str]) -> set[str]:
    return {value.casefold() for value in values}
