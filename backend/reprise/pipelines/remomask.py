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
from reprise.library.store import Library
from reprise.masking.decoding import Sampling, decode
from reprise.masking.guidance import Guidance, guided
from reprise.models.remomask_checkpoint import ReMoMaskCheckpoint
from reprise.models.rvq import COLUMNS, STRIDE
from reprise.models.token_transformer import Condition, TokenTransformer
from reprise.text import TextEncoder
from reprise_core.contract import DEFAULT_STEPS, Progress, Request
from reprise_core.errors import Cancelled

from .base import IsCancelled, OnProgress
from .recalling import Made, RecallingEngine
from .sequence import Timeline, separate
from .takes import Clock
from .token_references import token_references

_CARRIED = 4  # columns (0.2 s each) of the segment before that the next one is decoded onto
_CONDITIONAL = np.array((1.0, 0.0, 0.0, 0.0))  # weights of BRANCHES without guidance


class ReMoMask(RecallingEngine):
    """Loaded networks, their text encoder and a library. Make one with `reprise.pipelines.load`.

    Takes are decoded one by one: a draw among codes can turn on the last bit of a logit, and so take i is exactly what
    its seed gives alone, whatever is made beside it. `Request.steps` are the iterations of the masked decoding.
    """

    ENGINE = "remomask"

    def __init__(
        self,
        checkpoint: ReMoMaskCheckpoint,
        encoder: TextEncoder,
        library: Path,
        device: torch.device,
        retriever: Path = assets.RETRIEVER,
    ) -> None:
        super().__init__(checkpoint, encoder, library, device, retriever)
        self._checkpoint = checkpoint
        self._guidance = Guidance(**checkpoint.decoding["guidance"])
        self._sampling = Sampling(**checkpoint.decoding["sampling"])

    def features(self, requests: Sequence[Request]) -> list[NDArray[np.float32]]:
        """See `FeatureEngine.features`; requests may differ in everything."""
        nothing = Clock(), lambda progress: None, lambda: False
        return [self._features(request, *nothing)[0][0] for request in requests]

    def varied(self, guidance: Guidance | None = None, sampling: Sampling | None = None) -> ReMoMask:
        """The same weights under other guidance or sampling: what ablations compare."""
        other = ReMoMask(self._checkpoint, self._encoder, self._library.path, self._device, self._library.retriever)
        other._guidance, other._sampling = guidance or self._guidance, sampling or self._sampling
        return other

    def _own_description(self) -> Mapping[str, Any]:
        return {
            "max_frames": self._checkpoint.rvq.config.frames,
            "steps": DEFAULT_STEPS[self.ENGINE],
            "guidance": self._checkpoint.decoding["guidance"],
        }

    def _timeline(self, request: Request) -> Timeline:
        starts = (0, *accumulate(segment.frames for segment in request.segments))
        return Timeline(starts[:-1], (), starts[-1])

    def _features(self, request: Request, clock: Clock, on_progress: OnProgress, is_cancelled: IsCancelled) -> Made:
        prompts, references = self._recalled(request, clock, on_progress)
        segments = separate(request)
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
