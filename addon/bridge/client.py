"""The HTTP client of the backend's contract (docs/design.md, "HTTP"); every call has a timeout and blocks."""

from __future__ import annotations

import http.client
import ipaddress
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from ..core.contract import Request
from ..core.errors import RepriseError

CALL_SECONDS = 15.0
SILENCE_SECONDS = 60.0  # the backend sends a comment every two seconds; a loading engine may hold it up


@dataclass(frozen=True)
class ServerEvent:
    """One server-sent event: `progress`, `done`, `cancelled` or `failed`, and its JSON object."""

    name: str
    data: Mapping[str, Any]

    @property
    def is_last(self) -> bool:
        """Whether the job is over."""
        return self.name != "progress"


class UnreachableError(Exception):
    """Nobody answers, or the connection broke: the process has gone, or hangs."""


class Client:
    """Speaks to the backend at `url` with its bearer token: https, or plain http on this machine only.

    Raises `RepriseError` with the backend's own words when it refuses, `UnreachableError` when it does not answer.
    Proxies are never used. Each call has a connection of its own, so that calls from several threads do not meet.
    """

    def __init__(self, url: str, token: str, timeout: float = CALL_SECONDS, silence: float = SILENCE_SECONDS) -> None:
        try:
            parts = urlsplit(url.strip())
            self._host, self._port = parts.hostname or "", parts.port
        except ValueError:
            parts, self._host, self._port = urlsplit(""), "", None
        if parts.scheme not in ("http", "https") or not self._host:
            raise RepriseError(
                "bad_backend", f"'{url}' is no address of a backend.", "It looks like https://server:8080."
            )
        if parts.username or parts.password:
            raise RepriseError(
                "bad_backend", "The backend's address holds a user name or a password.", "Give a token instead."
            )
        if parts.scheme == "http" and not is_loopback(self._host):
            raise RepriseError(
                "bad_backend",
                f"'{url}' would send the token and your prompts unencrypted over the network.",
                "Use an https address, or an SSH tunnel to 127.0.0.1.",
            )
        self._secure, self._base, self._token = parts.scheme == "https", parts.path.rstrip("/"), token
        self._timeout, self._silence = timeout, silence

    def health(self) -> dict[str, Any]:
        """`GET /v1/health`: version, contract, and how far the engine is."""
        return self._json("GET", "/v1/health")

    def capabilities(self) -> dict[str, Any]:
        """`GET /v1/capabilities`: engine, checkpoint, library, device and limits."""
        return self._json("GET", "/v1/capabilities")

    def generate(self, request: Request) -> str:
        """`POST /v1/generate`: queues the request and returns the job's id."""
        answer = self._json("POST", "/v1/generate", request.to_json())
        if not isinstance(answer.get("id"), str):
            raise RepriseError("bad_backend", "The backend answered without a job id.", "Update the backend.")
        return answer["id"]

    def result(self, job_id: str) -> bytes:
        """`GET /v1/jobs/{id}/result`: the npz of a done job."""
        return self._call("GET", _job(job_id, "/result"))

    def cancel(self, job_id: str) -> None:
        """`DELETE /v1/jobs/{id}`: from now on its result cannot be had. An unknown job is as good as cancelled."""
        try:
            self._call("DELETE", _job(job_id))
        except RepriseError as error:
            if error.code != "unknown_job":
                raise

    def events(self, job_id: str) -> Iterator[ServerEvent]:
        """`GET /v1/jobs/{id}/events`: what happens to the job, until it is over or the connection breaks."""
        with _unreachable_on_failure():
            connection = self._connect(self._silence)
            try:
                response = self._send(connection, "GET", _job(job_id, "/events"))
                name, data = "message", []
                for raw in response:
                    line = raw.decode("utf-8").rstrip("\r\n")
                    field, _, value = line.partition(":")
                    if field == "event":
                        name = value.removeprefix(" ")
                    elif field == "data":
                        data.append(value.removeprefix(" "))
                    elif not line and data:
                        event = ServerEvent(name, _object("\n".join(data)))
                        yield event
                        if event.is_last:
                            return
                        name, data = "message", []
                raise UnreachableError("the stream of events ended in the middle")
            finally:
                connection.close()

    def _json(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        return _object(self._call(method, path, body).decode("utf-8", "replace"))

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> bytes:
        with _unreachable_on_failure():
            connection = self._connect(self._timeout)
            try:
                return self._send(connection, method, path, body).read()
            finally:
                connection.close()

    def _connect(self, timeout: float) -> http.client.HTTPConnection:
        kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        return kind(self._host, self._port, timeout=timeout)

    def _send(
        self, connection: http.client.HTTPConnection, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> http.client.HTTPResponse:
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "*/*"}
        payload = None
        if body is not None:
            payload, headers["Content-Type"] = json.dumps(body).encode("ascii"), "application/json"
        connection.request(method, self._base + path, payload, headers)
        response = connection.getresponse()
        if response.status >= 400:
            raise _refusal(response.status, response.read().decode("utf-8", "replace"))
        return response


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine itself; asks no name server."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def is_loopback_url(url: str) -> bool:
    """Whether `url` leads to this machine itself."""
    try:
        return is_loopback(urlsplit(url.strip()).hostname or "")
    except ValueError:
        return False


class _unreachable_on_failure:  # noqa: N801 - reads as a statement
    """Turns every way in which a connection can fail into `UnreachableError`."""

    def __enter__(self) -> None: ...

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, (OSError, http.client.HTTPException)):
            raise UnreachableError(str(error) or type(error).__name__) from error


def _job(job_id: str, rest: str = "") -> str:
    return f"/v1/jobs/{quote(job_id, safe='')}{rest}"


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise RepriseError("bad_backend", "The backend's answer is no JSON object.", "Update the backend.")
    return value


def _refusal(status: int, text: str) -> RepriseError:
    try:
        return error_from_json(json.loads(text))
    except ValueError:
        return RepriseError("bad_backend", f"The backend answered with HTTP status {status}.", "Its log says more.")


def error_from_json(body: Mapping[str, Any]) -> RepriseError:
    """The error in a body `{"error": {"code", "message", "hint"}}`; raises ValueError when there is none."""
    error = body.get("error") if isinstance(body, Mapping) else None
    if not isinstance(error, Mapping) or not isinstance(error.get("message"), str):
        raise ValueError("no error in this body")
    return RepriseError(str(error.get("code", "unknown")), error["message"], str(error.get("hint") or ""))
