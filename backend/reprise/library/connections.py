"""Opening a library's file: to read (never changes it), or to change it in transactions."""

from __future__ import annotations

import shlex
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from reprise_core.errors import RepriseError

from . import schema

BUSY_SECONDS = 30.0  # for a writer: it waits for whole transactions of others
_PAUSE_SECONDS = 0.01  # before a writer tries again where SQLite would not wait
READ_BUSY_SECONDS = 3.0  # for a reader, which writers lock out only for moments: somebody waits for the answer


def to_read(path: Path) -> sqlite3.Connection:
    """A checked connection that cannot write, and that any thread may use; close it with `close`.

    Falls back to SQLite's `immutable` mode where the file lies on read-only media and cannot be locked. A library of
    an older version is read through a copy in memory that is brought up to date. Raises `RepriseError` when the file
    is missing, is no library, or is of a newer version.
    """
    _check_is_file(path)
    try:
        return _connect(path, "mode=ro")
    except sqlite3.OperationalError as error:
        if _code(error) not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR):
            raise read_error(path, error) from error
        if _beside(path, "-wal").is_file() and _beside(path, "-wal").stat().st_size:
            raise RepriseError(
                "bad_library",
                f"The library {path} was not closed by whoever changed it last, and its log cannot be read ({error}).",
                "Copy it together with the file ending in -wal to a folder that can be written, and use that.",
            ) from error
    try:
        return _connect(path, "mode=ro&immutable=1")
    except sqlite3.OperationalError as error:
        raise read_error(path, error) from error


def close(connection: sqlite3.Connection, path: Path) -> None:
    """Closes a connection that read; if it was the last one after a writer, the log's files go. Safe to call again."""
    connection.close()
    if _beside(path, "-wal").is_file():
        with suppress(sqlite3.Error), closing(_plain(path, "mode=rw", 0.0)) as last:
            _leave_log(last)


@contextmanager
def to_change(path: Path) -> Iterator[sqlite3.Connection]:
    """A checked connection that enforces foreign keys, for use with `transaction`; leaves no log behind.

    A library of an older version is first brought up to date, in a transaction of its own. Whatever SQLite cannot do
    becomes a `RepriseError`.
    """
    _check_is_file(path)
    try:
        connection = _plain(path, "mode=rw", BUSY_SECONDS)
        try:
            if _checked_version(connection, path) < schema.VERSION:
                with transaction(connection):
                    if _checked_version(connection, path) < schema.VERSION:  # not done by another in the meantime
                        schema.migrate(connection)
            connection.execute("PRAGMA foreign_keys = ON")
            _begin_log(connection)
            yield connection
        finally:
            _leave_log(connection)
            connection.close()
    except sqlite3.OperationalError as error:
        raise write_error(path, error) from error
    except sqlite3.DatabaseError as error:
        raise read_error(path, error) from error


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Commits at the end, or rolls back when anything is raised, an interrupt from the keyboard included."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def new_file(path: Path) -> sqlite3.Connection:
    """A connection to a new file, without tables yet."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f"PRAGMA page_size = {schema.PAGE_SIZE}")
    return connection


def remove_log(path: Path) -> None:
    """Removes what a killed writer left beside a file that is about to be replaced: it would spoil the new one."""
    for suffix in ("-wal", "-shm", "-journal"):
        _beside(path, suffix).unlink(missing_ok=True)


def command(*words: str | Path) -> str:
    """A command line that can be pasted into a terminal."""
    given = [str(word) for word in words]
    return subprocess.list2cmdline(given) if sys.platform == "win32" else shlex.join(given)


def read_error(path: Path, error: Exception) -> RepriseError:
    """What to tell when SQLite cannot read a library."""
    if _code(error) == sqlite3.SQLITE_BUSY:
        return _busy(path)
    return RepriseError(
        "bad_library", f"The library {path} is damaged or unreadable ({error}).", "Use a copy, or create it again."
    )


def write_error(path: Path, error: Exception) -> RepriseError:
    """What to tell when a library cannot be written."""
    if _code(error) == sqlite3.SQLITE_BUSY:
        return _busy(path)
    return RepriseError(
        "cannot_write", f"The library {path} could not be written ({error}).", "Check the folder's rights and space."
    )


def _begin_log(connection: sqlite3.Connection) -> None:
    """A log beside the file, with which readers go on; on media that cannot share memory the rollback journal stays.

    Where another writer begins or leaves its log in the same moment SQLite says that it is busy without waiting, for
    fear of a deadlock. Nothing is held here that anybody could wait for, so this tries again.
    """
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
        time.sleep(_PAUSE_SECONDS)


def _leave_log(connection: sqlite3.Connection) -> None:
    """Back to a single file, which read-only media can hold, unless others are using the log; they will, then."""
    with suppress(sqlite3.Error):
        connection.execute("PRAGMA busy_timeout = 0")
        connection.execute("PRAGMA journal_mode = DELETE")


def _busy(path: Path) -> RepriseError:
    return RepriseError("library_busy", f"The library {path} is being changed by another program.", "Try again.")


def _code(error: Exception) -> int | None:
    """SQLite's primary result code, None when the error is not SQLite's."""
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _check_is_file(path: Path) -> None:
    if not path.is_file():
        what = "is a folder, not a motion library" if path.is_dir() else "does not exist"
        hint = f"Name a library file, or make one: {command('reprise', 'library', 'create', path)}"
        raise RepriseError("no_library", f"The motion library {path} {what}.", hint)


def _plain(path: Path, mode: str, busy_seconds: float) -> sqlite3.Connection:
    # The sqlite3 module is built for use from several threads; one worker and many readers may share a connection.
    uri = f"{path.absolute().as_uri()}?{mode}"
    return sqlite3.connect(uri, busy_seconds, isolation_level=None, check_same_thread=False, uri=True)


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    connection = _plain(path, mode, READ_BUSY_SECONDS)
    try:
        return connection if _checked_version(connection, path) == schema.VERSION else _brought_up_to_date(connection)
    except BaseException:
        close(connection, path)
        raise


def _brought_up_to_date(old: sqlite3.Connection) -> sqlite3.Connection:
    with closing(old):
        memory = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        old.backup(memory)
    with transaction(memory):
        schema.migrate(memory)
    memory.execute("PRAGMA query_only = ON")
    return memory


def _checked_version(connection: sqlite3.Connection, path: Path) -> int:
    try:
        version = schema.version_of(connection)
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:
        version = None
    if version is None:
        raise RepriseError("bad_library", f"{path} is no motion library.", "Name a library file.")
    if version > schema.VERSION:
        raise RepriseError(
            "newer_library",
            f"The library {path} was made by a newer Reprise (library format {version}; this one reads "
            f"{schema.VERSION}).",
            "Update Reprise.",
        )
    return version
