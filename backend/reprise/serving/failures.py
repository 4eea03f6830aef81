"""Turns any exception of a generation into one sentence for the person who asked for it."""

from __future__ import annotations

import logging

from reprise.out_of_memory import is_out_of_memory
from reprise_core.errors import RepriseError

from .memory import release_memory

log = logging.getLogger(__name__)


def explain(error: BaseException) -> RepriseError:
    """The `RepriseError` for `error`: itself if it is one, `out_of_memory` for torch's and Python's, else `internal`.

    An internal error names only the kind of exception; the traceback belongs in the log.
    """
    if isinstance(error, RepriseError):
        return error
    if is_out_of_memory(error):
        return RepriseError(
            "out_of_memory",
            "There is not enough memory for this generation.",
            "Ask for fewer takes or seconds, close other programs, or use the CPU.",
        )
    if isinstance(error, ImportError):
        return RepriseError(
            "broken_installation",
            f"The backend's installation is incomplete: {_one_line(error)}.",
            "Install the backend again.",
        )
    return RepriseError(
        "internal",
        f"The backend failed unexpectedly ({type(error).__name__}).",
        "Its log has the details; please report it.",
    )


def log_and_explain(error: BaseException, what: str) -> RepriseError:
    """Writes `error` to the log, gives memory back when it ran out, and returns what to tell the person who asked."""
    # A RepriseError is the user's to mend; only for what nobody foresaw is the traceback of use.
    log.error("%s: %s", what, error, exc_info=None if isinstance(error, RepriseError) else error)
    if is_out_of_memory(error):
        release_memory()
    return explain(error)


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()).rstrip(".")
