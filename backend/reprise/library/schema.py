"""The library's SQLite schema, and bringing a file of an older version up to it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

APPLICATION_ID = 0x52505253  # "RPRS": what `file` and SQLite show of the kind of database
VERSION = 2
PAGE_SIZE = 2048  # bytes: motions, pictures and features are a few kB each, and leave the rest of a page empty

# Texts are kept once: clips that share a caption share its features. `clips.key` is what the other tables refer to;
# `id` is the name that people use.
TABLES = """
CREATE TABLE encoders (
    key        INTEGER PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE,
    dimension  INTEGER NOT NULL
);
CREATE TABLE clips (
    key        INTEGER PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    recording  TEXT NOT NULL,     -- windows and mirrored twins of one recording share it
    frames     INTEGER NOT NULL CHECK (frames > 0),  -- at 20 a second
    source     TEXT NOT NULL,
    licence    TEXT NOT NULL,
    split      TEXT NOT NULL
);
CREATE TABLE motion (
    clip       INTEGER PRIMARY KEY REFERENCES clips (key) ON DELETE CASCADE,
    joints     BLOB NOT NULL      -- frames + 1 poses of 22 joints, see joint_codec.py
);
CREATE TABLE thumbnails (
    clip       INTEGER PRIMARY KEY REFERENCES clips (key) ON DELETE CASCADE,
    image      BLOB NOT NULL      -- WebP
);
CREATE TABLE texts (
    key        INTEGER PRIMARY KEY,
    text       TEXT NOT NULL UNIQUE
);
CREATE TABLE captions (
    clip       INTEGER NOT NULL REFERENCES clips (key) ON DELETE CASCADE,
    position   INTEGER NOT NULL,
    text       INTEGER NOT NULL REFERENCES texts (key),
    PRIMARY KEY (clip, position)
) WITHOUT ROWID;
CREATE INDEX captions_of_text ON captions (text);
CREATE TABLE tags (
    clip       INTEGER NOT NULL REFERENCES clips (key) ON DELETE CASCADE,
    tag        TEXT NOT NULL,
    PRIMARY KEY (clip, tag)
) WITHOUT ROWID;
CREATE TABLE sentence_features (
    text       INTEGER NOT NULL REFERENCES texts (key) ON DELETE CASCADE,
    encoder    INTEGER NOT NULL REFERENCES encoders (key) ON DELETE CASCADE,
    feature    BLOB NOT NULL,     -- dimension little-endian float32, unit length
    PRIMARY KEY (text, encoder)
);
CREATE TABLE checkpoints (
    key        INTEGER PRIMARY KEY,
    content    TEXT NOT NULL UNIQUE,  -- SHA-256 of the weights that make the features
    name       TEXT NOT NULL,
    dimension  INTEGER NOT NULL
);
CREATE TABLE reference_motions (
    clip       INTEGER NOT NULL REFERENCES clips (key) ON DELETE CASCADE,
    checkpoint INTEGER NOT NULL REFERENCES checkpoints (key) ON DELETE CASCADE,
    feature    BLOB NOT NULL,     -- (tokens, dimension) little-endian float32
    PRIMARY KEY (clip, checkpoint)
);
CREATE TABLE reference_texts (
    text       INTEGER NOT NULL REFERENCES texts (key) ON DELETE CASCADE,
    checkpoint INTEGER NOT NULL REFERENCES checkpoints (key) ON DELETE CASCADE,
    feature    BLOB NOT NULL,     -- dimension little-endian float32
    PRIMARY KEY (text, checkpoint)
);
CREATE VIRTUAL TABLE words USING fts5 (
    id, recording, source, tags, captions, tokenize = 'porter unicode61 remove_diacritics 2'
);
CREATE TRIGGER words_of_no_clip AFTER DELETE ON clips BEGIN DELETE FROM words WHERE rowid = old.key; END;
"""

# What is searched for words, of all clips; the rows of `words` are copies of it.
WORDS = """
SELECT key, id, recording, source,
    coalesce((SELECT group_concat(tag, ' ') FROM (SELECT tag FROM tags WHERE clip = key ORDER BY tag)), ''),
    coalesce((SELECT group_concat(text, char(10)) FROM (
        SELECT texts.text FROM captions JOIN texts ON texts.key = captions.text WHERE clip = clips.key ORDER BY position
    )), '')
FROM clips
"""

_FROM_VERSION_1 = """
INSERT INTO encoders (name, dimension) SELECT encoder, dimension FROM version_1.library;
INSERT INTO clips (id, recording, frames, source, licence, split)
    SELECT id, recording, frames, source, licence, split FROM version_1.clips ORDER BY id;
INSERT INTO motion SELECT key, joints FROM version_1.motion JOIN clips ON id = clip;
INSERT INTO texts (text) SELECT DISTINCT text FROM version_1.captions ORDER BY text;
INSERT INTO captions SELECT clips.key, position, texts.key
    FROM version_1.captions AS old JOIN clips ON id = clip JOIN texts ON texts.text = old.text;
INSERT INTO sentence_features SELECT texts.key, 1, feature
    FROM version_1.sentence_features AS old JOIN texts ON texts.text = old.text ORDER BY texts.key;
"""
_VERSION_1 = ("library", "clips", "captions", "motion", "sentence_features")


def set_up(connection: sqlite3.Connection) -> None:
    """Makes the tables in a database that has none of these; part of the caller's transaction."""
    for statement in TABLES.split(";\n"):
        if statement.strip():
            connection.execute(statement if "TRIGGER" not in statement else f"{statement};")
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {VERSION}")


def migrate(connection: sqlite3.Connection) -> None:
    """Brings a version-1 database to this version; part of the caller's transaction, with foreign keys off."""
    for table in _VERSION_1:
        connection.execute(f"ALTER TABLE {table} RENAME TO version_1_{table}")
    set_up(connection)
    for statement in _FROM_VERSION_1.replace("version_1.", "version_1_").split(";\n"):
        connection.execute(statement)
    index_words(connection)
    for table in _VERSION_1:
        connection.execute(f"DROP TABLE version_1_{table}")


def version_of(connection: sqlite3.Connection) -> int | None:
    """The version of a library's format; None for a database that is none."""
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        return None
    return connection.execute("PRAGMA user_version").fetchone()[0]


def index_words(connection: sqlite3.Connection, clips: Iterable[int] | None = None) -> None:
    """Makes the words of the clips with these keys, by default of all, searchable as they are now."""
    columns = "words (rowid, id, recording, source, tags, captions)"
    if clips is None:
        connection.execute("DELETE FROM words")
        connection.execute(f"INSERT INTO {columns} {WORDS} ORDER BY key")
        return
    keys = [(key,) for key in clips]
    connection.executemany("DELETE FROM words WHERE rowid = ?", keys)
    connection.executemany(f"INSERT INTO {columns} {WORDS} WHERE key = ?", keys)
