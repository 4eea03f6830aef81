"""ReMoDiffuse as an engine: prompt -> references -> 263 features -> joints -> Motion."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import asdict, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from reprise import assets
from reprise.diffusion.ddim import ddim_sample, seeded_noise
from reprise.diffusion.dpm_solver import dpm_sample, even_timesteps
from reprise.diffusion.mixture import MIXTURES, Mixture, mixture_weights
from reprise.diffusion.schedule import linear_schedule, spaced_timesteps
from reprise.features import humanml3d
from reprise.library.store import Library
from reprise.models.checkpoint import Checkpoint
from reprise.models.compiling import require_compiler
from reprise.models.inference import PRECISIONS, InferenceTransformer
from reprise.models.semantics_modulated_transformer import Condition, joined
from reprise.text import TextEncoder, TextFeatures
from reprise_core.contract import Progress, Reference, Request
from reprise_core.errors import Cancelled, RepriseError

from .base import IsCancelled, OnProgress
from .mixed_denoiser import mixed_denoiser
from .recalling import Made, RecallingEngine
from .reference_features import content_of, encode_references
from .sequence import Timeline, blended, separate, timeline
from .takes import Clock


def check_mixture(name: str) -> None:
    """Raises `RepriseError('bad_mixture')` unless there is such a mixture."""
    if name not in MIXTURES:
        raise RepriseError("bad_mixture", f"There is no mixture '{name}'.", f"Use one of: {', '.join(MIXTURES)}.")


def check_precision(name: str) -> None:
    """Raises `RepriseError('bad_precision')` unless there is such a precision."""
    if name not in PRECISIONS:
        raise RepriseError("bad_precision", f"There is no precision '{name}'.", f"Use one of: {', '.join(PRECISIONS)}.")


class ReMoDiffuse(RecallingEngine):
    """A loaded network, its text encoder and a library. Make one with `reprise.pipelines.load`.

    `precision` is that of the sampler's large products, one of `reprise.models.inference.PRECISIONS`; `compiled` sends
    its predictions through torch.compile.
    """

    ENGINE = "remodiffuse"

    def __init__(
        self,
        checkpoint: Checkpoint,
        encoder: TextEncoder,
        library: Path,
        device: torch.device,
        retriever: Path = assets.RETRIEVER,
        precision: str = "fp32",
        compiled: bool = False,
    ) -> None:
        check_precision(precision)
        if compiled:
            require_compiler()
        super().__init__(checkpoint, encoder, library, device, retriever)
        self._checkpoint, self._network, self._precision = checkpoint, checkpoint.network, precision
        self._compiled = compiled
        self._schedule, self.mixture = linear_schedule(), Mixture.from_json(checkpoint.mixture)

    def varied(
        self,
        mixture: Mixture | None = None,
        reference_stride: int | None = None,
        precision: str | None = None,
    ) -> ReMoDiffuse:
        """The same weights with another mixture or precision, or every so many frames of a reference."""
        network = copy(self._network)
        if reference_stride is not None:
            network.config = replace(network.config, reference_stride=reference_stride)
        checkpoint = replace(self._checkpoint, network=network, mixture=asdict(mixture or self.mixture))
        files = (self._library.path, self._device, self._library.retriever)
        return ReMoDiffuse(checkpoint, self._encoder, *files, precision or self._precision, self._compiled)

    def mixed(self, name: str) -> ReMoDiffuse:
        """The same weights under the mixture `name` of `MIXTURES`. Raises `RepriseError` where there is none such."""
        check_mixture(name)
        changed = replace(self.mixture, chosen=name)
        if changed.used != name:
            hint = "Search it with 'reprise train mixture', or use guidance."
            raise RepriseError("no_mixture", f"The mixture of {self._checkpoint.name} was never searched.", hint)
        return self.varied(changed)

    def features(self, requests: Sequence[Request]) -> list[NDArray[np.float32]]:
        """See `FeatureEngine.features`."""
        if len({(request.steps, request.solver) for request in requests}) > 1:
            raise RepriseError("bad_request", "Requests of different steps or solvers do not go in one batch.")
        with torch.inference_mode():
            condition, references = self.conditions(requests)
            used = [bool(found) for found in references]
            return self._sample(requests, used, condition, lambda progress: None, lambda: False)

    @torch.inference_mode()
    def conditions(self, requests: Sequence[Request]) -> tuple[Condition, list[list[Reference]]]:
        """What the network sees of text and references, a row a segment of the requests, and those references."""
        segments = [segment for request in requests for segment in separate(request)]
        prompts = self._encoder.encode([segment.prompt for segment in segments])
        references = [self._find(segment) for segment in segments]
        return self._condition(prompts, references), references

    def _own_description(self) -> Mapping[str, Any]:
        return {
            "mixture": self.mixture.used,
            "precision": self._precision,
            "max_frames": self._network.config.frames,
        }

    def _own_meta(self, request: Request) -> Mapping[str, Any]:
        return {"solver": request.solver, "mixture": self.mixture.used, "precision": self._precision}

    def _features(self, request: Request, clock: Clock, on_progress: OnProgress, is_cancelled: IsCancelled) -> Made:
        prompts, references = self._recalled(request, clock, on_progress)
        with clock.stage("sampling"), torch.inference_mode():
            condition = self._condition(prompts, references)
            if request.then:
                condition = joined([condition] * request.count)
            takes = [replace(request, seed=request.seed + take, count=1) for take in range(request.count)]
            used = [bool(found) for found in references] * request.count
            return self._sample(takes, used, condition, on_progress, is_cancelled), references

    @cached_property
    def _sampler(self) -> InferenceTransformer:
        return InferenceTransformer(self._network, self._precision, self._compiled)

    @cached_property
    def _content(self) -> str:
        return content_of(self._checkpoint)

    def _condition(self, prompts: TextFeatures, references: Sequence[list[Reference]]) -> Condition:
        """The sums over text and references, one row a prompt."""
        with Library.open(self._library.path) as library:
            encoded = [
                encode_references(self._checkpoint, self._content, self._encoder, library, found)
                for found in references
            ]
        tokens, mask = self._put(prompts.tokens), self._put(prompts.mask)
        rows = (self._network.encode_condition(tokens[i : i + 1], mask[i : i + 1], e) for i, e in enumerate(encoded))
        return joined(list(rows))

    def _sample(
        self,
        takes: Sequence[Request],
        has_references: Sequence[bool],
        condition: Condition,
        on_progress: OnProgress,
        is_cancelled: IsCancelled,
    ) -> list[NDArray[np.float32]]:
        """Takes of equal steps as features (frames, 263) in metres and radians.

        `condition` has a row for each segment of each take, as has `has_references`, or one that serves all.
        """
        fast = takes[0].solver == "dpm++"
        timesteps = even_timesteps(self._schedule, takes[0].steps) if fast else spaced_timesteps(takes[0].steps)
        lines = [self._timeline(take) for take in takes]
        rows = [take for take in takes for _ in take.segments]
        weights = np.concatenate(
            [
                mixture_weights(self.mixture, timesteps, [row.seed], row.text_strength, used * row.references.strength)
                for row, used in zip(rows, has_references, strict=True)
            ],
            axis=1,
        )
        noise = torch.zeros(len(takes), max(line.frames for line in lines), humanml3d.FEATURES)
        for own, take, line in zip(noise, takes, lines, strict=True):
            own[: line.frames] = seeded_noise([take.seed], line.frames, humanml3d.FEATURES)[0]
        lengths = torch.tensor([frames for line in lines for frames in line.rows])
        mask = self._put(torch.arange(int(lengths.max())) < lengths[:, None])
        denoise = mixed_denoiser(self._sampler, condition, timesteps, weights, None if mask.all() else mask)
        if any(take.then for take in takes):
            denoise = blended(denoise, lines)
        started = time.monotonic()

        def on_step(step: int) -> None:
            if is_cancelled():
                raise Cancelled
            eta = (time.monotonic() - started) / step * (len(timesteps) - step) if step else None
            on_progress(Progress("sampling", step, len(timesteps), eta))

        sample = dpm_sample if fast else ddim_sample
        x0 = sample(denoise, self._put(noise), self._schedule, timesteps, on_step)
        whole = x0.float().cpu().numpy() * self._std + self._mean
        return [row[: line.frames] for row, line in zip(whole, lines, strict=True)]

    def _timeline(self, request: Request) -> Timeline:
        return timeline([segment.frames for segment in request.segments], self._network.config.frames)

    def _put(self, array: NDArray[Any] | Tensor) -> Tensor:
        tensor = torch.from_numpy(array) if isinstance(array, np.ndarray) else array
        return tensor.to(self._device)
