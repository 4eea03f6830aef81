"""The HTTP routes over a job queue (docs/design.md, "HTTP"); every answer that is no success has an error body."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, Security
from fastapi.exceptions import RequestValidationError
from fastapi.security import HTTPBearer
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from reprise_core import contract
from reprise_core.contract import Reference, Request
from reprise_core.errors import RepriseError

from .. import __version__
from . import about, schema
from .answers import error_answer, json_answer, read_json
from .clip_routes import clip_routes
from .clips import Clips
from .event_stream import EventStream
from .failures import explain
from .gate import Gate
from .jobs import JobQueue

_WORDS = {
    400: "A value is out of range or of the wrong type.",
    401: "The token is missing or wrong.",
    403: "A web page, a foreign Host, or a clip that nobody added.",
    404: "There is no such job or clip (any more).",
    408: "The request came too slowly.",
    409: "The job is not done, or was cancelled, or failed; the error says which.",
    413: "The body is too large.",
    415: "The body is of another type.",
    429: "This client has too many jobs waiting.",
    500: "A fault of the backend.",
    503: "The queue is full, memory has run out, the library is busy, or the backend is shutting down.",
}
# FastAPI would send traces with prompts' errors to wherever its environment variables say.
_NO_TELEMETRY: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}
_BODY: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": schema.request_schema()}}}
}
Client = Annotated[
    str,
    Header(
        alias="Reprise-Client",
        max_length=64,
        pattern=r"^[A-Za-z0-9._-]*$",
        description="A name that this client gives itself; clients take turns in the queue.",
    ),
]
LastEvent = Annotated[
    int, Header(alias="Last-Event-ID", ge=-1, description="The id of the last event known; that is not sent again.")
]


def create_app(jobs: JobQueue, clips: Clips, token: str, host: str = "127.0.0.1") -> FastAPI:
    """The service: routes over `jobs` and `clips`, closed to whoever does not send `token`. Starts and closes nothing.

    `host` is the name or address that it is reached by.
    """

    async def seen(client: Client = "") -> None:
        jobs.seen(client)

    app = FastAPI(
        title="Reprise",
        version=__version__,
        description=f"Text to human motion. Version {contract.CONTRACT_VERSION} of the contract.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/v1/openapi.json",
        redirect_slashes=False,
        telemetry=_NO_TELEMETRY,
        dependencies=[Depends(seen), Security(HTTPBearer(auto_error=False))],
        responses=_errors(400, 401, 403, 408, 500),
    )
    app.add_middleware(Gate, token=token, host=host)
    _add_error_handlers(app)

    @app.get("/v1/health", response_model=schema.Health)
    async def health() -> Response:
        return json_answer(about.health(jobs))

    @app.get("/v1/capabilities", response_model=schema.Capabilities)
    async def capabilities() -> Response:
        return json_answer(about.capabilities(jobs))

    @app.post(
        "/v1/generate",
        status_code=202,
        response_model=schema.Accepted,
        openapi_extra=_BODY,
        responses=_errors(413, 415, 429, 503),
    )
    async def generate(http: HttpRequest, client: Client = "") -> Response:
        request = Request.from_json(await read_json(http))
        return json_answer(schema.Accepted(id=jobs.submit(request, client)), 202)

    @app.post(
        "/v1/retrieve",
        response_model=schema.ReferenceRows,
        openapi_extra=_BODY,
        responses=_errors(413, 415, 429, 503),
    )
    async def retrieve(http: HttpRequest, client: Client = "") -> Response:
        request = Request.from_json(await read_json(http))
        rows = await _unless_gone(http, asyncio.wrap_future(jobs.retrieve(request, client)))
        return json_answer(schema.ReferenceRows(references=[schema.ReferenceRow(**row.to_json()) for row in rows]))

    @app.get(
        "/v1/jobs/{job_id}/events",
        response_class=Response,
        responses={200: {"description": "Events until the last.", "content": {"text/event-stream": {}}}} | _errors(404),
    )
    async def events(job_id: str, last_event_id: LastEvent = -1) -> Response:
        return EventStream(jobs, job_id, last_event_id)

    @app.get(
        "/v1/jobs/{job_id}/result",
        response_class=Response,
        responses={200: {"description": "The takes.", "content": {"application/x-npz": {}}}} | _errors(404, 409),
    )
    async def result(job_id: str) -> Response:
        return Response(jobs.result(job_id), media_type="application/x-npz", headers={"Cache-Control": "no-store"})

    @app.delete("/v1/jobs/{job_id}", response_model=schema.JobState, responses=_errors(404))
    async def cancel(job_id: str) -> Response:
        return json_answer(schema.JobState(id=job_id, state=jobs.cancel(job_id)))

    app.include_router(clip_routes(clips, _errors))
    return app


def _errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: {"model": schema.Error, "description": _WORDS[status]} for status in statuses}


async def _unless_gone(http: HttpRequest, answer: asyncio.Future[list[Reference]]) -> list[Reference]:
    """The answer, which is cancelled when the connection that waits for it is lost; then raises `ClientDisconnect`."""
    gone = asyncio.ensure_future(http.receive())  # the body has been read: what comes next is the end
    try:
        await asyncio.wait((answer, gone), return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            raise ClientDisconnect
        return answer.result()
    finally:
        gone.cancel()
        answer.cancel()


def _add_error_handlers(app: FastAPI) -> None:
    @app.exception_handler(RepriseError)
    async def known(_http: HttpRequest, error: RepriseError) -> Response:
        return error_answer(error)

    @app.exception_handler(HTTPException)
    async def http_error(http: HttpRequest, error: HTTPException) -> Response:
        see = "See GET /v1/openapi.json."
        if error.status_code == 405:
            answer = error_answer(
                RepriseError("method_not_allowed", f"{http.method} {http.url.path} is not offered.", see)
            )
            answer.headers.update(error.headers or {})  # Allow
            return answer
        return error_answer(RepriseError("not_found", f"There is no {http.url.path}.", see))

    @app.exception_handler(RequestValidationError)
    async def invalid(_http: HttpRequest, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        what = next((str(part) for part in reversed(first["loc"]) if isinstance(part, str)), "The request")
        return error_answer(RepriseError("bad_request", f"{what}: {first['msg']}.", "See GET /v1/openapi.json."))

    @app.exception_handler(ClientDisconnect)
    async def gone(_http: HttpRequest, _error: ClientDisconnect) -> Response:
        return Response(status_code=499)  # nobody reads it; the number is nginx's

    @app.exception_handler(Exception)
    async def unforeseen(_http: HttpRequest, error: Exception) -> Response:
        return error_answer(explain(error))  # Starlette raises it again after answering, and uvicorn logs it
