"""The user's own library: the starter library's copy that clips are added to, used in its place once there is one."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from reprise import assets, user_data

from . import connections

SOURCE = "own"  # of the clips that were added to it; those that it was made of keep theirs


def path() -> Path:
    """Where it is, or will be."""
    return user_data.folder() / "library.sqlite"


def existing() -> Path | None:
    """The user's own library where there is one."""
    return path() if path().is_file() else None


def chosen(given: Path | None) -> Path:
    """The library to use: the one given, else the user's own where there is one, else the starter library."""
    return given or existing() or assets.LIBRARY


def make() -> Path:
    """The user's own library, copied from the starter library if there is none yet; raises `RepriseError`."""
    own = path()
    if own.is_file():
        return own
    temporary = own.with_name(f".{own.name}.{os.getpid()}.part")
    try:
        own.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(assets.LIBRARY.read_bytes())
        try:
            # Fails where another program has just made it, whose clips a rename would throw away.
            with suppress(FileExistsError):
                os.link(temporary, own)
        except OSError:  # a file system without links
            temporary.replace(own)
    except OSError as error:
        raise connections.write_error(own, error) from error
    finally:
        temporary.unlink(missing_ok=True)
    return own
