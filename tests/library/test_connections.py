"""One file, wherever it lies and whoever had it open: no log is left beside it, and none is needed to read it."""

import functools
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from library_samples import FakeEncoder, clip_of, content_of, files_beside

from reprise import assets
from reprise.library import adding, connections, writing
from reprise.library.store import Library
from reprise_core.errors import RepriseError


@pytest.fixture
def path(tmp_path, clips, encoder):
    path = tmp_path / "library.sqlite"
    writing.create(path, clips, encoder)
    return path


def journal(path):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("PRAGMA journal_mode").fetchone()[0]


def killed_writer(path, count=70):
    """A process that adds `count` clips, a transaction for the first 64, and is killed before the end."""
    program = f"""
import os, signal, sys
sys.path.insert(0, {os.fspath(Path(__file__).parent)!r})
from reprise.library import adding
from library_samples import FakeEncoder, clip_of
def clips():
    for i in range({count}):
        yield clip_of(f"new{{i:02}}", (f"caption {{i}}",), 3)
    os.kill(os.getpid(), signal.SIGKILL)
adding.add(sys.argv[1], clips(), [FakeEncoder()])
"""
    done = subprocess.run([sys.executable, "-c", program, os.fspath(path)], timeout=120, check=False)
    assert done.returncode == -signal.SIGKILL


def test_while_it_is_written_there_is_a_log_and_afterwards_one_file(path, encoder):
    seen = []
    adding.add(path, [clip_of("swim")], [encoder], lambda report: seen.extend(files_beside(path)))
    assert f"{path.name}-wal" in seen
    assert files_beside(path) == [path.name]
    assert journal(path) == "delete"


def test_a_reader_that_stays_until_after_the_writer_tidies_up(path, encoder):
    with Library.open(path) as library:
        assert library.info().clips == 3
        adding.add(path, [clip_of("swim")], [encoder], lambda report: library.info())
        assert library.info().clips == 4
    assert files_beside(path) == [path.name]
    assert journal(path) == "delete"


def test_reading_the_shipped_library_leaves_it_alone():
    before, beside = assets.LIBRARY.read_bytes(), files_beside(assets.LIBRARY)
    with Library.open(assets.LIBRARY) as library:
        assert len(library.index(library.encoder)) == len(library.clips())
    assert assets.LIBRARY.read_bytes() == before
    assert files_beside(assets.LIBRARY) == beside == [assets.LIBRARY.name]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_what_a_killed_writer_had_committed_is_read_and_its_log_goes(path, encoder):
    killed_writer(path)
    assert f"{path.name}-wal" in files_beside(path)
    with Library.open(path) as library:
        assert library.info().clips == 3 + 64
    assert files_beside(path) == [path.name]
    adding.add(path, [clip_of("swim")], [encoder])
    with Library.open(path) as library:
        assert library.info().clips == 3 + 64 + 1


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_a_log_that_cannot_be_read_is_no_reason_to_show_half_of_it(path, monkeypatch):
    """A copy on read-only media whose log cannot be opened: better no library than an old or mixed state of it."""
    killed_writer(path)
    before = {file.name: file.read_bytes() for file in path.parent.iterdir()}
    real = connections._plain

    def cannot_lock(path, mode, busy_seconds):
        if mode == "mode=ro":
            raise_as_sqlite_does(sqlite3.SQLITE_CANTOPEN)
        return real(path, mode, busy_seconds)

    monkeypatch.setattr(connections, "_plain", cannot_lock)
    with pytest.raises(RepriseError, match="not closed by whoever changed it last") as error:
        Library.open(path)
    assert "-wal" in error.value.hint
    assert {file.name: file.read_bytes() for file in path.parent.iterdir()} == before


def raise_as_sqlite_does(code):
    error = sqlite3.OperationalError("unable to open database file")
    error.sqlite_errorcode = code
    raise error


@pytest.mark.parametrize("times", [2, 10**6])
def test_a_writer_tries_again_where_sqlite_says_busy_without_waiting(path, monkeypatch, times):
    """As it does when another writer begins or leaves its log in the same moment; but not for ever."""
    refused = []

    class Hasty(sqlite3.Connection):
        def execute(self, sql, *arguments):
            if sql == "PRAGMA journal_mode = WAL" and len(refused) < times:
                refused.append(sql)
                error = sqlite3.OperationalError("database is locked")
                error.sqlite_errorcode = sqlite3.SQLITE_BUSY
                raise error
            return super().execute(sql, *arguments)

    monkeypatch.setattr(connections, "BUSY_SECONDS", 0.3)
    monkeypatch.setattr(sqlite3, "connect", functools.partial(sqlite3.connect, factory=Hasty))
    if times == 2:
        with connections.to_change(path) as connection, connections.transaction(connection):
            connection.execute("DELETE FROM tags")
        assert len(refused) == times
    else:
        with pytest.raises(RepriseError, match="being changed by another program"), connections.to_change(path):
            pass
        assert len(refused) > 2


def test_someone_who_keeps_it_busy_is_told_of(path, monkeypatch):
    monkeypatch.setattr(connections, "BUSY_SECONDS", 0.05)
    monkeypatch.setattr(connections, "READ_BUSY_SECONDS", 0.05)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        for action in (
            lambda: Library.open(path),
            lambda: writing.remove(path, ["walk"]),
            lambda: adding.add(path, [clip_of("swim")], [FakeEncoder()]),
        ):
            with pytest.raises(RepriseError) as error:
                action()
            assert error.value.code == "library_busy"
    assert len(content_of(path)[0]) == 3


def test_paths_that_need_quotes_are_quoted_in_commands_that_help(tmp_path):
    with pytest.raises(RepriseError) as error:
        Library.open(tmp_path / "my lib's & more.sqlite")
    words = error.value.hint.split("reprise library create ")[1]
    if os.name == "posix":
        import shlex

        assert shlex.split(words) == [os.fspath(tmp_path / "my lib's & more.sqlite")]
