"""The HTTP client of the backend's contract (docs/design.md, "HTTP"); every call has a timeout and blocks."""

from __future__ import annotations

import http.client
import ipaddress
import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from ..core.contract import Reference, Request
from ..core.errors import RepriseError

NAME = f"blender-{uuid.uuid4().hex[:12]}"  # this process: a backend that several share lets them take turns
CALL_SECONDS = 15.0
PATIENCE_SECONDS = 600.0  # what the library is asked waits for the generation that runs
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
        self._timeout, self._silence, self._patience = timeout, silence, max(timeout, PATIENCE_SECONDS)

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

    def retrieve(self, request: Request) -> list[Reference]:
        """`POST /v1/retrieve`: the references of a request, pinned ones first, then the best first."""
        answer = self._json("POST", "/v1/retrieve", request.to_json(), self._patience)
        try:
            known = Reference.__dataclass_fields__  # a newer backend may tell more
            return [Reference(**{name: row[name] for name in known}) for row in answer["references"]]
        except (KeyError, TypeError) as error:
            message = f"The backend's references cannot be read ({error})."
            raise RepriseError("bad_backend", message, "Update the backend.") from error

    def clip(self, clip_id: str) -> bytes:
        """`GET /v1/clips/{id}`: a clip of the library as the npz of a Motion."""
        return self._call("GET", _clip(clip_id), timeout=self._patience)

    def add_clips(self, name: str, data: bytes, captions: str, tags: str, licence: str) -> dict[str, Any]:
        """`POST /v1/clips`: a file of motion into the library; what was `added`, `present` and `left_out` (and why).

        `name` with its ending says what the file is; `captions` a line each, `tags` with commas between them.
        """
        said = urlencode({"name": name, "captions": captions, "tags": tags, "licence": licence})
        return _object(self._call("POST", f"/v1/clips?{said}", data, self._patience).decode("utf-8", "replace"))

    def remove_clip(self, clip_id: str) -> None:
        """`DELETE /v1/clips/{id}`: a clip that was added out of the library again."""
        self._call("DELETE", _clip(clip_id), timeout=self._patience)

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

    def _json(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, timeout: float | None = None
    ) -> dict[str, Any]:
        return _object(self._call(method, path, body, timeout).decode("utf-8", "replace"))

    def _call(
        self, method: str, path: str, body: Mapping[str, Any] | bytes | None = None, timeout: float | None = None
    ) -> bytes:
        with _unreachable_on_failure():
            connection = self._connect(timeout or self._timeout)
            try:
                return self._send(connection, method, path, body).read()
            finally:
                connection.close()

    def _connect(self, timeout: float) -> http.client.HTTPConnection:
        kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        return kind(self._host, self._port, timeout=timeout)

    def _send(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        path: str,
        body: Mapping[str, Any] | bytes | None = None,
    ) -> http.client.HTTPResponse:
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "*/*", "Reprise-Client": NAME}
        payload = None
        if isinstance(body, bytes):
            payload, headers["Content-Type"] = body, "application/octet-stream"
        elif body is not None:
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


def _clip(clip_id: str) -> str:
    return f"/v1/clips/{quote(clip_id, safe='')}"


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
