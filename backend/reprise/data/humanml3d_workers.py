"""What a worker process must do that the interpreter does not: one thread, quiet at Ctrl-C, gone with its parent."""

from __future__ import annotations

import os
import signal
import threading
from multiprocessing import parent_process


def prepare_worker() -> None:
    """Runs first in every worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the parent ends the work
    threading.Thread(target=_end_with_parent, daemon=True).start()
    import torch

    torch.set_num_threads(1)  # the processes are the parallelism


def _end_with_parent() -> None:
    """A killed parent cannot end its workers, which would wait for work for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
    os._exit(1)
