"""What goes over the wire: JSON answers, errors with their status, server-sent events, and bodies of bounded size."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from reprise_core.errors import RepriseError

MAX_BODY_BYTES = 64 * 1024
_STATUS = {
    "unauthorized": 401,
    "not_found": 404,
    "unknown_job": 404,
    "method_not_allowed": 405,
    "job_running": 409,
    "job_cancelled": 409,
    "job_failed": 409,
    "too_large": 413,
    "internal": 500,
    "broken_installation": 500,
    "out_of_memory": 503,
    "queue_full": 503,
    "shutting_down": 503,
}


def json_answer(value: Mapping[str, Any], status: int = 200) -> Response:
    """A JSON answer in ASCII, which no code page on the way can hurt."""
    return Response(json.dumps(value), status, media_type="application/json", headers={"Cache-Control": "no-store"})


def error_answer(error: RepriseError) -> Response:
    """`{"error": {"code", "message", "hint"}}` with the status that belongs to the code; 400 for a bad request."""
    answer = json_answer(error.to_json(), _STATUS.get(error.code, 400))
    if answer.status_code == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def server_sent_event(name: str, data: Mapping[str, Any]) -> str:
    """One event of a `text/event-stream`; JSON without line breaks needs no splitting."""
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"


async def read_json(http: HttpRequest) -> object:
    """The JSON body; raises `too_large` beyond `MAX_BODY_BYTES`, before reading it where the length is announced."""
    announced = http.headers.get("content-length", "0")
    if announced.isdigit() and int(announced) > MAX_BODY_BYTES:
        raise _too_large()
    body = bytearray()
    async for chunk in http.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise _too_large()
    try:
        return json.loads(bytes(body))
    except (ValueError, RecursionError) as error:
        raise RepriseError("bad_request", "The body is no JSON.", "Send a JSON object in UTF-8.") from error


def _too_large() -> RepriseError:
    return RepriseError("too_large", f"The body is larger than {MAX_BODY_BYTES} bytes.", "Send a shorter request.")
