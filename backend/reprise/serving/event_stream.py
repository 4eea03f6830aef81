"""A job's events as server-sent events (WHATWG HTML, "Server-sent events"), for as long as the connection lasts."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from .answers import server_sent_event
from .job import Event
from .jobs import JobQueue

KEEP_ALIVE_SECONDS = 2.0  # a comment line this often, so that a client can tell a slow stage from a dead backend


class EventStream(StreamingResponse):
    """Follows a job from its last event on, or from the one after `after` if that is new; ends with its end.

    Subscribes at once and raises `RepriseError('unknown_job')` then. However the connection ends, the job is not
    followed any more: a generator's own `finally` would not do, as it does not run if the client is gone before the
    first line.
    """

    def __init__(self, jobs: JobQueue, job_id: str, after: int) -> None:
        self._loop, self._arrived = asyncio.get_running_loop(), asyncio.Queue[Event]()
        self._unsubscribe = jobs.subscribe(job_id, self._hand_over, after)
        super().__init__(self._lines(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._unsubscribe()

    def _hand_over(self, event: Event) -> None:
        with contextlib.suppress(RuntimeError):  # the worker may outlive the server's loop by a step
            self._loop.call_soon_threadsafe(self._arrived.put_nowait, event)

    async def _lines(self) -> AsyncIterator[str]:
        while True:
            try:
                event = await asyncio.wait_for(self._arrived.get(), KEEP_ALIVE_SECONDS)
            except TimeoutError:
                yield ": still here\n\n"
                continue
            yield server_sent_event(event)
            if event.is_last:
                return
