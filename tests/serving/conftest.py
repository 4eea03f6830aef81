"""A real uvicorn server in a thread with the scripted engine."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import uvicorn
from fake_engine import FakeEngine
from http_client import TOKEN, Client

from reprise.pipelines.base import Engine
from reprise.serving.app import create_app
from reprise.serving.jobs import JobQueue
from reprise.serving.limits import Limits
from reprise.serving.server import listen, uvicorn_config

Start = Callable[..., Client]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a service: `start(engine, waiting=...)`, with fields of `Limits`, returns its client; the test ends it."""
    running: list[tuple[uvicorn.Server, JobQueue, threading.Thread]] = []

    def start_one(engine: Engine | None = None, load: Callable[[], Engine] | None = None, **options: Any) -> Client:
        jobs = JobQueue(load or (lambda: engine or FakeEngine()), Limits(**options))
        listener = listen("127.0.0.1", 0)
        server = uvicorn.Server(uvicorn_config(create_app(jobs, TOKEN)))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        running.append((server, jobs, thread))
        jobs.start()
        thread.start()
        while not server.started:
            time.sleep(0.005)
        return Client(listener.getsockname()[1])

    yield start_one
    for server, jobs, thread in running:
        jobs.close()
        server.should_exit = True
        thread.join(10)
        assert not thread.is_alive()


@pytest.fixture
def client(start: Start) -> Client:
    return start()
