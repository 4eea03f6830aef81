"""What every engine offers: request in, Motion out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from reprise_core.contract import Progress, Reference, Request
from reprise_core.motion import Motion

OnProgress = Callable[[Progress], None]
IsCancelled = Callable[[], bool]


class Engine(Protocol):
    """A loaded generator. Not thread-safe: one worker owns it."""

    def retrieve(self, request: Request) -> list[Reference]:
        """The references that `generate` would use for this request, best first."""
        ...

    def generate(self, request: Request, on_progress: OnProgress, is_cancelled: IsCancelled) -> list[Motion]:
        """`request.count` takes, made as one batch; take i is drawn from seed `request.seed + i`.

        `is_cancelled` is asked at every sampler step; when it answers True, `Cancelled` is raised.
        """
        ...

    def describe(self) -> Mapping[str, Any]:
        """What `GET /v1/capabilities` tells: engine, checkpoint, encoder, library, device, frames."""
        ...


@runtime_checkable
class FeatureEngine(Engine, Protocol):
    """An engine that also gives what its network made, before anything is cleaned up: what evaluation measures."""

    def features(self, requests: Sequence[Request]) -> list[NDArray[np.float32]]:
        """Raw features (frames, 263) in metres and radians: one take a request (`count` does not matter), in a batch.

        Row i is what request i alone gives, to rounding. Requests of different steps or solvers raise `RepriseError`.
        """
        ...
