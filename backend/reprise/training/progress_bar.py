"""How far a training or a search is, on a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn


def progress_bar(console: Console, *, only_terminals: bool = False) -> Progress:
    """A line a task: its name, a bar, steps done, time spent and left. `only_terminals`: none into files and pipes."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=only_terminals and not console.is_terminal,
    )
