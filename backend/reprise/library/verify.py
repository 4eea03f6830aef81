"""Whether a library is whole: everything in it is read, and everything that is damaged is named."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from reprise_core.errors import RepriseError

from . import joint_codec, schema
from .store import Library

_UNIT = 1e-3  # how far from 1 the length of a sentence feature may be
_WEBP = (b"RIFF", b"WEBP")


def find_damage(library: Library) -> tuple[str, ...]:
    """What is damaged, each in a few words with the clip or caption that it concerns; empty when nothing is."""
    found: list[str] = []
    for check in (_structure, _clips, _motions, _sentence_features, _reference_features, _words):
        try:
            found += check(library)
        except RepriseError as error:  # so damaged that SQLite cannot read on; the other checks may
            found.append(f"{check.__name__.strip('_').replace('_', ' ')}: {error.message}")
    return tuple(dict.fromkeys(found))


def _structure(library: Library) -> Iterator[str]:
    for (answer,) in library.rows("PRAGMA integrity_check"):
        if answer != "ok":
            yield str(answer)
    for table, *_ in library.rows("PRAGMA foreign_key_check"):
        yield f"a row of the table '{table}' belongs to nothing"


def _clips(library: Library) -> Iterator[str]:
    lacking = "SELECT id FROM clips WHERE NOT EXISTS (SELECT 1 FROM {0} WHERE clip = key) ORDER BY id"
    for what, table in (("caption", "captions"), ("motion", "motion")):
        for (clip,) in library.rows(lacking.format(table)):
            yield f"'{clip}' has no {what}"
    for clip, image in library.rows("SELECT id, image FROM thumbnails JOIN clips ON clip = key ORDER BY id"):
        if not isinstance(image, bytes) or (image[:4], image[8:12]) != _WEBP:
            yield f"the picture of '{clip}' is none"


def _motions(library: Library) -> Iterator[str]:
    for clip, key, frames in library.rows("SELECT id, key, frames FROM clips ORDER BY id"):
        try:
            for (joints,) in library.rows("SELECT joints FROM motion WHERE clip = ?", key):  # one at a time in memory
                if not np.isfinite(joint_codec.unpack(joints, frames + 1)).all():
                    yield f"the motion of '{clip}' is not finite"
        except (ValueError, TypeError) as error:
            yield f"the motion of '{clip}' ({error})"
        except RepriseError as error:
            yield f"the motion of '{clip}' ({error.message})"


def _sentence_features(library: Library) -> Iterator[str]:
    query = (
        "SELECT texts.text, feature FROM sentence_features AS f JOIN texts ON texts.key = f.text"
        " JOIN encoders ON encoders.key = encoder WHERE name = ?"
    )
    for name, dimension in library.encoders.items():
        for text, feature in library.rows(query, name):
            values = _floats(feature)
            if values is None or len(values) != dimension or not abs(np.linalg.norm(values) - 1.0) < _UNIT:
                yield f"the feature of '{text}' by {name}"


def _reference_features(library: Library) -> Iterator[str]:
    motions = (
        "SELECT id, name, dimension, feature FROM reference_motions JOIN clips ON clips.key = clip"
        " JOIN checkpoints ON checkpoints.key = checkpoint"
    )
    texts = (
        "SELECT texts.text, name, dimension, feature FROM reference_texts AS f JOIN texts ON texts.key = f.text"
        " JOIN checkpoints ON checkpoints.key = checkpoint"
    )
    for query in (motions, texts):
        for what, name, dimension, feature in library.rows(query):
            values = _floats(feature)
            if values is None or not len(values) or len(values) % dimension or not np.isfinite(values).all():
                yield f"the reference features of '{what}' by {name}"


def _words(library: Library) -> Iterator[str]:
    with library.snapshot():
        stored = {row[0]: row for row in library.rows("SELECT rowid, * FROM words")}
        wanted = library.rows(schema.WORDS)
    for row in wanted:
        if stored.pop(row[0], None) != row:
            yield f"the words to search '{row[1]}' by"
    if stored:
        yield f"words to search {len(stored)} clips by that are not there"


def _floats(blob: object) -> np.ndarray | None:
    return np.frombuffer(blob, "<f4") if isinstance(blob, bytes) and len(blob) % 4 == 0 else None
