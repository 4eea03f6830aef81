"""A clip as the library's tables hold it: made ready outside a transaction, put in inside one."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from reprise.text import TextEncoder
from reprise_core.errors import RepriseError

from . import joint_codec, schema, thumbnail

NO_LICENCE = "not stated"


@dataclass(frozen=True)
class LibraryClip:
    """A clip to put into a library.

    `joints` (frames + 1, 22, 3) normalised as HumanML3D does: metres, 20 fps, Y up, target bone lengths, floor at
    y = 0, starting over the origin, facing +Z. Clips cut or mirrored from one `recording` share it.
    """

    id: str
    recording: str
    joints: NDArray[np.float32]
    captions: tuple[str, ...]
    source: str
    licence: str
    split: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Row:
    """A clip ready to be put in: its motion packed (`joint_codec`), its picture drawn."""

    id: str
    recording: str
    frames: int
    source: str
    licence: str
    split: str
    captions: tuple[str, ...]
    tags: tuple[str, ...]
    joints: bytes
    image: bytes | None


def prepare(clip: LibraryClip) -> Row:
    """The row of a clip; `RepriseError('bad_clip')` when it has no id, no caption, or joints that are none."""
    captions = checked_captions(clip.id, clip.captions)
    for text in (clip.id, clip.recording, clip.source, clip.licence, *clip.tags):
        _check_text(clip.id, text)
    try:
        joints = joint_codec.pack(clip.joints)
    except RepriseError as error:
        raise _bad(f"The clip '{clip.id}' is not fit: {error.message}", error.hint) from error
    licence = clip.licence.strip() or NO_LICENCE
    tags = tuple(sorted(split_tags(clip.tags)))
    frames, image = len(clip.joints) - 1, thumbnail.draw(clip.joints)
    return Row(clip.id, clip.recording, frames, clip.source, licence, clip.split, captions, tags, joints, image)


def split_tags(tags: Iterable[str]) -> set[str]:
    """The single tags in strings that may hold several, with commas or semicolons between them."""
    return {part.strip() for tag in tags for part in re.split("[,;]", tag)} - {""}


def checked_captions(clip: str, captions: Iterable[str]) -> tuple[str, ...]:
    """A clip's captions without those said twice; `RepriseError('bad_clip')` when there are none or one is empty."""
    captions = tuple(dict.fromkeys(text.strip() for text in captions))
    if not clip.strip():
        raise _bad("A clip has no id.", "Every clip needs an id and a sentence that describes it.")
    if not captions or not all(captions):
        raise _bad(f"The clip '{clip}' has an empty caption or none.", "Give it a sentence that describes it.")
    for text in captions:
        _check_text(clip, text)
    return captions


def standing(connection: sqlite3.Connection, row: Row) -> Literal["new", "same", "other"]:
    """Whether the library has no clip of that id, the very motion, or another one."""
    query = "SELECT frames, joints FROM clips JOIN motion ON clip = key WHERE id = ?"
    for frames, joints in connection.execute(query, (row.id,)):
        return "same" if frames == row.frames and _same_motion(joints, row.joints, frames) else "other"
    return "new"


def insert(connection: sqlite3.Connection, row: Row) -> None:
    """Puts a clip in whose id is new; without the features of its captions."""
    columns = (row.id, row.recording, row.frames, row.source, row.licence, row.split)
    statement = "INSERT INTO clips (id, recording, frames, source, licence, split) VALUES (?, ?, ?, ?, ?, ?)"
    key = connection.execute(statement, columns).lastrowid
    assert key is not None  # noqa: S101 (an INSERT has one)
    connection.execute("INSERT INTO motion VALUES (?, ?)", (key, row.joints))
    if row.image is not None:
        connection.execute("INSERT INTO thumbnails VALUES (?, ?)", (key, row.image))
    connection.executemany("INSERT INTO tags VALUES (?, ?)", [(key, tag) for tag in row.tags])
    set_captions(connection, key, row.captions)


def set_captions(connection: sqlite3.Connection, key: int, captions: Sequence[str]) -> None:
    """Gives the clip of that key these captions instead of any it has; `drop_unused_texts` is for the caller."""
    connection.execute("DELETE FROM captions WHERE clip = ?", (key,))
    connection.executemany("INSERT OR IGNORE INTO texts (text) VALUES (?)", [(text,) for text in captions])
    query = "INSERT INTO captions SELECT ?, ?, key FROM texts WHERE text = ?"
    connection.executemany(query, [(key, position, text) for position, text in enumerate(captions)])
    schema.index_words(connection, [key])


def drop_unused_texts(connection: sqlite3.Connection) -> None:
    """Removes texts that no clip has any more, with their features."""
    connection.execute("DELETE FROM texts WHERE NOT EXISTS (SELECT 1 FROM captions WHERE captions.text = texts.key)")


def new_features(
    connection: sqlite3.Connection, texts: Iterable[str], encoders: Sequence[TextEncoder]
) -> list[tuple[str, str, bytes]]:
    """(text, encoder, feature) of the texts for which the library has none yet: slow, so outside a transaction."""
    query = (
        "SELECT 1 FROM sentence_features AS f JOIN texts ON texts.key = f.text JOIN encoders ON encoders.key = encoder"
        " WHERE texts.text = ? AND name = ?"
    )
    features = []
    for encoder in encoders:
        new = [text for text in dict.fromkeys(texts) if not connection.execute(query, (text, encoder.name)).fetchone()]
        if new:
            sentences = encoder.encode(new).sentence.astype("<f4")
            features += [(text, encoder.name, row.tobytes()) for text, row in zip(new, sentences, strict=True)]
    return features


def insert_features(connection: sqlite3.Connection, features: Iterable[tuple[str, str, bytes]]) -> None:
    """Puts in what `new_features` gave, as far as the texts are still there and lack them."""
    query = (
        "INSERT OR IGNORE INTO sentence_features SELECT texts.key, encoders.key, ? FROM texts, encoders"
        " WHERE texts.text = ? AND encoders.name = ?"
    )
    connection.executemany(query, ((feature, text, encoder) for text, encoder, feature in features))


def _same_motion(one: bytes, other: bytes, frames: int) -> bool:
    if one == other:
        return True
    try:  # another build of zlib may pack the same poses otherwise
        return np.array_equal(joint_codec.unpack(one, frames + 1), joint_codec.unpack(other, frames + 1))
    except ValueError:
        return False


def _check_text(clip: str, text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        name = clip.encode(errors="backslashreplace").decode()
        raise _bad(f"The clip '{name}' has a name or text that is no Unicode.", "Rename its file.") from error


def _bad(message: str, hint: str) -> RepriseError:
    return RepriseError("bad_clip", message, hint)
