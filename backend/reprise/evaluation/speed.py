"""How fast motion is made: the sampler beside the plain one, and a whole request stage by stage.

Samplers are compared step by step in turn, so that whatever else the machine does meets them alike, and of the repeats
of a step the fastest counts. Beside the seconds of the clock stand those that the processor worked for it, of all
threads together: with one thread they say how long it takes where nothing else runs. Weights are random where none are
given: they do not change how long a product takes.
"""

from __future__ import annotations

import platform
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from reprise.diffusion.ddim import seeded_noise
from reprise.diffusion.mixture import Mixture, mixture_weights
from reprise.diffusion.schedule import spaced_timesteps
from reprise.models.compiling import require_compiler
from reprise.models.inference import InferenceTransformer
from reprise.models.semantics_modulated_transformer import SemanticsModulatedTransformer, TransformerConfig
from reprise.pipelines.base import Engine
from reprise.pipelines.mixed_denoiser import mixed_denoiser
from reprise_core.contract import SOLVERS, Request

from .plain_sampler import RawCondition, plain_denoiser

STEPS, WORDS = 50, 77
PLAIN, PUBLISHED, OURS, BF16 = "plain, encoding at every step", "plain, as published", "ours", "ours, bfloat16"
COMPILED = "ours, compiled"
PROMPT = "a person walks forward"
OnDone = Callable[[int, int], None]


class Seconds(NamedTuple):
    """By the clock, and of all the processor's work for it."""

    clock: float
    processor: float


@dataclass(frozen=True)
class SamplerTime:
    """Seconds that `sampler` takes for one clip of `frames` with k references in 50 steps. The mixture gives a
    weight to so many `branches`, of which the published sampler computes 200. `error` is the largest difference of its
    predictions from those of the published sampler, in standard deviations of the features.
    """

    sampler: str
    k: int
    threads: int
    frames: int
    repeats: int
    branches: int
    seconds: float
    processor_seconds: float
    error: float

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class RequestTime:
    """Median seconds of each stage of a request, all in all, and for one of its takes; made `repeats` times.

    `solver` is the diffusion sampler's, None with an engine that has none.
    """

    engine: str
    solver: str | None
    steps: int
    count: int
    threads: int
    clip_seconds: float
    repeats: int
    stages: dict[str, float]
    total: float
    processor_total: float
    per_take: float

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def machine() -> dict[str, Any]:
    """What the figures depend on, without saying whose machine it is."""
    return {
        "processor": platform.machine(),
        "capability": torch.backends.cpu.get_cpu_capability(),
        "torch": torch.__version__,
        "default_threads": torch.get_num_threads(),
    }


def sampler_times(
    config: TransformerConfig,
    k: int,
    threads: int,
    frames: int,
    repeats: int,
    mixture: Mixture,
    seed: int = 0,
    *,
    compiled: bool = False,
    on_done: OnDone = lambda done, total: None,
) -> list[SamplerTime]:
    """The samplers side by side, on random weights of that size; the plainest first, the `compiled` one last if wanted.

    The `mixture` says how many branches have a weight: of the 200 of 50 steps 116 with the published coefficients, and
    with guidance that ends on the fully conditioned branch 92 where it ends at t = 100, 69 at t = 400.
    """
    network = _random_network(config, seed)
    raw = _random_condition(config, k, frames, seed)
    timesteps = spaced_timesteps(STEPS)
    weights = mixture_weights(mixture, timesteps, [seed])
    x = seeded_noise([seed], frames, config.features)
    with torch.inference_mode(), _threads(threads):
        condition = network.encode_condition(raw.tokens, raw.mask, network.encode_references(*raw[2:]))
        samplers = {
            PLAIN: plain_denoiser(network, raw, timesteps, weights, encode_every_step=True),
            PUBLISHED: plain_denoiser(network, raw, timesteps, weights),
            OURS: mixed_denoiser(InferenceTransformer(network), condition, timesteps, weights),
            BF16: mixed_denoiser(InferenceTransformer(network, "bf16"), condition, timesteps, weights),
        }
        if compiled:
            require_compiler()
            torch.compiler.reset()  # of earlier networks' code, of which torch keeps only so many
            own = InferenceTransformer(network, compiled=True)
            samplers[COMPILED] = mixed_denoiser(own, condition, timesteps, weights)
        seconds = dict.fromkeys(samplers, Seconds(0.0, 0.0))
        errors = dict.fromkeys(samplers, 0.0)
        for denoise in samplers.values():
            for t in (timesteps[0], timesteps[-1]):  # the first call sets things up, with one branch and with two
                denoise(x, t)
        for done, t in enumerate(timesteps):
            on_done(done, len(timesteps))
            fastest, predicted = _race(samplers, x, t, repeats)
            for name, time_taken in fastest.items():
                seconds[name] = Seconds(*map(sum, zip(seconds[name], time_taken, strict=True)))
                errors[name] = max(errors[name], float((predicted[name] - predicted[PUBLISHED]).abs().max()))
    return [
        SamplerTime(
            name,
            k,
            threads,
            frames,
            repeats,
            int(np.count_nonzero(weights)),
            round(took.clock, 4),
            round(took.processor, 4),
            errors[name],
        )
        for name, took in seconds.items()
    ]


def request_time(
    engine: Engine, name: str, clip_seconds: float, count: int, solver: str | None, threads: int, repeats: int
) -> RequestTime:
    """A whole request to the engine of that name, with the steps that it (or its solver) is made for, `repeats` times
    with different prompts and seeds, after one that counts for nothing.
    """
    stages: list[dict[str, float]] = []
    totals: list[Seconds] = []
    prompts = [f"{PROMPT} {repeat} times" for repeat in range(repeats + 1)]  # none is in the encoder's cache
    requests = [
        Request(prompt, clip_seconds, repeat, count, name, solver=solver or SOLVERS[0])
        for repeat, prompt in enumerate(prompts)
    ]
    with _threads(threads):
        for request in requests:
            started = _now()
            motion = engine.generate(request, lambda progress: None, lambda: False)[0]
            totals.append(_since(started))
            stages.append(dict(motion.meta["timings"]))
    middle = {name: round(statistics.median(row[name] for row in stages[1:]), 4) for name in stages[0]}
    total, worked = (round(statistics.median(each), 4) for each in zip(*totals[1:], strict=True))
    per_take = round(total / count, 4)
    steps = requests[0].steps
    return RequestTime(name, solver, steps, count, threads, clip_seconds, repeats, middle, total, worked, per_take)


def _race(
    samplers: dict[str, Callable[[Tensor, int], Tensor]], x: Tensor, t: int, repeats: int
) -> tuple[dict[str, Seconds], dict[str, Tensor]]:
    fastest, predicted = dict.fromkeys(samplers, Seconds(float("inf"), float("inf"))), {}
    for _ in range(repeats):
        for name, denoise in samplers.items():
            started = _now()
            predicted[name] = denoise(x, t)
            fastest[name] = Seconds(*map(min, zip(fastest[name], _since(started), strict=True)))
    return fastest, predicted


def _now() -> Seconds:
    return Seconds(time.perf_counter(), time.process_time())


def _since(started: Seconds) -> Seconds:
    now = _now()
    return Seconds(now.clock - started.clock, now.processor - started.processor)


def _random_network(config: TransformerConfig, seed: int) -> SemanticsModulatedTransformer:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = SemanticsModulatedTransformer(config).eval()
        for weight in network.parameters():  # layers that start as zero would hide what the others do
            if not weight.any():
                torch.nn.init.normal_(weight, std=0.02)
    return network


def _random_condition(config: TransformerConfig, k: int, frames: int, seed: int) -> RawCondition:
    random = torch.Generator().manual_seed(seed)
    return RawCondition(
        torch.randn(1, WORDS, config.text_dimension, generator=random),
        torch.ones(1, WORDS, dtype=torch.bool),
        torch.randn(1, k, frames, config.features, generator=random),
        torch.ones(1, k, frames, dtype=torch.bool),
        torch.randn(1, k, WORDS, config.text_dimension, generator=random),
        torch.ones(1, k, WORDS, dtype=torch.bool),
    )


@contextmanager
def _threads(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
