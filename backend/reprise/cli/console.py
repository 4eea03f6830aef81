"""What several commands print alike: progress on standard error, one JSON object or plain lines on standard output."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import typer

OnStage = Callable[[str, int, int], None]  # a stage's name, how many of its steps are done, and how many there are


@contextmanager
def progress_bar() -> Iterator[OnStage]:
    """A bar on standard error that says stage and time left; nothing when standard error is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description:<12}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("starting", total=None)
        current = ""

        def on_stage(stage: str, step: int, total: int) -> None:
            nonlocal current
            if stage != current:  # a new stage has its own speed
                bar.reset(task, description=stage, total=total)
                current = stage
            bar.update(task, completed=step, total=total)

        yield on_stage


def print_json(value: Mapping[str, Any]) -> None:
    """One JSON object on standard output, in ASCII, so that no code page can hurt it."""
    typer.echo(json.dumps(value, indent=2))


def note(line: str) -> None:
    """A line for the person, on standard error."""
    typer.echo(line, err=True)
