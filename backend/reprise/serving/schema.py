"""The types of the API and of its OpenAPI document: requests from the contract itself, answers as they are made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter

from reprise_core import contract
from reprise_core.contract import Request

from .engine_host import EngineState
from .job import State

NOT_BLANK = r"[^\s\u001c-\u001f\u0085]"  # Python's idea of white space, which is wider than JSON Schema's
_SEGMENT_LIMITS: Mapping[str, Mapping[str, Any]] = {
    "prompt": {"minLength": 1, "maxLength": contract.MAX_PROMPT, "pattern": NOT_BLANK},
    "seconds": {"minimum": contract.MIN_SECONDS, "maximum": contract.MAX_SECONDS},
}
_LIMITS: Mapping[str, Mapping[str, Any]] = {
    **_SEGMENT_LIMITS,
    "solver": {"enum": list(contract.SOLVERS)},
    "then": {
        "maxItems": contract.MAX_SEGMENTS - 1,
        "description": f"All segments together last at most {contract.MAX_TOTAL_SECONDS:g} seconds.",
    },
    "seed": {"minimum": 0, "maximum": contract.MAX_SEED},
    "count": {"minimum": 1, "maximum": contract.MAX_COUNT},
    "engine": {"enum": list(contract.ENGINES)},
    "steps": {"minimum": 0, "maximum": contract.MAX_STEPS, "description": "0: as many as the engine is made for."},
    "text_strength": {"minimum": 0, "maximum": 2},
}
_NAMES = {"items": {"type": "string", "maxLength": contract.MAX_NAME}, "maxItems": contract.MAX_NAMES}
_REFERENCE_LIMITS: Mapping[str, Mapping[str, Any]] = {
    "pinned": _NAMES | {"maxItems": contract.MAX_PINNED},
    **dict.fromkeys(("excluded", "tags", "sources", "licences"), _NAMES),
    "k": {"minimum": 0, "maximum": contract.MAX_REFERENCES},
    "strength": {"minimum": 0, "maximum": 2},
    "length_decay": {"minimum": 0, "maximum": contract.MAX_LENGTH_DECAY},
    "method": {"enum": list(contract.RETRIEVAL_METHODS)},
}


def request_schema() -> dict[str, Any]:
    """The JSON schema of a request body: fields, types and defaults of `contract.Request`, with the contract's limits.

    `Request.from_json` is what checks a body; a test holds the two against each other.
    """
    schema = TypeAdapter(Request).json_schema()
    parts = schema.pop("$defs")
    references = _closed(parts["References"], _REFERENCE_LIMITS)
    request = _closed(schema, _LIMITS)
    request["properties"] |= {"references": references}
    request["properties"]["then"] |= {"items": _closed(parts["Segment"], _SEGMENT_LIMITS)}
    return request


def _closed(schema: Mapping[str, Any], limits: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """With the contract's limits, and no fields but its own."""
    return {**schema, "properties": _limited(schema["properties"], limits), "additionalProperties": False}


def _limited(properties: Mapping[str, Any], limits: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {name: {**described, **limits.get(name, {})} for name, described in properties.items()}


class Answer(BaseModel):
    """An answer of the service; new fields may come with a new release, so clients ignore those they do not know."""

    model_config = ConfigDict(frozen=True)


class ErrorBody(Answer):
    code: str
    message: str
    hint: str


class Error(Answer):
    """What is wrong, with which value, and what to do."""

    error: ErrorBody


class Memory(Answer):
    """Bytes that the process holds: of the machine, and of an accelerator if it uses one."""

    resident_bytes: int
    device_bytes: int | None


class Health(Answer):
    """Whether the service is alive, what it has loaded and how much it has to do."""

    status: str
    version: str
    contract: int
    engine: EngineState
    error: ErrorBody | None
    engines: list[str]
    device: str | None
    library: str | None
    memory: Memory
    running: int
    queued: int


class RequestLimits(Answer):
    seconds: tuple[float, float] = (contract.MIN_SECONDS, contract.MAX_SECONDS)
    count: int = contract.MAX_COUNT
    steps: int = contract.MAX_STEPS
    segments: int = contract.MAX_SEGMENTS
    total_seconds: float = contract.MAX_TOTAL_SECONDS
    references: int = contract.MAX_REFERENCES
    seed: int = contract.MAX_SEED
    prompt_characters: int = contract.MAX_PROMPT
    body_bytes: int
    upload_bytes: int = contract.MAX_UPLOAD_BYTES
    result_bytes: int
    queue: int
    queue_per_client: int
    kept_results: int
    kept_seconds: float
    abandoned_seconds: float
    unload_seconds: float | None


class Capabilities(Answer):
    """What can be asked for; `engine` is what the engine says of itself, None until it is loaded."""

    version: str
    contract: int
    state: EngineState
    error: ErrorBody | None
    engines: list[str]
    engine: dict[str, Any] | None
    limits: RequestLimits


class Accepted(Answer):
    """The id under which the job's events and result are to be had."""

    id: str


class JobState(Answer):
    id: str
    state: State


class ReferenceRow(Answer):
    id: str
    caption: str
    semantic: float
    length: float
    score: float
    seconds: float


class ReferenceRows(Answer):
    references: list[ReferenceRow]


class LeftOut(Answer):
    name: str
    reason: str


class AddedClips(Answer):
    """The ids of the clips that were added, of those that were there already, and what was left out and why."""

    added: list[str]
    present: list[str]
    left_out: list[LeftOut]


class RemovedClip(Answer):
    id: str
