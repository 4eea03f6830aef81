"""The engine of the worker: loaded when needed, loaded again when its files change, let go when nobody needs it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from reprise_core.errors import RepriseError

from ..pipelines.base import Engine
from .failures import log_and_explain
from .memory import release_memory

log = logging.getLogger(__name__)


class EngineState(StrEnum):
    LOADING = "loading"
    READY = "ready"
    UNLOADED = "unloaded"
    FAILED = "failed"


@dataclass(frozen=True)
class EngineStatus:
    """What may be told of the engine; `description` is what it last said of itself, also when it is unloaded."""

    state: EngineState = EngineState.LOADING
    error: RepriseError | None = None
    description: Mapping[str, Any] | None = None


class EngineHost:
    """Holds the one engine. Everything but `status`, which is replaced as a whole, belongs to the worker's thread.

    `sources` are the files that `load` reads (checkpoint, library).
    """

    def __init__(self, load: Callable[[], Engine], sources: Sequence[Path] = ()) -> None:
        self.status = EngineStatus()
        self._load, self._sources = load, tuple(sources)
        self._engine: Engine | None = None
        self._stamp: object = None

    @property
    def is_loaded(self) -> bool:
        """Whether there is an engine, which may be out of date."""
        return self._engine is not None

    def engine(self, on_loading: Callable[[], None] = lambda: None) -> Engine:
        """The engine, loaded now if there is none or its files have changed, which `on_loading` is told.

        Raises `RepriseError` when it cannot be loaded; the next call tries again.
        """
        if self._engine is not None and self._stamp != _stamp(self._sources):
            log.info("The library or the checkpoint has changed; loading it again.")
            self._engine = None
        if self._engine is None:
            on_loading()
            self._engine = self._loaded()
        return self._engine

    def look(self) -> None:
        """Notes what the engine says of itself now: a request may have made it load more."""
        if self._engine is not None and self.status.state is EngineState.READY:
            with suppress(RepriseError):  # what is wrong with it, the next request is told
                self.status = replace(self.status, description=dict(self._engine.describe()))

    def unload(self) -> None:
        """Lets the engine go and gives its memory back to the system; the next request loads it again."""
        if self._engine is not None:
            self._engine = None
            release_memory()
            self.status = replace(self.status, state=EngineState.UNLOADED)
            log.info("Engine unloaded: nobody has asked it for anything for a while.")

    def _loaded(self) -> Engine:
        self.status = replace(self.status, state=EngineState.LOADING, error=None)
        started = time.perf_counter()
        # Taken before reading: what changes meanwhile is noticed by the next request.
        self._stamp = _stamp(self._sources)
        try:
            engine = self._load()
            description = dict(engine.describe())
        except BaseException as error:
            failure = log_and_explain(error, "The engine could not be loaded")
            self.status = EngineStatus(EngineState.FAILED, failure)
            raise failure from error
        log.info("Engine loaded in %.1f s.", time.perf_counter() - started)
        self.status = EngineStatus(EngineState.READY, None, description)
        return engine


def _stamp(files: Sequence[Path]) -> list[object]:
    """Changes when one of the files is changed or replaced, or, for SQLite, the log of commits beside it."""
    return [_identity(beside) for file in files for beside in (file, file.with_name(file.name + "-wal"))]


def _identity(file: Path) -> object:
    try:
        about = file.stat()
    except OSError:
        return None
    # An empty log comes and goes with mere readers.
    return (about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns) if about.st_size else None
