"""A library of the first version: read as it is, brought up to date by whoever changes it, in one transaction."""

import os
import sqlite3
from contextlib import closing

import pytest
from library_samples import FakeEncoder, clip_of, content_of, files_beside

from reprise.library import adding, connections, encoding, joint_codec, schema, writing
from reprise.library.store import Library
from reprise.library.verify import find_damage

# As the first release wrote it.
VERSION_1 = """
CREATE TABLE library (encoder TEXT NOT NULL, dimension INTEGER NOT NULL);
CREATE TABLE clips (
    id TEXT PRIMARY KEY, recording TEXT NOT NULL, frames INTEGER NOT NULL CHECK (frames > 0), seconds REAL NOT NULL,
    source TEXT NOT NULL, licence TEXT NOT NULL, split TEXT NOT NULL
);
CREATE TABLE captions (
    clip TEXT NOT NULL REFERENCES clips (id) ON DELETE CASCADE, position INTEGER NOT NULL, text TEXT NOT NULL,
    PRIMARY KEY (clip, position)
) WITHOUT ROWID;
CREATE TABLE motion (clip TEXT PRIMARY KEY REFERENCES clips (id) ON DELETE CASCADE, joints BLOB NOT NULL);
CREATE TABLE sentence_features (text TEXT PRIMARY KEY, feature BLOB NOT NULL) WITHOUT ROWID;
PRAGMA application_id = 0x52505253;
PRAGMA user_version = 1;
"""


@pytest.fixture
def old(tmp_path, clips, encoder):
    path = tmp_path / "old.sqlite"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(VERSION_1)
        connection.execute("INSERT INTO library VALUES (?, ?)", (encoder.name, encoder.dimension))
        for clip in clips:
            frames = len(clip.joints) - 1
            row = (clip.id, clip.recording, frames, frames / 20, clip.source, clip.licence, clip.split)
            connection.execute("INSERT INTO clips VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            connection.execute("INSERT INTO motion VALUES (?, ?)", (clip.id, joint_codec.pack(clip.joints)))
            captions = [(clip.id, position, text) for position, text in enumerate(clip.captions)]
            connection.executemany("INSERT INTO captions VALUES (?, ?, ?)", captions)
            features = [(text, encoder.encode([text]).sentence[0].tobytes()) for text in clip.captions]
            connection.executemany("INSERT OR IGNORE INTO sentence_features VALUES (?, ?)", features)
    return path


@pytest.fixture
def new(tmp_path, clips, encoder):
    writing.create(tmp_path / "new.sqlite", clips, encoder)
    return tmp_path / "new.sqlite"


def version(path):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("PRAGMA user_version").fetchone()[0]


def test_it_is_read_without_a_change(old, new):
    before = old.read_bytes()
    assert content_of(old) == content_of(new)
    with Library.open(old) as library:
        assert find_damage(library) == ()
        assert library.thumbnail("walk") is None
    assert old.read_bytes() == before
    assert files_beside(old) == [old.name]


@pytest.mark.parametrize(
    "change",
    [
        lambda path: adding.add(path, [clip_of("swim", ("a person swims",))], [FakeEncoder()]),
        lambda path: writing.remove(path, ["walk"]),
        lambda path: encoding.encode(path, FakeEncoder("other", 5)),
        writing.compact,
        encoding.draw_pictures,
    ],
    ids=["add", "remove", "encode", "compact", "pictures"],
)
def test_every_change_brings_it_up_to_date(old, new, change):
    for path in (old, new):
        change(path)
    assert version(old) == schema.VERSION
    assert content_of(old) == content_of(new)
    with Library.open(old) as library:
        assert find_damage(library) == ()
    assert files_beside(old) == [old.name]


def test_a_migration_that_fails_leaves_it_as_it_was(old, monkeypatch):
    before = content_of(old)
    monkeypatch.setattr(schema, "_FROM_VERSION_1", schema._FROM_VERSION_1 + ";\nINSERT INTO nowhere VALUES (1)")
    with pytest.raises(Exception, match="no such table"), connections.to_change(old):
        pass
    monkeypatch.undo()
    assert version(old) == 1
    assert content_of(old) == before


@pytest.mark.skipif(os.name != "posix", reason="two processes in one test by fork")
def test_two_that_bring_it_up_to_date_at_once(old, new):
    child = os.fork()
    encoding.encode(old, FakeEncoder())
    if not child:
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert content_of(old) == content_of(new)
