"""A client of the service that knows nothing but HTTP."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

TOKEN = "a-token"


@dataclass
class Answer:
    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        error = self.json["error"]
        assert set(error) == {"code", "message", "hint"}
        return error["code"]


@dataclass
class Client:
    port: int
    token: str | None = TOKEN
    headers: dict[str, str] = field(default_factory=dict)

    def send(self, method: str, path: str, body: object = None, raw: bytes | None = None) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            data = raw if raw is not None else None if body is None else json.dumps(body).encode()
            connection.request(method, path, data, self._headers())
            response = connection.getresponse()
            return Answer(response.status, response.read(), {k.lower(): v for k, v in response.getheaders()})
        finally:
            connection.close()

    def generate(self, prompt: str = "a person waves", **fields: object) -> str:
        answer = self.send("POST", "/v1/generate", {"prompt": prompt, **fields})
        assert answer.status == 202, answer.body
        return answer.json["id"]

    def events(self, job: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yields (event, data) until the server ends the stream."""
        for _, name, data in self.numbered_events(job):
            yield name, data

    def numbered_events(self, job: str, after: int | None = None) -> Iterator[tuple[int, str, dict[str, Any]]]:
        """Yields (id, event, data), with the header `Last-Event-ID` if `after` is given."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            more = {} if after is None else {"Last-Event-ID": str(after)}
            connection.request("GET", f"/v1/jobs/{job}/events", headers=self._headers() | more)
            response = connection.getresponse()
            assert response.status == 200
            assert response.headers["content-type"].startswith("text/event-stream")
            fields: dict[str, str] = {}
            for line in response:
                name, colon, value = line.decode().rstrip("\n").partition(": ")
                if name and colon:
                    fields[name] = value
                elif "data" in fields:
                    yield int(fields["id"]), fields["event"], json.loads(fields["data"])
                    fields = {}
        finally:
            connection.close()

    def last_event(self, job: str) -> tuple[str, dict[str, Any]]:
        return list(self.events(job))[-1]

    def wait_for_steps(self, job: str) -> None:
        """Returns once the job is in the sampler."""
        next(data for name, data in self.events(job) if name == "progress" and data["stage"] == "sampling")

    def _headers(self) -> dict[str, str]:
        return self.headers | ({"Authorization": f"Bearer {self.token}"} if self.token else {})
