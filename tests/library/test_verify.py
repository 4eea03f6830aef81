"""Everything that is damaged is said, not only the first."""

import sqlite3
from contextlib import closing

import numpy as np
import pytest

from reprise.library import encoding, reference_features, writing
from reprise.library.store import Library
from reprise.library.verify import find_damage

DAMAGE = {
    "UPDATE motion SET joints = X'00FF' WHERE clip = 1": ["motion of 'walk'"],
    "UPDATE motion SET joints = 'text' WHERE clip = 1": ["motion of 'walk'"],
    "UPDATE clips SET frames = 39 WHERE id = 'walk'": ["motion of 'walk'"],
    "DELETE FROM motion WHERE clip = 2": ["'jump' has no motion"],
    "DELETE FROM captions WHERE clip = 2": ["'jump' has no caption", "words to search 'jump'"],
    "UPDATE sentence_features SET feature = zeroblob(32) WHERE text = 1": ["feature of 'a person walks' by fake"],
    "UPDATE sentence_features SET feature = X'0000' WHERE text = 2": ["feature of 'someone walks forward' by fake"],
    "UPDATE thumbnails SET image = X'00' WHERE clip = 1": ["picture of 'walk'"],
    "DELETE FROM words WHERE rowid = 1": ["words to search 'walk'"],
    "UPDATE words SET captions = 'x' WHERE rowid = 1": ["words to search 'walk'"],
    "INSERT INTO words (rowid, id) VALUES (99, 'x')": ["words to search 1 clips"],
    "INSERT INTO tags VALUES (77, 'lost')": ["table 'tags' belongs to nothing"],
    "UPDATE reference_motions SET feature = X'00000000' WHERE clip = 1": ["reference features of 'walk' by net"],
    "UPDATE reference_texts SET feature = X'0000C07F'": ["reference features of 'a person walks' by net"],
}  # fmt: skip


@pytest.fixture
def path(tmp_path, clips, encoder):
    path = tmp_path / "library.sqlite"
    writing.create(path, clips, encoder)
    ones = np.ones((2, 3), np.float32)
    reference_features.keep(path, "content", "net", {clip.id: ones for clip in clips}, {"a person walks": ones[0]})
    return path


def damaged(path, *statements):
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)
    with Library.open(path) as library:
        return find_damage(library)


def test_a_library_without_damage(path):
    assert damaged(path) == ()


@pytest.mark.parametrize("statement", DAMAGE)
def test_each_kind_of_damage(path, statement):
    found = damaged(path, statement)
    assert len(found) == len(DAMAGE[statement])
    for what, expected in zip(found, DAMAGE[statement], strict=True):
        assert expected in what


def test_all_of_it_at_once(path):
    statements = [statement for statement in DAMAGE if "DELETE FROM words" not in statement]
    found = " | ".join(damaged(path, *statements))
    for expected in {what for parts in DAMAGE.values() for what in parts}:
        assert expected in found


def test_pages_that_were_overwritten_do_not_hide_the_rest(path):
    """SQLite itself cannot read such a table; the others are checked all the same."""
    encoding.draw_pictures(path)
    with closing(sqlite3.connect(path)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'thumbnails'").fetchone()
        size = connection.execute("PRAGMA page_size").fetchone()[0]
        with connection:
            connection.execute("UPDATE motion SET joints = X'00FF' WHERE clip = 2")
    data = bytearray(path.read_bytes())
    data[(page - 1) * size : page * size] = b"\xff" * size
    path.write_bytes(data)
    with Library.open(path) as library:
        found = find_damage(library)
    assert any("motion of 'jump'" in what for what in found)
    assert len(found) >= 2
