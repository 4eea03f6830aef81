"""What it computes on, and how long one motion takes: the whole way of a prompt, once."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

from reprise_core.contract import Request

from .finding import Finding, Status

_SECONDS = 4.0


def device() -> Iterator[Finding]:
    """The device that is taken when none is asked for, and the threads."""
    import torch

    from reprise import pipelines

    name = pipelines.best_device()
    card = f" ({torch.cuda.get_device_name(0)})" if name == "cuda" else ""
    capability = torch.backends.cpu.get_cpu_capability()
    yield Finding("device", Status.OK, f"{name}{card}, torch {torch.__version__}, processor with {capability}")
    yield Finding("threads", Status.OK, f"{torch.get_num_threads()} of {os.cpu_count()} processors")


def probe() -> Iterator[Finding]:
    """Loads the default engine and generates a motion."""
    from reprise import pipelines

    started = time.perf_counter()
    engine = pipelines.load()
    loaded = time.perf_counter()
    engine.generate(Request("a person walks forward", _SECONDS), lambda progress: None, lambda: False)
    seconds = time.perf_counter() - loaded
    text = f"{_SECONDS:g} s of motion in {seconds:.1f} s, after {loaded - started:.1f} s of loading"
    yield Finding("speed", Status.OK, text)
