"""Notices that the process which started us has gone, so that no orphan keeps a port and a graphics card."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable

_POLL_SECONDS = 1.0
_PATIENCE_SECONDS = 10.0
log = logging.getLogger(__name__)


def when_parent_ends(stop: Callable[[], None]) -> None:
    """Calls `stop` once when standard input ends or, on POSIX, when another process has become our parent.

    The parent is polled rather than tied with PR_SET_PDEATHSIG, which fires already when the *thread* that started us
    ends. If the process is still there after ten seconds, it is ended the hard way.
    """
    pipe = _claimed_stdin()
    ended = threading.Event()
    threading.Thread(target=_read_to_end, args=(pipe, ended), name="reprise-stdin", daemon=True).start()
    if os.name == "posix":
        threading.Thread(target=_watch_parent, args=(os.getppid(), ended), name="reprise-parent", daemon=True).start()
    threading.Thread(target=_stop_when, args=(ended, stop), name="reprise-stop", daemon=True).start()


def _claimed_stdin() -> int:
    """A private copy of standard input, with the null device in its place.

    On Windows a pipe with a pending read blocks whoever merely asks what standard input is, as many libraries do when
    they load.
    """
    pipe = os.dup(0)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    return pipe


def _read_to_end(pipe: int, ended: threading.Event) -> None:
    try:
        while os.read(pipe, 4096):
            pass
    except OSError:
        pass  # a broken pipe is an end too
    ended.set()


def _watch_parent(parent: int, ended: threading.Event) -> None:
    while not ended.wait(_POLL_SECONDS):
        if os.getppid() != parent:
            ended.set()


def _stop_when(ended: threading.Event, stop: Callable[[], None]) -> None:
    ended.wait()
    log.info("The parent process has ended; stopping.")
    stop()
    time.sleep(_PATIENCE_SECONDS)
    os._exit(0)
