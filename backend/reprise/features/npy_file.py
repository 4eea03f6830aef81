"""An .npy file that somebody brings: its numbers, or one sentence."""

from __future__ import annotations

import io
from tokenize import TokenError

import numpy as np
from numpy.typing import NDArray

from reprise_core.errors import RepriseError

# All that NumPy raises for a torn or foreign file, its header being Python source.
_REFUSALS = (ValueError, OSError, EOFError, MemoryError, OverflowError, SyntaxError, TokenError)


def numbers_of(data: bytes, name: str = "") -> NDArray[np.float64]:
    """The array in the bytes of an .npy file, as float64.

    Raises `RepriseError`, with the file's `name` if given, for anything else: another format, a torn file, words.
    """
    try:
        array = np.load(io.BytesIO(data), allow_pickle=False)
    except _REFUSALS as error:
        raise _refusal(name) from error
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiu":
        raise _refusal(name)
    return array.astype(np.float64)


def _refusal(name: str) -> RepriseError:
    who = f"'{name}'" if name else "It"
    return RepriseError("bad_array", f"{who} holds no array of numbers.", "It must be a whole .npy file.")
