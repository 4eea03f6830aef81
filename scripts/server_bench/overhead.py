"""What the service adds to a generation: the same requests to the bare engine and through HTTP, in turn."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass

from reprise.pipelines.base import Engine
from reprise_core.contract import Request
from reprise_core.motion import from_npz, to_npz

from .server import Client


@dataclass(frozen=True)
class Pair:
    """Seconds for one request: of the engine alone, of writing its takes as npz, and through the service."""

    bare: float
    npz: float
    service: float


def run_pairs(client: Client, engine: Engine, requests: list[Request]) -> list[Pair]:
    """Measures each request both ways, the order changing from one to the next; the first request is not counted.

    Raises RuntimeError when the two ways give different motions.
    """
    pairs = []
    for number, request in enumerate(requests):
        gc.collect()
        measures: dict[str, float] = {}

        def bare(request: Request = request, measures: dict[str, float] = measures) -> None:
            begun = time.perf_counter()
            takes = engine.generate(request, lambda progress: None, lambda: False)
            made = time.perf_counter()
            made_bytes = to_npz(takes)
            measures.update(bare=made - begun, npz=time.perf_counter() - made, size=len(from_npz(made_bytes)))

        def served(request: Request = request, measures: dict[str, float] = measures) -> None:
            begun = time.perf_counter()
            data = _through_service(client, request)
            measures.update(service=time.perf_counter() - begun, served=len(from_npz(data)))

        ways: list[Callable[[], None]] = [bare, served]
        for way in ways if number % 2 else reversed(ways):
            way()
        if measures["size"] != measures["served"]:
            raise RuntimeError(f"{request}: {measures}")
        pairs.append(Pair(measures["bare"], measures["npz"], measures["service"]))
    return pairs[1:]


def _through_service(client: Client, request: Request) -> bytes:
    job = client.send("POST", "/v1/generate", request.to_json()).json["id"]
    for _, name, data in client.follow(job):
        if name not in ("progress", "done"):
            raise RuntimeError(f"{name}: {data}")
    return client.send("GET", f"/v1/jobs/{job}/result").body
