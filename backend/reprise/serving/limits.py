"""What the queue allows, and for how long it keeps what."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Jobs and retrievals that may wait, in all and of one client; how long results and absent clients are waited for.

    `keep_seconds` a finished job is kept (and at most `keep_jobs` of them); `abandon_seconds` a client may be away
    before its unfinished jobs are cancelled; `unload_seconds` nothing is asked for before the engine is unloaded, None
    for never; `result_bytes` an npz may have.
    """

    waiting: int = 64
    waiting_per_client: int = 16
    keep_jobs: int = 64
    keep_seconds: float = 600.0
    abandon_seconds: float = 30.0
    unload_seconds: float | None = 900.0
    result_bytes: int = 32 * 1024 * 1024
