"""How much memory the process holds, and giving back what it does not need."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import sys
from typing import Any


def resident_bytes() -> int:
    """The process's resident set size."""
    import psutil  # only a service asks, and every command would pay for it

    return psutil.Process().memory_info().rss


def device_bytes() -> int | None:
    """What torch holds of a CUDA device; None when it does not use one."""
    torch = _torch_with_cuda()
    return None if torch is None else int(torch.cuda.memory_reserved())


def release_memory() -> None:
    """Gives freed memory back, to the accelerator and to the system.

    Of the system's only glibc keeps much: torch's freed weights lie in its arenas until it is told to trim them.
    """
    gc.collect()
    torch = _torch_with_cuda()
    if torch is not None:
        with contextlib.suppress(RuntimeError):  # a lost device cannot even be asked to let go
            torch.cuda.empty_cache()
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # another C library
            ctypes.CDLL(None).malloc_trim(0)


def _torch_with_cuda() -> Any:
    """Torch if it is imported already and has started CUDA."""
    torch = sys.modules.get("torch")
    cuda = getattr(torch, "cuda", None)  # absent while another thread is importing it
    return torch if cuda is not None and hasattr(cuda, "is_initialized") and cuda.is_initialized() else None
