"""The HTTP routes over a job queue (docs/design.md, "HTTP"); every answer that is no success has an error body."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import Response, StreamingResponse

from reprise_core import contract
from reprise_core.contract import Request
from reprise_core.errors import RepriseError

from .. import __version__
from .answers import MAX_BODY_BYTES, error_answer, json_answer, read_json, server_sent_event
from .auth import BearerAuth
from .failures import explain
from .job import Event
from .jobs import JobQueue

KEEP_ALIVE_SECONDS = 2.0  # a comment line this often, so that a client can tell a slow stage from a dead backend


def create_app(jobs: JobQueue, token: str) -> FastAPI:
    """The service: routes over `jobs`, closed to whoever does not send `token`. Starts and closes nothing itself."""
    app = FastAPI(title="Reprise", version=__version__, docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(BearerAuth, token=token)
    _add_error_handlers(app)

    @app.get("/v1/health")
    async def health() -> Response:
        about = {"status": "ok", "version": __version__, "contract": contract.CONTRACT_VERSION}
        return json_answer({**about, **jobs.health()})

    @app.get("/v1/capabilities")
    async def capabilities() -> Response:
        state = jobs.health()
        return json_answer(
            {
                "version": __version__,
                "contract": contract.CONTRACT_VERSION,
                "state": state["engine"],
                "error": state["error"],
                "engines": list(contract.ENGINES),
                "engine": jobs.description(),
                "limits": _limits() | jobs.limits(),
            }
        )

    @app.post("/v1/generate")
    async def generate(http: HttpRequest) -> Response:
        request = Request.from_json(await read_json(http))
        return json_answer({"id": jobs.submit(request)}, 202)

    @app.post("/v1/retrieve")
    async def retrieve(http: HttpRequest) -> Response:
        request = Request.from_json(await read_json(http))
        references = await asyncio.wrap_future(jobs.retrieve(request))
        return json_answer({"references": [reference.to_json() for reference in references]})

    @app.get("/v1/jobs/{job_id}/events")
    async def events(job_id: str) -> Response:
        return StreamingResponse(
            _stream(jobs, job_id), media_type="text/event-stream", headers={"Cache-Control": "no-store"}
        )

    @app.get("/v1/jobs/{job_id}/result")
    async def result(job_id: str) -> Response:
        return Response(jobs.result(job_id), media_type="application/x-npz", headers={"Cache-Control": "no-store"})

    @app.delete("/v1/jobs/{job_id}")
    async def cancel(job_id: str) -> Response:
        return json_answer({"id": job_id, "state": jobs.cancel(job_id).value})

    return app


def _stream(jobs: JobQueue, job_id: str) -> AsyncIterator[str]:
    """Subscribes now, so that an unknown job is still a 404, and then yields events until the last one."""
    loop, arrived = asyncio.get_running_loop(), asyncio.Queue[Event]()
    unsubscribe = jobs.subscribe(job_id, lambda event: _hand_over(loop, arrived, event))

    async def stream() -> AsyncIterator[str]:
        try:
            while True:
                try:
                    event = await asyncio.wait_for(arrived.get(), KEEP_ALIVE_SECONDS)
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                yield server_sent_event(event.name, event.data)
                if event.is_last:
                    return
        finally:
            unsubscribe()

    return stream()


def _hand_over(loop: asyncio.AbstractEventLoop, arrived: asyncio.Queue[Event], event: Event) -> None:
    with contextlib.suppress(RuntimeError):  # the worker may outlive the server's loop by a step
        loop.call_soon_threadsafe(arrived.put_nowait, event)


def _limits() -> dict[str, object]:
    return {
        "seconds": [contract.MIN_SECONDS, contract.MAX_SECONDS],
        "count": contract.MAX_COUNT,
        "steps": contract.MAX_STEPS,
        "references": contract.MAX_REFERENCES,
        "seed": contract.MAX_SEED,
        "prompt_characters": contract.MAX_PROMPT,
        "body_bytes": MAX_BODY_BYTES,
    }


def _add_error_handlers(app: FastAPI) -> None:
    @app.exception_handler(RepriseError)
    async def known(_http: HttpRequest, error: RepriseError) -> Response:
        return error_answer(error)

    @app.exception_handler(HTTPException)
    async def http_error(http: HttpRequest, error: HTTPException) -> Response:
        if error.status_code == 405:
            return error_answer(RepriseError("method_not_allowed", f"{http.method} {http.url.path} is not offered."))
        return error_answer(RepriseError("not_found", f"There is no {http.url.path}.", "See docs/design.md, 'HTTP'."))

    @app.exception_handler(RequestValidationError)
    async def invalid(_http: HttpRequest, error: RequestValidationError) -> Response:
        return error_answer(RepriseError("bad_request", f"The request is invalid: {error.errors()[0]['msg']}."))

    @app.exception_handler(Exception)
    async def unforeseen(_http: HttpRequest, error: Exception) -> Response:
        return error_answer(explain(error))  # Starlette raises it again after answering, and uvicorn logs it
