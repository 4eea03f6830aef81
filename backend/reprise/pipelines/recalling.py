"""What both engines do around their networks: references first, then features, then clean motion that says where it
came from.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from reprise.features.fusion import decode_generated
from reprise.text import TextEncoder, TextFeatures
from reprise_core.contract import Progress, Reference, Request
from reprise_core.motion import Motion

from .base import IsCancelled, OnProgress
from .reference_search import ReferenceSearch
from .sequence import Timeline, described, separate
from .takes import Clock, check_encoder, clean_takes

Found = list[Reference]
Made = tuple[list[NDArray[np.float32]], list[Found]]  # features (frames, 263), a take each; references, a segment each


class Trained(Protocol):
    """What every engine's checkpoint says of itself; `mean` and `std` (263,) normalise the features."""

    @property
    def name(self) -> str: ...
    @property
    def step(self) -> int: ...
    @property
    def encoder(self) -> str: ...
    @property
    def mean(self) -> Tensor: ...
    @property
    def std(self) -> Tensor: ...


class RecallingEngine(ABC):
    """An `Engine` but for its networks, which `_features` asks, and what is its own in `describe` and in the meta."""

    ENGINE: ClassVar[str]

    def __init__(
        self, trained: Trained, encoder: TextEncoder, library: Path, device: torch.device, retriever: Path
    ) -> None:
        check_encoder(trained.encoder, encoder)
        self._trained, self._encoder, self._device = trained, encoder, device
        self._library = ReferenceSearch(library, encoder, retriever, str(device))
        self._mean, self._std = trained.mean.cpu().numpy(), trained.std.cpu().numpy()

    def describe(self) -> Mapping[str, Any]:
        """Engine, checkpoint, encoder, library and device, for `GET /v1/capabilities`."""
        known = self._library.searchable()
        return {
            "engine": self.ENGINE,
            "checkpoint": self._trained.name,
            "step": self._trained.step,
            "encoder": self._encoder.name,
            "library": str(self._library.path),
            "clips": len(known.index),
            "search": "faiss" if known.search else "exact",
            "device": str(self._device),
            **self._own_description(),
        }

    def retrieve(self, request: Request) -> Found:
        """The references that `generate` uses, segment by segment: pinned ones first, then the best by the method."""
        return [reference for segment in separate(request) for reference in self._find(segment)]

    def generate(self, request: Request, on_progress: OnProgress, is_cancelled: IsCancelled) -> list[Motion]:
        """`request.count` takes; see `Engine.generate`."""
        clock = Clock()
        features, references = self._features(request, clock, on_progress, is_cancelled)
        metas = [self._meta(request, take, references) for take in range(request.count)]
        return clean_takes(features, self._std, metas, clock, on_progress, is_cancelled)

    def raw_joints(self, request: Request) -> list[NDArray[np.float32]]:
        """The joints (T, 22, 3) in metres that `generate` cleans up, a take each: what clean-up is measured against."""
        features, _ = self._features(request, Clock(), lambda progress: None, lambda: False)
        return [decode_generated(row, self._std) for row in features]

    def _find(self, segment: Request) -> Found:
        return self._library.find(segment.prompt, segment.frames, segment.references)

    def _recalled(self, request: Request, clock: Clock, on_progress: OnProgress) -> tuple[TextFeatures, list[Found]]:
        """The text features of each segment, in one batch, and its references."""
        segments = separate(request)
        with clock.stage("text"):
            on_progress(Progress("text", 0, 1))
            prompts = self._encoder.encode([segment.prompt for segment in segments])
        with clock.stage("retrieval"):
            on_progress(Progress("retrieval", 0, 1))
            return prompts, [self._find(segment) for segment in segments]

    def _meta(self, request: Request, take: int, references: Sequence[Found]) -> dict[str, Any]:
        """Everything that a take can be made again from."""
        return {
            "prompt": request.prompt,
            "seconds": sum(segment.seconds for segment in request.segments),
            "seed": request.seed + take,
            "engine": self.ENGINE,
            "steps": request.steps,
            **self._own_meta(request),
            "text_strength": request.text_strength,
            "reference_strength": request.references.strength,
            "checkpoint": f"{self._trained.name}@{self._trained.step}",
            "library": self._library.path.name,
            "references": [reference.to_json() for found in references for reference in found],
            **({"segments": described(request, self._timeline(request), references)} if request.then else {}),
        }

    @abstractmethod
    def _features(
        self, request: Request, clock: Clock, on_progress: OnProgress, is_cancelled: IsCancelled
    ) -> Made: ...  # in metres and radians

    @abstractmethod
    def _timeline(self, request: Request) -> Timeline: ...

    @abstractmethod
    def _own_description(self) -> Mapping[str, Any]: ...

    def _own_meta(self, request: Request) -> Mapping[str, Any]:
        del request
        return {}
