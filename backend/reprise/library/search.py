"""Finding clips by a text: by its words, by its meaning, or by both merged into one ranking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reprise.text import TextEncoder

from .index import Index
from .selection import Selection, clips_with_any_word, clips_with_words, select
from .store import ClipInfo, Library

_RANK_CONSTANT = 60  # of reciprocal rank fusion, as in its paper


@dataclass(frozen=True)
class Hit:
    """A clip that was found, the caption that is nearest to the text, and by what: `rank` (from 1) among the words'
    matches, cosine `similarity` with the meaning; None where it was not found, or not looked for, in that way.
    """

    clip: ClipInfo
    caption: str
    rank: int | None
    similarity: float | None

    def to_json(self) -> dict[str, Any]:
        """For `reprise library search --json`."""
        clip = self.clip
        return {
            "id": clip.id, "caption": self.caption, "rank": self.rank, "similarity": self.similarity,
            "seconds": clip.seconds, "source": clip.source, "licence": clip.licence, "tags": list(clip.tags),
        }  # fmt: skip


def search(
    library: Library, text: str, count: int, encoder: TextEncoder | None, *, words: bool = True, among: Selection
) -> list[Hit]:
    """The best `count` clips for a text, best first, of those selected by `among`.

    By `words` (all of them; where no clip has all, any), by the meaning that `encoder` gives, or by both: then by
    reciprocal rank fusion, sum over both rankings of 1 / (60 + rank) (Cormack, Clarke and Buettcher, 2009), of the
    clips with the words and of as many nearest in meaning. Raises `RepriseError('wrong_encoder')` when the library
    lacks the encoder's features.
    """
    with library.snapshot():
        clips = {clip.id: clip for clip in select(library, among)}
        worded = (clips_with_words(library, text) or clips_with_any_word(library, text)) if words else []
        index = library.index(encoder.name) if encoder else None
    ranks = {clip: rank for rank, clip in enumerate((clip for clip in worded if clip in clips), 1)}
    similar: dict[str, tuple[float, str]] = {}
    if index is not None and encoder is not None:
        sentence = encoder.encode([text]).sentence[0]
        similar = {clip: near for clip, near in _nearest(index, sentence).items() if clip in clips}
    by_meaning = sorted(similar, key=lambda clip: (-similar[clip][0], clip))[:count]
    scores: dict[str, float] = {}
    for ranking in (list(ranks), by_meaning):
        for rank, clip in enumerate(ranking, 1):
            scores[clip] = scores.get(clip, 0.0) + 1.0 / (_RANK_CONSTANT + rank)
    best = sorted(scores, key=lambda clip: (-scores[clip], clip))[:count]
    return [_hit(clips[clip], text, ranks.get(clip), similar.get(clip)) for clip in best]


def _hit(clip: ClipInfo, text: str, rank: int | None, near: tuple[float, str] | None) -> Hit:
    wanted = text.casefold().split()
    worded = max(clip.captions, key=lambda caption: sum(word in caption.casefold() for word in wanted))
    return Hit(clip, near[1] if near else worded, rank, near[0] if near else None)


def _nearest(index: Index, sentence: NDArray[np.float32]) -> dict[str, tuple[float, str]]:
    """For each clip the cosine of its nearest caption, and that caption."""
    cosines = (index.features @ sentence)[index.caption_texts]  # (captions,)
    found = {}
    for row, clip in enumerate(index.ids):
        begin, end = index.starts[row : row + 2]
        best = begin + int(cosines[begin:end].argmax())
        found[clip] = (float(cosines[best]), index.texts[index.caption_texts[best]])
    return found
