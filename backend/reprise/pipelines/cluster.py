"""Bulk generation on a Ray cluster: an actor a device, rows handed out one by one, those of lost actors again.

Ray is an optional extra (`pip install reprise[cluster]`). Its own retries are off: a row belongs to this process until
its answer is here, so that a node may die at any moment without a row being lost or answered twice.
"""

from __future__ import annotations

import logging
import os
import socket
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reprise_core.contract import Request
from reprise_core.errors import RepriseError

from .bulk import Made, Work, make

_PATIENCE = 60.0  # seconds without any actor until the run is given up; a node may be on its way back
_CONNECT = 10.0  # seconds
_LOOK = 2.0  # seconds between two looks at which nodes there are
_ATTEMPTS = 3  # rows that were in hand when so many actors died are not blameless


@dataclass(frozen=True)
class Files:
    """What every actor needs, by content, since a node need not see this machine's disk; None is what ships.

    `precision`, `mixture` and `compiled` are those of `pipelines.load`.
    """

    engine: str
    checkpoint: bytes | None = None
    library: bytes | None = None
    precision: str | None = None
    mixture: str | None = None
    compiled: bool = False


@contextmanager
def connected(address: str) -> Iterator[None]:
    """A connection to the cluster at `address` (`local` starts one on this machine), closed at the end.

    Raises `RepriseError` when Ray is not installed or nobody answers at that address.
    """
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # nothing leaves the machines but the work
    os.environ.setdefault("RAY_worker_niceness", "0")  # of nodes started here; Ray's own 15 starves beside other work
    try:
        import ray
    except ImportError as error:
        sentence = "Generating on several machines needs Ray, which is not installed."
        raise RepriseError("no_ray", sentence, "Run: pip install 'reprise[cluster]'.") from error
    started_here = not ray.is_initialized()
    if started_here:
        _check_answers(address)
        try:
            ray.init(address=address, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
        except (ConnectionError, ValueError, RuntimeError, TimeoutError) as error:
            raise _nobody(address, str(error).splitlines()[0]) from error
    try:
        yield
    finally:
        if started_here:
            ray.shutdown()


def _check_answers(address: str) -> None:
    """Raises at once when nobody listens at HOST:PORT: Ray itself would go on trying for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not host or not port.isdecimal():
        return  # `auto` and `local`
    try:
        socket.create_connection((host, int(port)), timeout=_CONNECT).close()
    except (OSError, OverflowError) as error:
        raise _nobody(address, str(error)) from error


def _nobody(address: str, reason: str) -> RepriseError:
    sentence = f"No Ray cluster answers at '{address}' ({reason})."
    return RepriseError("no_cluster", sentence, "Start one with 'ray start --head', or leave --address out.")


class Cluster:
    """The workers of `bulk.run` on the connected cluster."""

    def __init__(self, files: Files) -> None:
        import ray

        self._ray, self._files = ray, ray.put(files)
        self._actors: dict[str, Any] = {}  # by device
        self._idle: list[str] = []  # devices whose actor is loaded and has nothing to do
        self._jobs: dict[Any, tuple[str, str]] = {}  # what each running task is for: a device, and a row ("" = loading)
        self._lost: dict[str, int] = {}  # how many actors a row has outlived
        self._looked = 0.0

    def __call__(self, todo: Work) -> Iterator[Made]:
        """Answers for the rows, in the order in which they are ready; ends early when no actor is left for long."""
        waiting, alone_since = list(todo), time.monotonic()
        while waiting or any(row for _, row in self._jobs.values()):
            self._look_for_devices()
            while waiting and self._idle:
                device, name = self._idle.pop(), waiting.pop(0)
                self._jobs[self._actors[device].make.remote(name, todo[name])] = (device, name)
            if self._jobs:
                alone_since = time.monotonic()
                ready, _ = self._ray.wait(list(self._jobs), num_returns=1, timeout=_LOOK)
                yield from self._answers(ready, waiting)
            elif time.monotonic() - alone_since > _PATIENCE:
                return
            else:
                time.sleep(_LOOK / 4)

    def _answers(self, tasks: Sequence[Any], waiting: list[str]) -> list[Made]:
        """What ended tasks came to; rows of dead actors are first in line again."""
        answers = []
        for task in tasks:
            device, row = self._jobs.pop(task)
            try:
                answer = self._ray.get(task)
            except self._ray.exceptions.RayTaskError as error:  # `make` fails by answer, so this is loading
                raise _cause(error) from error
            except self._ray.exceptions.RayError:
                answers += self._bury(device, row, waiting)
                continue
            self._idle.append(device)
            if row:
                answers.append(answer)
        return answers

    def _look_for_devices(self) -> None:
        """Starts an actor on every device that has none: those of nodes that joined, or came back."""
        if time.monotonic() - self._looked < _LOOK:
            return
        self._looked = time.monotonic()
        for device, options in _devices(self._ray.nodes()).items():
            if device not in self._actors:
                self._actors[device] = self._ray.remote(_Worker).options(**_scheduled(options)).remote()
                self._jobs[self._actors[device].load.remote(self._files)] = (device, "")

    def _bury(self, device: str, row: str, waiting: list[str]) -> list[Made]:
        """Forgets a dead actor. Its row waits again, unless it has seen too many die."""
        del self._actors[device]
        if not row:
            return []
        self._lost[row] = self._lost.get(row, 0) + 1
        if self._lost[row] == _ATTEMPTS:
            sentence = f"{_ATTEMPTS} workers ended while they made this prompt."
            return [Made(row, error=RepriseError("worker_died", sentence, "Is there too little memory for it?"))]
        waiting.insert(0, row)
        return []


class _Worker:
    """An engine on its device, from files that it gets by content."""

    def load(self, files: Files) -> None:
        """Here and not in the constructor, whose errors Ray would take for a dead actor's."""
        import torch

        from .engines import load_around

        self._folder = tempfile.TemporaryDirectory(prefix="reprise-bulk-")
        self._engine = load_around(
            files.engine,
            checkpoint=self._kept("checkpoint.safetensors", files.checkpoint),
            library=self._kept("library.sqlite", files.library),
            device="cuda" if torch.cuda.is_available() else "cpu",
            precision=files.precision,
            mixture=files.mixture,
            compiled=files.compiled,
        )

    def _kept(self, name: str, content: bytes | None) -> Path | None:
        path = Path(self._folder.name, name)
        if content is not None:
            path.write_bytes(content)
        return path if content is not None else None

    def make(self, name: str, request: Request) -> Made:
        """One row."""
        return make(self._engine, name, request)


def _devices(nodes: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """A name a device, and where it is: each GPU of a node that has some, else the node's processors as one."""
    devices: dict[str, dict[str, Any]] = {}
    for node in nodes:
        if not node["Alive"]:
            continue
        gpus = int(node["Resources"].get("GPU", 0))
        place = {"node": node["NodeID"], "cpus": max(1, int(node["Resources"].get("CPU", 1)))}
        for index in range(max(1, gpus)):
            devices[f"{node['NodeID']}/{index}"] = {**place, "gpu": gpus > 0}
    return devices


def _scheduled(device: dict[str, Any]) -> dict[str, Any]:
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    needs = {"num_gpus": 1, "num_cpus": 1} if device["gpu"] else {"num_cpus": device["cpus"]}
    where = NodeAffinitySchedulingStrategy(device["node"], soft=False)
    return {**needs, "scheduling_strategy": where, "max_restarts": 0, "max_task_retries": 0}


def _cause(error: Any) -> Exception:
    """The actor's own exception, where there is one that a person may read."""
    return error.cause if isinstance(getattr(error, "cause", None), RepriseError) else error
