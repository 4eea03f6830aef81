"""A real uvicorn server in a thread with the scripted engine."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fake_clips import FakeClips
from fake_engine import FakeEngine
from http_client import TOKEN, Client

from reprise.pipelines.base import Engine
from reprise.serving.app import create_app
from reprise.serving.clips import Clips
from reprise.serving.jobs import JobQueue
from reprise.serving.limits import Limits
from reprise.serving.server import listen, uvicorn_config

Start = Callable[..., Client]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a service: `start(engine, waiting=...)`, with fields of `Limits`, returns its client; the test ends it."""
    with contextlib.ExitStack() as running:
        yield lambda *arguments, **options: running.enter_context(service(*arguments, **options))


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """A service that the tests of a file share; each leaves it as it was, with nothing under way."""
    with service() as started:
        yield started


@contextlib.contextmanager
def service(
    engine: Engine | None = None,
    load: Callable[[], Engine] | None = None,
    sources: Sequence[Path] = (),
    clips: Clips | None = None,
    **limits: Any,
) -> Iterator[Client]:
    jobs = JobQueue(load or (lambda: engine or FakeEngine()), Limits(**limits), sources=sources)
    listener = listen("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn_config(create_app(jobs, clips or FakeClips(), TOKEN)))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    jobs.start()
    thread.start()
    while not server.started:
        time.sleep(0.005)
    try:
        yield Client(listener.getsockname()[1])
    finally:
        jobs.close()
        server.should_exit = True
        thread.join(10)
        assert not thread.is_alive()
