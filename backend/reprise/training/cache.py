"""What training derives from a data set and keeps beside it, so that the next run, or another process, finds it there.

A folder appears whole or not at all; what it is made from is part of its name. Building a data set anew removes them.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from reprise_core.errors import RepriseError

FOLDER = "cache"


def kept(dataset: Path, name: str, make: Callable[[Path], None]) -> Path:
    """The folder `name` of a data set's cache; when it is not there, `make` fills it.

    Raises `RepriseError` when the data set's folder cannot be written.
    """
    folder = dataset / FOLDER / name
    if folder.is_dir():
        return folder
    temporary = folder.with_name(f".{name}.{os.getpid()}.part")
    try:
        temporary.mkdir(parents=True)
        make(temporary)
        temporary.rename(folder)
    except OSError as error:
        if not folder.is_dir():  # another process may have been quicker
            raise RepriseError(
                "cannot_write",
                f"What training prepares cannot be kept in {folder.parent} ({error.strerror or error}).",
                "Check the folder's rights and space, or copy the data set to another place.",
            ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return folder


def fingerprint(parts: Iterable[str]) -> str:
    """Sixteen hexadecimal digits that stand for some texts in their order."""
    digest = hashlib.blake2b(digest_size=8)
    for part in parts:
        digest.update(part.encode())
        digest.update(b"\0")
    return digest.hexdigest()
