"""What the service tells of itself: its health and its capabilities."""

from __future__ import annotations

from reprise_core import contract
from reprise_core.errors import RepriseError

from .. import __version__
from . import schema
from .answers import MAX_BODY_BYTES
from .engine_host import EngineState
from .jobs import JobQueue
from .memory import device_bytes, resident_bytes


def health(jobs: JobQueue) -> schema.Health:
    """For `GET /v1/health`."""
    status, (running, queued) = jobs.engine, jobs.lengths()
    told = status.description or {}
    return schema.Health(
        status="ok",
        version=__version__,
        contract=contract.CONTRACT_VERSION,
        engine=status.state,
        error=_body(status.error),
        engines=told.get("loaded", [told["engine"]]) if status.state is EngineState.READY else [],
        device=told.get("device"),
        library=told.get("library"),
        memory=schema.Memory(resident_bytes=resident_bytes(), device_bytes=device_bytes()),
        running=running,
        queued=queued,
    )


def capabilities(jobs: JobQueue) -> schema.Capabilities:
    """For `GET /v1/capabilities`."""
    status, limits = jobs.engine, jobs.limits
    return schema.Capabilities(
        version=__version__,
        contract=contract.CONTRACT_VERSION,
        state=status.state,
        error=_body(status.error),
        engines=list(contract.ENGINES),
        engine=None if status.description is None else dict(status.description),
        limits=schema.RequestLimits(
            body_bytes=MAX_BODY_BYTES,
            result_bytes=limits.result_bytes,
            queue=limits.waiting,
            queue_per_client=limits.waiting_per_client,
            kept_results=limits.keep_jobs,
            kept_seconds=limits.keep_seconds,
            abandoned_seconds=limits.abandon_seconds,
            unload_seconds=limits.unload_seconds,
        ),
    )


def _body(error: RepriseError | None) -> schema.ErrorBody | None:
    return None if error is None else schema.ErrorBody(**error.to_json()["error"])
