"""What goes over the wire: JSON answers, errors with their status, server-sent events, and bodies of bounded size."""

from __future__ import annotations

import json

from pydantic import BaseModel
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from reprise_core.contract import MAX_UPLOAD_BYTES
from reprise_core.errors import RepriseError

from .job import Event

MAX_BODY_BYTES = 64 * 1024
FILE_TYPE = "application/octet-stream"
RETRY_SECONDS = 2
_STATUS = {
    "unauthorized": 401,
    "foreign_host": 403,
    "foreign_origin": 403,
    "not_own": 403,
    "not_found": 404,
    "unknown_clip": 404,
    "unknown_job": 404,
    "method_not_allowed": 405,
    "too_slow": 408,
    "job_running": 409,
    "job_cancelled": 409,
    "job_failed": 409,
    "too_large": 413,
    "unsupported_media_type": 415,
    "too_many_waiting": 429,
    "internal": 500,
    "broken_installation": 500,
    "cannot_write": 500,
    "library_busy": 503,
    "out_of_memory": 503,
    "queue_full": 503,
    "shutting_down": 503,
    "too_many_connections": 503,
}


def status_of(error: RepriseError) -> int:
    """The HTTP status that belongs to the error's code; 400, a bad request, for those not named above."""
    return _STATUS.get(error.code, 400)


def json_answer(value: BaseModel, status: int = 200) -> Response:
    """A JSON answer in ASCII, which no code page on the way can hurt."""
    return _answer(value.model_dump(mode="json"), status)


def error_answer(error: RepriseError) -> Response:
    """`{"error": {"code", "message", "hint"}}` with the status that belongs to the code."""
    answer = _answer(error.to_json(), status_of(error))
    if answer.status_code == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    if answer.status_code in (429, 503):
        answer.headers["Retry-After"] = str(RETRY_SECONDS)
    return answer


def server_sent_event(event: Event) -> str:
    """One event of a `text/event-stream`, with its number as id; JSON without line breaks needs no splitting."""
    return f"id: {event.number}\nevent: {event.name}\ndata: {json.dumps(event.data)}\n\n"


async def read_json(http: HttpRequest) -> object:
    """The JSON body; raises `too_large` beyond `MAX_BODY_BYTES`, before reading it where the length is announced."""
    kind = http.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if kind != "application/json":  # what a page's form could send without a preflight is none
        raise RepriseError(
            "unsupported_media_type", f"The body is '{kind[:80]}'.", "Send 'Content-Type: application/json'."
        )
    body = await _read(http, MAX_BODY_BYTES, "Send a shorter request.")
    try:
        value = json.loads(body)
        json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair is no text, which nothing below expects
    except (ValueError, RecursionError) as error:
        raise RepriseError("bad_request", "The body is no JSON.", "Send a JSON object in UTF-8.") from error
    return value


async def read_file(http: HttpRequest) -> bytes:
    """The body as it is; raises `too_large` beyond `MAX_UPLOAD_BYTES` and `bad_request` without one."""
    kind = http.headers.get("content-type", FILE_TYPE).partition(";")[0].strip().lower()
    if kind != FILE_TYPE:
        raise RepriseError(
            "unsupported_media_type", f"The body is '{kind[:80]}'.", f"Send 'Content-Type: {FILE_TYPE}'."
        )
    body = await _read(http, MAX_UPLOAD_BYTES, "Send fewer motions at a time, or use `reprise library add`.")
    if not body:
        raise RepriseError("bad_request", "The body is empty.", "Send a file of motion.")
    return body


async def _read(http: HttpRequest, limit: int, hint: str) -> bytes:
    announced = http.headers.get("content-length", "0")
    if announced.isdigit() and int(announced) > limit:
        raise _too_large(limit, hint)
    body = bytearray()
    async for chunk in http.stream():
        body += chunk
        if len(body) > limit:
            raise _too_large(limit, hint)
    return bytes(body)


def _answer(value: object, status: int) -> Response:
    return Response(json.dumps(value), status, media_type="application/json", headers={"Cache-Control": "no-store"})


def _too_large(limit: int, hint: str) -> RepriseError:
    return RepriseError("too_large", f"The body is larger than {limit} bytes.", hint)
