"""Which clients are still there, and which jobs nobody waits for any more.

A job is *followed* while a stream of its events is open. It is abandoned when for `patience` seconds

- it was followed once, and since then nobody has followed it or asked for its result; or
- it has never been followed, and its client has been absent: no request, no stream of any of its jobs, no retrieval
  that waits. (A script may queue ten jobs and follow them one after the other.)
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from .job import Job


class Presence:
    """When each client was last heard of. Not thread-safe."""

    def __init__(self, patience: float, clock: Callable[[], float]) -> None:
        self._patience, self._clock = patience, clock
        self._seen_at: dict[str, float] = {}

    def seen(self, *clients: str) -> None:
        """Notes that the clients are there."""
        self._seen_at.update(dict.fromkeys(clients, self._clock()))

    def abandoned(self, jobs: Collection[Job], asking: Iterable[str]) -> list[Job]:
        """The unfinished jobs that nobody waits for; `asking` are the clients whose retrievals wait."""
        self.seen(*asking, *(job.client for job in jobs if job.listeners))
        limit = self._clock() - self._patience
        self._seen_at = {client: seen_at for client, seen_at in self._seen_at.items() if seen_at > limit}
        return [
            job
            for job in jobs
            if not job.state.is_over
            and not job.listeners
            and job.seen_at <= limit
            and (job.was_followed or job.client not in self._seen_at)
        ]
