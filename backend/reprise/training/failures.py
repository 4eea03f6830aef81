"""What can go wrong in the middle of a training through no fault of ours, told in one sentence."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reprise.out_of_memory import is_out_of_memory
from reprise_core.errors import RepriseError

_NO_ROOM = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
_NO_RIGHT = (errno.EACCES, errno.EPERM, errno.EROFS)


@contextmanager
def told_in_a_sentence(out: Path, less_memory: str) -> Iterator[None]:
    """A full disk, a folder that cannot be written and memory that runs out become `RepriseError`.

    `out` is the run's folder, whose last checkpoint is whole because files are renamed into place; `less_memory` says
    what to change when there is too little.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in (*_NO_ROOM, *_NO_RIGHT):
            raise
        hint = "Make room" if error.errno in _NO_ROOM else "Check the folder's rights"
        raise RepriseError(
            "cannot_write",
            f"The run's files in {out} cannot be written ({error.strerror}).",
            f"{hint}, then go on with --resume: what was saved before is whole.",
        ) from error
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        raise RepriseError("out_of_memory", "There is not enough memory for this training.", less_memory) from error
