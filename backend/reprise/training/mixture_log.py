"""What a search of the mixture tells and keeps: embeddings, search.csv, late.csv, progress with the time left."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import TaskID

from reprise.diffusion.mixture import Searched
from reprise_core.motion import write_file

from .mixture_late import Step
from .mixture_search import Candidate
from .progress_bar import progress_bar

SEARCH, LATE, EMBEDDINGS = "search.csv", "late_{:g}_{:g}.csv", "embeddings"
_SEARCH_HEAD = ("w1", "w2", "clips", "fid")
_LATE_HEAD = ("w1", "w2", "w3", "fid", "slope1", "slope2", "slope3")


class MixtureLog:
    """A bar on a terminal, a line a figure everywhere; the files hold all that a resumed run needs."""

    def __init__(self, out: Path, batches: int, iterations: int, console: Console) -> None:
        self._out, self._console = out, console
        self._progress = progress_bar(console, only_terminals=True)
        self._search = self._progress.add_task("searching", total=batches)
        self._learning = self._progress.add_task("learning", total=iterations)
        self._left = {self._search: batches, self._learning: iterations}
        self._spent = {self._search: (0, 0.0), self._learning: (0, 0.0)}  # computed in this run, seconds
        self._mark = time.monotonic()
        self._figures: dict[tuple[float, float, int], float] = {}
        self._late, self._steps = "", list[Step]()

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def kept(self, candidate: Candidate, batch: int, make: Callable[[], NDArray[np.float64]]) -> NDArray[np.float64]:
        """The embeddings of one batch under a candidate, from the folder or made and put there."""
        path = self._out / EMBEDDINGS / f"{candidate[0]:g}_{candidate[1]:g}_{batch}.npy"
        if path.is_file():
            return np.load(path, allow_pickle=False)
        self._mark = time.monotonic()
        rows = make()
        content = io.BytesIO()
        np.save(content, rows)
        write_file(path, content.getvalue())
        self._advance(self._search)
        return rows

    def measured(self, candidate: Candidate, clips: int, fid: float) -> float:
        """Writes a figure down, tells it and returns it; asked for again, it stays silent."""
        key = (*candidate, clips)
        if key not in self._figures:
            self._figures[key] = fid
            self._write(SEARCH, _SEARCH_HEAD, [(*key, value) for key, value in self._figures.items()])
            self._tell(f"w1 {candidate[0]:g}, w2 {candidate[1]:g}: FID {fid:.3f} of {clips} clips", self._search)
        return fid

    def steps(self, found: Searched) -> list[Step]:
        """The iterations that an earlier run made from these early weights."""
        self._late = LATE.format(*found.early)
        path = self._out / self._late
        if path.is_file():
            with path.open(encoding="utf-8", newline="") as file:
                rows = [tuple(map(float, row)) for row in list(csv.reader(file))[1:]]
            self._steps = [Step((a, b, c), fid, (d, e, f)) for a, b, c, fid, d, e, f in rows]
        self._progress.update(self._search, completed=self._progress.tasks[0].total)
        self._progress.update(self._learning, completed=len(self._steps))
        self._left[self._learning] -= len(self._steps)
        self._mark = time.monotonic()
        return list(self._steps)

    def step(self, step: Step) -> None:
        """Keeps and tells one iteration of learning."""
        self._steps.append(step)
        self._write(self._late, _LATE_HEAD, [(*step.weights, step.fid, *step.slopes) for step in self._steps])
        self._advance(self._learning)
        weights = ", ".join(f"{weight:.3f}" for weight in step.weights)
        self._tell(f"iteration {len(self._steps)}: FID {step.fid:.3f} with {weights}", self._learning)

    def _advance(self, task: TaskID) -> None:
        now = time.monotonic()
        count, seconds = self._spent[task]
        self._spent[task] = (count + 1, seconds + now - self._mark)
        self._left[task] -= 1
        self._mark = now
        self._progress.advance(task)

    def _tell(self, line: str, task: TaskID) -> None:
        count, seconds = self._spent[task]
        left = f"; {max(0, self._left[task]) * seconds / count / 60:.0f} min left" if count else ""
        self._console.print(line + left, highlight=False)

    def _write(self, name: str, head: tuple[str, ...], rows: list[tuple[float, ...]]) -> None:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(head)
        writer.writerows([[repr(value) for value in row] for row in rows])
        write_file(self._out / name, text.getvalue().encode())
