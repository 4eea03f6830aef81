"""The server under test, started as the add-on starts it, and a client that knows nothing but HTTP."""

from __future__ import annotations

import contextlib
import http.client
import json
import subprocess
import sys
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil

ROOT = Path(__file__).resolve().parents[2]
FAKE_SERVER = ROOT / "tests/serving/fake_server.py"


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Client:
    """One client of the service, with a name of its own; each call has its own connection."""

    url: str
    token: str
    name: str

    def send(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Answer:
        """The answer to one request."""
        connection, response = self._open(method, path, body)
        with contextlib.closing(connection):
            return Answer(response.status, response.read())

    def follow(self, job: str, after: int = -1) -> Generator[tuple[int, str, dict[str, Any]]]:
        """(number, name, data) of the job's events until the stream ends; closing the iterator disconnects."""
        connection, response = self._open("GET", f"/v1/jobs/{job}/events", None, {"Last-Event-ID": str(after)})
        with contextlib.closing(connection):
            if response.status != 200:
                raise RuntimeError(f"events of {job}: {response.status} {response.read()!r}")
            fields: dict[str, str] = {}
            for raw in response:
                name, _, value = raw.decode("ascii").rstrip("\r\n").partition(": ")
                if name:
                    fields[name] = value
                elif "data" in fields:
                    yield int(fields["id"]), fields["event"], json.loads(fields["data"])
                    fields = {}

    def _open(
        self, method: str, path: str, body: Mapping[str, Any] | None, more: Mapping[str, str] | None = None
    ) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=120)
        headers = {"Authorization": f"Bearer {self.token}", "Reprise-Client": self.name, **(more or {})}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        return connection, connection.getresponse()


@dataclass(frozen=True)
class Server:
    """A running server; `ready_s` until its ready line, `loaded_s` until its engine was loaded, since its start.

    `loaded_cpu_s` is the processor's time for that, which other work on the machine does not lengthen.
    """

    url: str
    token: str
    pid: int
    log: Path
    ready_s: float
    loaded_s: float
    loaded_cpu_s: float

    def client(self, name: str) -> Client:
        """A client of that name."""
        return Client(self.url, self.token, name)


@contextlib.contextmanager
def running(log: Path, *, fake: bool, arguments: Sequence[str] = ()) -> Iterator[Server]:
    """A server with the shipped weights, or with the scripted engine of the tests, until the end of the block."""
    program = [str(FAKE_SERVER)] if fake else ["-m", "reprise", "serve"]
    started = time.perf_counter()
    with log.open("wb") as written:
        process = subprocess.Popen(
            [sys.executable, *program, "--watch-stdin", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=written,
        )
    assert process.stdin
    assert process.stdout
    try:
        line = json.loads(process.stdout.readline())
        ready = time.perf_counter() - started
        client = Client(line["url"], line["token"], "starter")
        while (health := client.send("GET", "/v1/health").json)["engine"] == "loading":
            time.sleep(0.02)
        if health["engine"] != "ready":
            raise RuntimeError(f"the engine did not load: {health['error']}")
        loaded = time.perf_counter() - started
        spent = psutil.Process(line["pid"]).cpu_times()
        yield Server(line["url"], line["token"], line["pid"], log, ready, loaded, spent.user + spent.system)
    finally:
        process.stdin.close()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
        process.stdout.close()
