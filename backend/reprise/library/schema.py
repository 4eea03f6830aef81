"""The library's SQLite schema, and opening a file that must have it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from reprise_core.errors import RepriseError

APPLICATION_ID = 0x52505253  # "RPRS": what `file` and SQLite show of the kind of database
VERSION = 1
BUSY_SECONDS = 30.0
_HINT = "Name a library file, or make one: reprise library create."

# Features are kept by text: clips that share a caption share its row.
TABLES = """
CREATE TABLE library (
    encoder   TEXT NOT NULL,     -- of all sentence features
    dimension INTEGER NOT NULL
);
CREATE TABLE clips (
    id        TEXT PRIMARY KEY,
    recording TEXT NOT NULL,     -- windows and mirrored twins of one recording share it
    frames    INTEGER NOT NULL CHECK (frames > 0),
    seconds   REAL NOT NULL,     -- frames / 20
    source    TEXT NOT NULL,
    licence   TEXT NOT NULL,
    split     TEXT NOT NULL
);
CREATE TABLE captions (
    clip      TEXT NOT NULL REFERENCES clips (id) ON DELETE CASCADE,
    position  INTEGER NOT NULL,
    text      TEXT NOT NULL,
    PRIMARY KEY (clip, position)
) WITHOUT ROWID;
CREATE TABLE motion (
    clip      TEXT PRIMARY KEY REFERENCES clips (id) ON DELETE CASCADE,
    joints    BLOB NOT NULL      -- frames + 1 poses of 22 joints, see joint_codec.py
);
CREATE TABLE sentence_features (
    text      TEXT PRIMARY KEY,
    feature   BLOB NOT NULL      -- dimension little-endian float32, unit length
) WITHOUT ROWID;
"""


def set_up(connection: sqlite3.Connection, encoder: str, dimension: int) -> None:
    """Makes the tables in an empty database; part of the caller's transaction."""
    for statement in TABLES.split(";\n"):
        if statement.strip():
            connection.execute(statement)
    connection.execute("INSERT INTO library VALUES (?, ?)", (encoder, dimension))
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {VERSION}")


def connect_to_read(path: Path) -> sqlite3.Connection:
    """A checked connection that cannot write, and that any thread may use.

    Falls back to SQLite's `immutable` mode where the file lies on read-only media and cannot be locked. Raises
    `RepriseError` when the file is missing or is no library of this version.
    """
    _check_is_file(path)
    try:
        return _connect_checked(path, "mode=ro")
    except sqlite3.OperationalError as error:
        if _code(error) not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR):
            raise read_error(path, error) from error
    try:
        return _connect_checked(path, "mode=ro&immutable=1")
    except sqlite3.OperationalError as error:
        raise read_error(path, error) from error


def connect_to_write(path: Path) -> sqlite3.Connection:
    """A checked connection that enforces foreign keys; the caller begins and ends transactions."""
    _check_is_file(path)
    try:
        connection = _connect_checked(path, "mode=rw")
        connection.execute("PRAGMA foreign_keys = ON")
        return connection
    except sqlite3.OperationalError as error:
        raise write_error(path, error) from error


def read_error(path: Path, error: Exception) -> RepriseError:
    """What to tell when SQLite cannot read a library."""
    if _code(error) == sqlite3.SQLITE_BUSY:
        return RepriseError("library_busy", f"The library {path} is being changed by another program.", "Try again.")
    return RepriseError(
        "bad_library", f"The library {path} is damaged or unreadable ({error}).", "Use a copy, or create it again."
    )


def write_error(path: Path, error: Exception) -> RepriseError:
    """What to tell when a library cannot be written."""
    if _code(error) == sqlite3.SQLITE_BUSY:
        return RepriseError("library_busy", f"The library {path} is being changed by another program.", "Try again.")
    return RepriseError(
        "cannot_write", f"The library {path} could not be written ({error}).", "Check the folder's rights and space."
    )


def _code(error: Exception) -> int | None:
    """SQLite's primary result code, None when the error is not SQLite's."""
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def _check_is_file(path: Path) -> None:
    if not path.is_file():
        what = "is a folder, not a motion library" if path.is_dir() else "does not exist"
        raise RepriseError(
            "no_library",
            f"The motion library {path} {what}.",
            "Name a library file, or make one: reprise library create.",
        )


def _connect_checked(path: Path, mode: str) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?{mode}"
    # The sqlite3 module is built for use from several threads; one worker and many readers may share a connection.
    connection = sqlite3.connect(uri, BUSY_SECONDS, isolation_level=None, check_same_thread=False, uri=True)
    try:
        _check_kind(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _check_kind(connection: sqlite3.Connection, path: Path) -> None:
    try:
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as error:
        raise _no_library(path) from error
    if application != APPLICATION_ID:
        raise _no_library(path)
    if version > VERSION:
        raise RepriseError(
            "newer_library",
            f"The library {path} was made by a newer Reprise (library format {version}; this one reads {VERSION}).",
            "Update Reprise.",
        )


def _no_library(path: Path) -> RepriseError:
    return RepriseError("bad_library", f"{path} is no motion library.", _HINT)
