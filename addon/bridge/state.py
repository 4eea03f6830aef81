"""The states of the backend process and of a job, and which may follow which."""

from __future__ import annotations

from enum import Enum


class BackendState(Enum):
    NOT_INSTALLED = "not installed"
    INSTALLING = "installing"
    STOPPED = "stopped"
    STARTING = "starting"
    READY = "ready"
    BUSY = "busy"
    STOPPING = "stopping"
    FAILED = "failed"


class JobState(Enum):
    WAITING = "waiting"  # made, not started
    STARTING = "starting"  # the backend is being started
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"

    @property
    def is_over(self) -> bool:
        """Whether nothing can follow."""
        return self in (JobState.DONE, JobState.CANCELLED, JobState.FAILED)


_B, _J = BackendState, JobState
_LEGAL: dict[Enum, frozenset[Enum]] = {
    _B.NOT_INSTALLED: frozenset((_B.STOPPED, _B.INSTALLING)),
    _B.INSTALLING: frozenset((_B.NOT_INSTALLED, _B.STOPPED, _B.FAILED)),
    _B.STOPPED: frozenset((_B.NOT_INSTALLED, _B.INSTALLING, _B.STARTING)),
    _B.STARTING: frozenset((_B.READY, _B.STOPPING, _B.FAILED)),
    _B.READY: frozenset((_B.BUSY, _B.STOPPING, _B.FAILED)),
    _B.BUSY: frozenset((_B.READY, _B.STOPPING, _B.FAILED)),
    _B.STOPPING: frozenset((_B.STOPPED,)),
    _B.FAILED: frozenset((_B.NOT_INSTALLED, _B.INSTALLING, _B.STOPPED, _B.STARTING)),
    _J.WAITING: frozenset((_J.STARTING, _J.CANCELLED)),
    _J.STARTING: frozenset((_J.RUNNING, _J.CANCELLED, _J.FAILED)),
    _J.RUNNING: frozenset((_J.DONE, _J.CANCELLED, _J.FAILED)),
    _J.DONE: frozenset(),
    _J.CANCELLED: frozenset(),
    _J.FAILED: frozenset(),
}


def assert_legal(before: Enum, after: Enum) -> None:
    """Raises AssertionError when `after` may not follow `before`: that is a bug of ours, never the user's."""
    if after not in _LEGAL[before]:
        raise AssertionError(f"{type(before).__name__}: {before.name} -> {after.name} is not a legal transition")
