"""Whichever engine a request names, as one engine: what a service and a list of prompts need."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from reprise_core.contract import ENGINES, Progress, Reference, Request
from reprise_core.motion import Motion

from .base import Engine, IsCancelled, OnProgress


class Engines:
    """The first of `names` is loaded now, the others when a request first names them; `load` makes one of them."""

    def __init__(self, names: Sequence[str], load: Callable[[str], Engine]) -> None:
        self._names, self._load = tuple(names), load
        self._loaded = {names[0]: load(names[0])}

    def describe(self) -> Mapping[str, Any]:
        """What the first engine says of itself, all `engines` that can be asked for, and those that are `loaded`."""
        first = self._loaded[self._names[0]].describe()
        return {**first, "engines": list(self._names), "loaded": list(self._loaded)}

    def retrieve(self, request: Request) -> list[Reference]:
        """See `Engine.retrieve`."""
        return self._named(request.engine).retrieve(request)

    def generate(self, request: Request, on_progress: OnProgress, is_cancelled: IsCancelled) -> list[Motion]:
        """See `Engine.generate`."""
        if request.engine not in self._loaded:
            on_progress(Progress("loading", 0, 1))
        return self._named(request.engine).generate(request, on_progress, is_cancelled)

    def _named(self, name: str) -> Engine:
        if name not in self._loaded:
            self._loaded[name] = self._load(name)
        return self._loaded[name]


def load_around(
    engine: str,
    *,
    names: Sequence[str] = ENGINES,
    checkpoint: Path | None = None,
    library: Path | None = None,
    retriever: Path | None = None,
    device: str = "auto",
    precision: str | None = None,
    mixture: str | None = None,
    compiled: bool = False,
) -> Engines:
    """`engine`, loaded now, and the others of `names` once a request names them.

    `checkpoint` is weights for `engine`; the others have those that ship. `precision`, `mixture` and `compiled` go to
    remodiffuse, whichever engine comes first. All are those of `pipelines.load`, which says what it raises.
    """
    from . import load

    def named(name: str) -> Engine:
        weights, diffusing = checkpoint if name == engine else None, name == "remodiffuse"
        return load(
            name, checkpoint=weights, library=library, retriever=retriever, device=device,
            precision=precision if diffusing else None, mixture=mixture if diffusing else None,
            compiled=compiled and diffusing,
        )  # fmt: skip

    return Engines((engine, *(name for name in names if name != engine)), named)
