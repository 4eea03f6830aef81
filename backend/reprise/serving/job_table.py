"""The jobs that are known, by id: unfinished ones, and for a while finished ones. Used under the queue's lock."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator

from reprise_core.contract import Request
from reprise_core.errors import RepriseError

from .job import Event, Job
from .limits import Limits


class JobTable:
    """Forgets a finished job after `limits.keep_seconds` of the clock, and the oldest beyond `limits.keep_jobs`."""

    def __init__(self, limits: Limits, clock: Callable[[], float]) -> None:
        self._limits, self._clock = limits, clock
        self._jobs: dict[str, Job] = {}

    def __bool__(self) -> bool:
        return bool(self._jobs)

    def __iter__(self) -> Iterator[Job]:
        return iter(self._jobs.values())

    def __getitem__(self, job_id: str) -> Job:
        """Raises `unknown_job`."""
        self.forget_old()
        if job_id not in self._jobs:
            raise RepriseError(
                "unknown_job", f"There is no job '{job_id}'.", "It may have been dropped; generate again."
            )
        return self._jobs[job_id]

    def add(self, request: Request, client: str, first: Event) -> Job:
        """A new job with an id that nobody can guess."""
        job = Job(secrets.token_hex(8), request, client, self._clock(), first)
        self._jobs[job.id] = job
        return job

    def forget_old(self) -> None:
        """Drops the finished jobs, with their results, that need not be kept any longer."""
        finished = sorted((job for job in self if job.state.is_over), key=lambda job: job.finished_at)
        oldest_kept = self._clock() - self._limits.keep_seconds
        surplus = len(finished) - self._limits.keep_jobs
        for index, job in enumerate(finished):
            if index < surplus or job.finished_at < oldest_kept:
                del self._jobs[job.id]
