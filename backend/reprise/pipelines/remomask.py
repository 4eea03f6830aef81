"""ReMoMask as an engine: prompt -> references -> token map -> 263 features -> joints -> Motion (Li et al., 2025)."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from reprise import assets
from reprise.diffusion.ddim import seeded_generator
from reprise.diffusion.mixture import apply_strengths
from reprise.features.fusion import decode_generated
from reprise.library.store import Library
from reprise.masking.decoding import Sampling, decode
from reprise.masking.guidance import Guidance, guided
from reprise.models.remomask_checkpoint import ReMoMaskCheckpoint
from reprise.models.rvq import COLUMNS, STRIDE
from reprise.models.token_transformer import Condition, TokenTransformer
from reprise.text import TextEncoder
from reprise_core.contract import DEFAULT_STEPS, Progress, Reference, Request
from reprise_core.errors import Cancelled
from reprise_core.motion import Motion

from .base import IsCancelled, OnProgress
from .reference_search import ReferenceSearch
from .sequence import Timeline, described, separate
from .takes import Clock, check_encoder, clean_takes
from .token_references import token_references

ENGINE = "remomask"
_CARRIED = 4  # columns (0.2 s each) of the segment before that the next one is decoded onto
_CONDITIONAL = np.array((1.0, 0.0, 0.0, 0.0))  # weights of BRANCHES without guidance
Found = list[Reference]


class ReMoMask:
    """Loaded networks, their text encoder and a library. Make one with `reprise.pipelines.load`.

    Takes are decoded one by one: a draw among codes can turn on the last bit of a logit, and so take i is exactly what
    its seed gives alone, whatever is made beside it.
    """

    def __init__(
        self,
        checkpoint: ReMoMaskCheckpoint,
        encoder: TextEncoder,
        library: Path,
        device: torch.device,
        retriever: Path = assets.RETRIEVER,
    ) -> None:
        check_encoder(checkpoint.encoder, encoder)
        self._checkpoint, self._encoder, self._device = checkpoint, encoder, device
        self._library = ReferenceSearch(library, encoder, retriever, str(device))
        self._mean, self._std = checkpoint.mean.cpu().numpy(), checkpoint.std.cpu().numpy()
        self._guidance = Guidance(**checkpoint.decoding["guidance"])
        self._sampling = Sampling(**checkpoint.decoding["sampling"])

    def describe(self) -> Mapping[str, Any]:
        """Engine, checkpoint, encoder, library and device, for `GET /v1/capabilities`."""
        known = self._library.searchable()
        return {
            "engine": ENGINE,
            "checkpoint": self._checkpoint.name,
            "step": self._checkpoint.step,
            "encoder": self._encoder.name,
            "library": str(self._library.path),
            "clips": len(known.index),
            "search": "faiss" if known.search else "exact",
            "device": str(self._device),
            "max_frames": self._checkpoint.rvq.config.frames,
            "steps": DEFAULT_STEPS[ENGINE],
            "guidance": self._checkpoint.decoding["guidance"],
        }

    def retrieve(self, request: Request) -> Found:
        """The references that `generate` uses, segment by segment: pinned ones first, then the best by the method."""
        return [reference for segment in separate(request) for reference in self._find(segment)]

    def generate(self, request: Request, on_progress: OnProgress, is_cancelled: IsCancelled) -> list[Motion]:
        """`request.count` takes; see `Engine.generate`. `request.steps` are the iterations of the masked decoding."""
        clock = Clock()
        features, references = self._features(request, clock, on_progress, is_cancelled)
        metas = [self._meta(request, take, references) for take in range(request.count)]
        return clean_takes(features, self._std, metas, clock, on_progress, is_cancelled)

    def raw_joints(self, request: Request) -> list[NDArray[np.float32]]:
        """The joints (T, 22, 3) in metres that `generate` cleans up, a take each: what clean-up is measured against."""
        features, _ = self._features(request, Clock(), lambda progress: None, lambda: False)
        return [decode_generated(row, self._std) for row in features]

    def features(self, requests: Sequence[Request]) -> list[NDArray[np.float32]]:
        """See `FeatureEngine.features`; requests may differ in everything."""
        nothing = Clock(), lambda progress: None, lambda: False
        return [self._features(request, *nothing)[0][0] for request in requests]

    def varied(self, guidance: Guidance | None = None, sampling: Sampling | None = None) -> ReMoMask:
        """The same weights under other guidance or sampling: what ablations compare."""
        other = ReMoMask(self._checkpoint, self._encoder, self._library.path, self._device, self._library.retriever)
        other._guidance, other._sampling = guidance or self._guidance, sampling or self._sampling
        return other

    def _find(self, segment: Request) -> Found:
        return self._library.find(segment.prompt, segment.frames, segment.references)

    def _features(
        self, request: Request, clock: Clock, on_progress: OnProgress, is_cancelled: IsCancelled
    ) -> tuple[list[NDArray[np.float32]], list[Found]]:
        """Features (frames, 263) in metres and radians, a take each, and the references of each segment."""
        segments = separate(request)
        with clock.stage("text"):
            on_progress(Progress("text", 0, 1))
            prompts = self._encoder.encode([segment.prompt for segment in segments])
        with clock.stage("retrieval"):
            on_progress(Progress("retrieval", 0, 1))
            references = [self._find(segment) for segment in segments]
        with clock.stage("sampling"), torch.inference_mode():
            steps = _Steps(request.count * len(segments) * request.steps, on_progress, is_cancelled)
            with Library.open(self._library.path) as library:
                seen = [token_references(self._checkpoint, self._encoder, library, found) for found in references]
            tokens, mask = (torch.from_numpy(part).to(self._device) for part in (prompts.tokens, prompts.mask))

            def conditions(trunk: TokenTransformer) -> list[Condition]:
                given = enumerate(seen)
                return [trunk.encode_condition(tokens[i : i + 1], mask[i : i + 1], each) for i, each in given]

            base, finer = (conditions(net.trunk) for net in (self._checkpoint.masked, self._checkpoint.residual))
            parts = [
                _Part(segment, bool(found), *pair)
                for segment, found, pair in zip(segments, references, zip(base, finer, strict=True), strict=True)
            ]
            rows = [self._take(request, parts, take, steps) for take in range(request.count)]
        return rows, references

    def _take(self, request: Request, parts: Sequence[_Part], take: int, steps: _Steps) -> NDArray[np.float32]:
        """(frames, 263) features in metres and radians of one take.

        Each segment is decoded onto the last columns of the one before, which stay as they are, and all codes become
        features at once: there is no join to hide.
        """
        ends = [-(-end // STRIDE) for end in accumulate(part.segment.frames for part in parts)]
        codes = torch.zeros(
            1, 0, COLUMNS, self._checkpoint.rvq.config.quantisers, dtype=torch.long, device=self._device
        )
        for number, (part, end) in enumerate(zip(parts, ends, strict=True)):
            new = end - codes.shape[1]
            longest = self._checkpoint.rvq.config.frames // STRIDE
            carried = codes[:, max(0, codes.shape[1] - max(1, min(_CARRIED, longest - new))) :]
            draws = seeded_generator(request.seed + take, stream=number)
            codes = torch.cat((codes, self._codes(part, carried, new, draws, steps)), dim=1)
        features = self._checkpoint.rvq.decode(codes, request.frames)[0]
        return features.float().cpu().numpy() * self._std + self._mean

    def _codes(self, part: _Part, before: Tensor, columns: int, draws: np.random.Generator, steps: _Steps) -> Tensor:
        """(1, columns, J, Q) codes that go on from `before` (1, P, J, Q)."""
        masked, residual, known = self._checkpoint.masked, self._checkpoint.residual, before.shape[1]
        request, device = part.segment, before.device
        mask = torch.ones((1, known + columns), dtype=torch.bool, device=device)
        strengths = request.text_strength, part.has_references * request.references.strength
        weights = apply_strengths(self._guidance.weights(), *strengths)

        def told(ids: Tensor, *use: Tensor) -> Tensor:
            rows = len(use[0])
            return masked(ids.expand(rows, -1, -1), mask.expand(rows, -1), part.base.rows(rows), *use)

        open_cells = before.new_full((1, columns, COLUMNS), masked.mask_id)
        ids = decode(
            lambda ids: guided(weights, lambda *use: told(ids, *use), device),
            torch.cat((before[..., 0], open_cells), dim=1),
            masked.mask_id,
            [draws],
            request.steps,
            self._sampling,
            steps.next,
        )
        codes = torch.zeros(*ids.shape, residual.config.quantisers, dtype=torch.long, device=device)
        codes[..., 0], codes[:, :known] = ids, before
        weights = apply_strengths(_CONDITIONAL, *strengths)

        def finer(layer: int, *use: Tensor) -> Tensor:
            rows = len(use[0])
            wanted = torch.full((rows,), layer, device=device)
            return residual(codes.expand(rows, -1, -1, -1), wanted, mask.expand(rows, -1), part.finer.rows(rows), *use)

        for layer in range(1, residual.config.quantisers):
            steps.check()
            logits = guided(weights, lambda *use, layer=layer: finer(layer, *use), device)
            codes[:, known:, :, layer] = logits.argmax(dim=-1)[:, known:]
        return codes[:, known:]

    def _meta(self, request: Request, take: int, references: Sequence[Found]) -> dict[str, Any]:
        starts = (0, *accumulate(segment.frames for segment in request.segments))
        line = Timeline(starts[:-1], (), starts[-1])
        return {
            "prompt": request.prompt,
            "seconds": sum(segment.seconds for segment in request.segments),
            "seed": request.seed + take,
            "engine": ENGINE,
            "steps": request.steps,
            "text_strength": request.text_strength,
            "reference_strength": request.references.strength,
            "checkpoint": f"{self._checkpoint.name}@{self._checkpoint.step}",
            "library": self._library.path.name,
            "references": [reference.to_json() for found in references for reference in found],
            **({"segments": described(request, line, references)} if request.then else {}),
        }


@dataclass(frozen=True)
class _Part:
    """A segment, whether it has references, and what the masked and the residual transformer see of its condition."""

    segment: Request
    has_references: bool
    base: Condition
    finer: Condition


class _Steps:
    """Tells how far the iterations of all takes are, and stops them when they are cancelled."""

    def __init__(self, total: int, on_progress: OnProgress, is_cancelled: IsCancelled) -> None:
        self._total, self._on_progress, self._is_cancelled = total, on_progress, is_cancelled
        self._done, self._started = 0, time.monotonic()

    def next(self, _step: int) -> None:
        """Another iteration begins; raises `Cancelled`."""
        self.check()
        eta = (time.monotonic() - self._started) / self._done * (self._total - self._done) if self._done else None
        self._on_progress(Progress("sampling", self._done, self._total, eta))
        self._done += 1

    def check(self) -> None:
        """Raises `Cancelled` when that is asked for."""
        if self._is_cancelled():
            raise Cancelled
