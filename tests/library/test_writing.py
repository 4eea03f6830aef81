import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from library_samples import clip_of, content_of, files_beside

from reprise.library import adding, connections, encoding, writing
from reprise.library.store import Library
from reprise.library.verify import find_damage
from reprise_core.errors import RepriseError


def code_of(action, *arguments, **options):
    with pytest.raises(RepriseError) as error:
        action(*arguments, **options)
    return error.value.code


@pytest.fixture
def path(tmp_path, clips, encoder):
    path = tmp_path / "library.sqlite"
    writing.create(path, clips, encoder)
    return path


def test_the_same_clips_make_the_same_file(tmp_path, clips, encoder):
    for name in ("a", "b"):
        writing.create(tmp_path / name, clips, encoder)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_creating_makes_folders_and_leaves_nothing_else(tmp_path, clips, encoder):
    counts = []
    writing.create(tmp_path / "new" / "library.sqlite", iter(clips), encoder, counts.append)
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["library.sqlite"]
    assert counts == [3]


def test_a_file_that_is_there_is_replaced_only_on_request(path, encoder):
    before = path.read_bytes()
    assert code_of(writing.create, path, [clip_of("one")], encoder) == "file_exists"
    assert path.read_bytes() == before
    writing.create(path, [clip_of("one")], encoder, overwrite=True)
    with Library.open(path) as library:
        assert [clip.id for clip in library.clips()] == ["one"]


@pytest.mark.parametrize(
    "wrong",
    [
        clip_of("walk"),
        clip_of("swim", ()),
        clip_of("swim", ("a person swims", "  ")),
        clip_of(""),
        replace(clip_of("swim"), joints=np.zeros((5, 21, 3), np.float32)),
        replace(clip_of("swim"), joints=np.full((5, 22, 3), np.inf, np.float32)),
    ],
    ids=["id given twice", "no caption", "empty caption", "no id", "21 joints", "not finite"],
)
def test_a_clip_that_is_not_fit_makes_no_library(tmp_path, clips, encoder, wrong):
    assert code_of(writing.create, tmp_path / "new.sqlite", [*clips, wrong], encoder) == "bad_clip"
    assert not list(tmp_path.iterdir())


def test_an_empty_library(tmp_path, encoder):
    writing.create(tmp_path / "new.sqlite", [], encoder)
    with Library.open(tmp_path / "new.sqlite") as library:
        assert find_damage(library) == ()
        assert library.info().clips == 0
        assert library.clips() == []
        assert len(library.index("fake")) == 0


def test_a_folder_that_cannot_be_made(tmp_path, clips, encoder):
    (tmp_path / "file").write_text("in the way")
    assert code_of(writing.create, tmp_path / "file" / "library.sqlite", clips, encoder) == "cannot_write"


def test_an_interrupt_leaves_no_file(tmp_path, clips, encoder):
    def interrupted():
        yield clips[0]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        writing.create(tmp_path / "library.sqlite", interrupted(), encoder)
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_a_kill_in_the_middle_leaves_no_library(tmp_path):
    program = f"""
import os, signal, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from pathlib import Path
from reprise.library import writing
from library_samples import FakeEncoder, clip_of
def clips():
    for i in range(100):
        if i == 80:
            os.kill(os.getpid(), signal.SIGKILL)
        yield clip_of(f"new{{i}}", (f"caption {{i}}",))
writing.create(Path(sys.argv[1]), clips(), FakeEncoder())
"""
    new = tmp_path / "new.sqlite"
    done = subprocess.run([sys.executable, "-c", program, os.fspath(new)], timeout=120, check=False)
    assert done.returncode == -signal.SIGKILL
    assert not new.exists()


def test_a_log_that_a_killed_writer_left_does_not_spoil_the_library_that_replaces_its_own(path, encoder):
    with connections.to_change(path) as connection, connections.transaction(connection):
        connection.execute("UPDATE clips SET licence = 'old'")
    log = path.with_name(path.name + "-wal")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        with connection:
            connection.execute("UPDATE clips SET licence = 'older'")
        left = log.read_bytes()  # what is there if its process is killed now
    log.write_bytes(left)
    writing.create(path, [clip_of("one")], encoder, overwrite=True)
    with Library.open(path) as library:
        assert [(clip.id, clip.licence) for clip in library.clips()] == [("one", "CC0-1.0")]
        assert find_damage(library) == ()
    assert files_beside(path) == [path.name]


def test_removing(path):
    writing.remove(path, ["walk", "jump"])
    with Library.open(path) as library:
        assert find_damage(library) == ()
        assert [clip.id for clip in library.clips()] == ["walk-mirrored"]
        assert library.index("fake").texts == ("a person walks",)
    before = content_of(path)
    with pytest.raises(RepriseError, match="'fly', 'swim'") as error:
        writing.remove(path, ["fly", "swim", "walk-mirrored"])
    assert error.value.code == "no_clip"
    assert content_of(path) == before


def test_compacting_gives_room_back_and_changes_nothing(tmp_path, encoder):
    path = tmp_path / "library.sqlite"
    writing.create(path, [clip_of(f"clip{i}", (f"caption {i}",)) for i in range(30)], encoder)
    writing.remove(path, [f"clip{i}" for i in range(25)])
    before, content = path.stat().st_size, content_of(path)
    writing.compact(path)
    assert path.stat().st_size < before / 2
    assert content_of(path) == content


def test_a_library_may_become_empty(path, clips):
    writing.remove(path, [clip.id for clip in clips])
    with Library.open(path) as library:
        assert find_damage(library) == ()
        assert len(library.index("fake")) == 0


def test_changing_what_is_no_library(tmp_path, encoder):
    text = tmp_path / "a.txt"
    text.write_text("hello " * 500)
    assert code_of(adding.add, text, [clip_of("swim")], [encoder]) == "bad_library"
    assert code_of(writing.remove, text, ["swim"]) == "bad_library"
    assert code_of(encoding.encode, tmp_path / "missing", encoder) == "no_library"
    assert text.read_text() == "hello " * 500
