"""What the queue holds: a generation with its state and last event, or a question for references."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from reprise_core.contract import Progress, Reference, Request
from reprise_core.errors import RepriseError


class State(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"

    @property
    def is_over(self) -> bool:
        """Whether nothing can follow (but a cancel, which drops a result)."""
        return self in (State.DONE, State.CANCELLED, State.FAILED)


@dataclass(frozen=True)
class Event:
    """What a subscriber is told: `progress` any number of times, then one of `done`, `cancelled`, `failed`.

    `number` counts a job's events from 0; each one supersedes those before it.
    """

    name: str
    data: Mapping[str, Any]
    number: int = 0

    @property
    def is_last(self) -> bool:
        """Whether no event of this job can follow."""
        return self.name != "progress"


_TELL_EVERY_SECONDS = 0.1
Listener = Callable[[Event], None]


@dataclass(eq=False)
class Job:
    """A generation of a client; changed only under the queue's lock.

    `seen_at` is when somebody last asked for it, `was_followed` whether its events have ever been listened to.
    """

    id: str
    request: Request
    client: str
    seen_at: float
    last: Event
    state: State = State.QUEUED
    result: bytes | None = None
    error: RepriseError | None = None
    finished_at: float = 0.0
    was_followed: bool = False
    told_at: float = 0.0
    listeners: list[Listener] = field(default_factory=list)

    def publish(self, name: str, data: Mapping[str, Any]) -> None:
        """Makes this the last event and tells the listeners."""
        self.last = Event(name, data, self.last.number + 1)
        for listener in self.listeners:
            listener(self.last)

    def progress(self, progress: Progress, now: float) -> None:
        """Publishes a progress event, but of the steps within a stage only as many as an eye can follow.

        Every event wakes the thread that serves and the client: 200 a second would cost a generation a tenth of its
        time. A stage's beginning and its last step are always told.
        """
        is_new = progress.stage != self.last.data.get("stage")
        if is_new or progress.step == progress.total or now - self.told_at >= _TELL_EVERY_SECONDS:
            self.told_at = now
            self.publish("progress", progress.to_json())

    def finish(self, state: State, now: float, result: bytes | None = None, error: RepriseError | None = None) -> None:
        """Tells the listeners how it ended, and lets them go."""
        self.state, self.result, self.error, self.finished_at = state, result, error, now
        told: Mapping[str, Any] = {} if error is None else error.to_json()
        self.publish(state.value, told if state is State.FAILED else {"id": self.id, **told})
        self.listeners.clear()

    def outcome(self) -> bytes:
        """The result of a job that is done; raises `job_running`, `job_cancelled` or `job_failed`."""
        if self.state is State.DONE and self.result is not None:
            return self.result
        if self.error is not None:
            code = "job_failed" if self.state is State.FAILED else "job_cancelled"
            raise RepriseError(code, self.error.message, self.error.hint)
        raise RepriseError("job_running", f"Job {self.id} is {self.state}.", "Wait for its 'done' event.")


@dataclass(eq=False)
class Retrieval:
    """A client's question for references and the future that its answer goes to."""

    request: Request
    client: str
    answer: Future[list[Reference]]
