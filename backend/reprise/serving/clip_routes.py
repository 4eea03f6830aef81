"""The routes of the library's clips: a motion out, files of motion in. The slow part runs on a thread of its own."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from reprise_core import contract

from . import schema
from .answers import FILE_TYPE, json_answer, read_file
from .clips import Clips, Upload

_MAX_LICENCE = 100
_FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            FILE_TYPE: {
                "schema": {
                    "type": "string",
                    "format": "binary",
                    "minLength": 1,
                    "maxLength": contract.MAX_UPLOAD_BYTES,
                    "description": "A Motion (.npz), BVH, glTF or another file that `reprise library add` takes, or a "
                    "zip of such.",
                }
            }
        },
    }
}
ClipId = Annotated[str, Path(min_length=1, max_length=contract.MAX_NAME)]
Name = Annotated[
    str,
    Query(
        min_length=1,
        max_length=contract.MAX_NAME,
        pattern=schema.NOT_BLANK,
        description="What the file is called, with its ending: the clips are named after it. Never taken for a path.",
    ),
]
Captions = Annotated[
    str,
    Query(
        max_length=contract.MAX_CAPTIONS_TEXT,
        description="What the person does; several sentences on a line each. Without any, the file's own count.",
    ),
]
Tags = Annotated[
    str, Query(max_length=contract.MAX_TAGS_TEXT, description="Words to filter by, with commas between them.")
]
Licence = Annotated[str, Query(max_length=_MAX_LICENCE, description="Where the file states none.")]


def clip_routes(clips: Clips, errors: Any) -> APIRouter:
    """`GET` and `DELETE /v1/clips/{id}`, `POST /v1/clips`; `errors` describes the answers of these statuses."""
    router = APIRouter()

    @router.get(
        "/v1/clips/{clip_id:path}",
        response_class=Response,
        responses={200: {"description": "The clip as a Motion.", "content": {"application/x-npz": {}}}}
        | errors(404, 503),
    )
    async def motion(clip_id: ClipId) -> Response:
        found = await run_in_threadpool(clips.motion, clip_id)
        return Response(found, media_type="application/x-npz", headers={"Cache-Control": "no-store"})

    @router.post("/v1/clips", response_model=schema.AddedClips, openapi_extra=_FILE, responses=errors(413, 415, 503))
    async def add(
        http: HttpRequest, name: Name, captions: Captions = "", tags: Tags = "", licence: Licence = ""
    ) -> Response:
        said = tuple(line.strip() for line in captions.splitlines() if line.strip())
        upload = Upload(name, await read_file(http), said, (tags,), licence)
        done = await run_in_threadpool(clips.add, upload)
        left_out = [schema.LeftOut(name=what.name, reason=what.reason) for what in done.left_out]
        return json_answer(schema.AddedClips(added=list(done.added), present=list(done.present), left_out=left_out))

    @router.delete("/v1/clips/{clip_id:path}", response_model=schema.RemovedClip, responses=errors(404, 503))
    async def remove(clip_id: ClipId) -> Response:
        await run_in_threadpool(clips.remove, clip_id)
        return json_answer(schema.RemovedClip(id=clip_id))

    return router
