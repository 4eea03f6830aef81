"""Telling that memory ran out, whoever says it."""

from __future__ import annotations

_WORDS = ("out of memory", "can't allocate memory", "cannot allocate memory", "not enough memory")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out, of the machine or of the accelerator.

    Torch's own class is a RuntimeError, and on the CPU it raises a bare RuntimeError, so the words decide.
    """
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    return isinstance(error, RuntimeError) and any(words in str(error).lower() for words in _WORDS)
