"""What the queue holds: a generation with its state and last event, or a question for references."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from reprise_core.contract import Reference, Request
from reprise_core.errors import RepriseError


class State(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


class EngineState(StrEnum):
    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True)
class Event:
    """What a subscriber is told: `progress` any number of times, then one of `done`, `cancelled`, `failed`."""

    name: str
    data: Mapping[str, Any]

    @property
    def is_last(self) -> bool:
        """Whether no event of this job can follow."""
        return self.name != "progress"


@dataclass
class Job:
    """A generation; changed only under the queue's lock."""

    id: str
    request: Request
    last: Event
    state: State = State.QUEUED
    result: bytes | None = None
    error: RepriseError | None = None
    finished_at: float = 0.0
    listeners: list[Callable[[Event], None]] = field(default_factory=list)


@dataclass
class Retrieval:
    """A question for references and the future that its answer goes to."""

    request: Request
    answer: Future[list[Reference]]
