"""Many prompts, one result each: a journal says what is done, workers make the rest, whichever way they run.

A worker is anything that turns requests into files' bytes: this process (`local`), or a cluster's actors
(`reprise.pipelines.cluster`). Only this process writes, so that no row can have two results.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from reprise import assets
from reprise_core.contract import Request
from reprise_core.errors import RepriseError
from reprise_core.motion import Motion, to_npz
from reprise_core.prompt_list import Row

from .base import Engine
from .journal import Entry, Journal, recipe_of


@dataclass(frozen=True)
class Made:
    """A worker's answer for the row `name`: a motion file's bytes with what built it, or an error."""

    name: str
    motion: bytes | None = None
    references: tuple[str, ...] = ()
    generation_s: float = 0.0
    error: RepriseError | None = None


@dataclass(frozen=True)
class Counts:
    """Rows of a run: made now, already there, failed."""

    made: int = 0
    skipped: int = 0
    failed: int = 0


Work = dict[str, Request]  # rows to make, by name
Workers = Callable[[Work], Iterable[Made]]


def run(
    rows: Sequence[Row],
    journal: Journal,
    recipes: Callable[[Request], str],
    workers: Workers,
    on_row: Callable[[Entry], None] = lambda entry: None,
) -> Counts:
    """Makes every row that the journal does not call finished; bad rows and failed ones are journalled with a reason.

    Raises `RepriseError` when the workers end before the rows do; what was made stays, and the next run goes on.
    """
    todo: Work = {}
    skipped = failed = made = 0

    def note(entry: Entry, motion: bytes | None) -> None:
        journal.add(entry, motion)
        on_row(entry)

    for row in rows:
        if row.request is None:
            failed += 1
            note(Entry(row.name, "", row.prompt, 0.0, _told(row.error)), None)
        elif journal.finished(row.name, recipes(row.request)):
            skipped += 1
        else:
            todo[row.name] = row.request
    for answer in workers(dict(todo)) if todo else ():
        request = todo.pop(answer.name, None)
        if request is None:  # a row that was given out twice, because a worker was thought lost
            continue
        failed, made = failed + (answer.error is not None), made + (answer.error is None)
        told = None if answer.error is None else _told(answer.error)
        recipe = recipes(request)
        seconds = sum(segment.seconds for segment in request.segments)
        built = (answer.references, answer.generation_s)
        note(Entry(answer.name, recipe, request.prompt, seconds, told, *built), answer.motion)
    if todo:
        sentence = f"{len(todo)} of {len(rows)} prompts have no result, because no worker is left."
        raise RepriseError("no_worker", sentence, "Run the same command again: it goes on where it stopped.")
    return Counts(made, skipped, failed)


def local(engine: Engine, on_progress: Callable[[str], None] = lambda name: None) -> Workers:
    """One row after the other in this process."""

    def work(todo: Work) -> Iterator[Made]:
        for name, request in todo.items():
            on_progress(name)
            yield make(engine, name, request)

    return work


def make(engine: Engine, name: str, request: Request) -> Made:
    """One row's motion, or why there is none."""
    try:
        motion: Motion = engine.generate(request, lambda progress: None, lambda: False)[0]
    except RepriseError as error:
        return Made(name, error=error)
    except Exception as error:  # one row must not end the others
        return Made(name, error=RepriseError("internal", f"Unexpected {type(error).__name__}: {error}."))
    references = tuple(reference["id"] for reference in motion.meta.get("references", []))
    seconds = round(sum(motion.meta.get("timings", {}).values()), 4)
    return Made(name, to_npz([motion]), references, seconds)


def recipes_of(
    engine: str,
    checkpoint: Path | None,
    library: Path | None,
    choices: Mapping[str, str | None] = MappingProxyType({}),
) -> Callable[[Request], str]:
    """`recipe_of` for what makes a row, by content: its engine's weights, the library, and the retriever that ships.

    `checkpoint` is weights for `engine`; without it, and for the other engines, those that ship. `choices` are
    remodiffuse's other arguments of `pipelines.load` that change motion; None is what it does without.
    Raises `RepriseError` when a file cannot be read.
    """
    clips = [_digest(path) for path in (library or assets.LIBRARY, assets.RETRIEVER)]
    made = {name: choice for name, choice in choices.items() if choice is not None}

    @cache
    def files(name: str) -> str:
        weights = checkpoint if checkpoint and name == engine else assets.CHECKPOINTS[name]
        return json.dumps([_digest(weights), *clips, made if name == "remodiffuse" else {}], sort_keys=True)

    files(engine)  # what cannot be read is said before anything is made
    return lambda request: recipe_of(request, files(request.engine))


def _digest(path: Path) -> str:
    return hashlib.sha256(_content(path)).hexdigest()


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        sentence = f"'{path}' cannot be read ({error.strerror})."
        raise RepriseError("bad_file", sentence, "Check --checkpoint and --library.") from error


def _told(error: RepriseError | None) -> dict[str, str]:
    error = error or RepriseError("bad_row", "The row has no request.")
    return {"code": error.code, "message": error.message, "hint": error.hint}
