"""`run.py check`: formatting, lint and types, each with the one tool that the project uses for it."""

from __future__ import annotations

import subprocess
import tomllib
from collections.abc import Iterator, Sequence

from . import environment as environments
from .console import say
from .environment import ROOT, child_variables


def run_checks(paths: Sequence[str]) -> int:
    """Runs every check, also after one failed, and returns 1 when any did; of everything where no paths are given."""
    main = environments.ensure(environments.main_environment(with_tests=True))
    failed = []
    for program, *arguments in commands(paths):
        shown = " ".join((program, *arguments))
        say(f"$ {shown}")
        result = subprocess.run([main.program(program), *arguments], cwd=ROOT, env=child_variables(), check=False)
        if result.returncode != 0:
            failed.append(shown)
    say(f"Failed: {'; '.join(failed)}" if failed else "Formatting, lint and types are clean.")
    return 1 if failed else 0


def commands(paths: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """The checks of some paths, of all files where there are none; types only of what pyproject.toml has typed."""
    yield ("ruff", "format", "--check", *(paths or ["."]))
    yield ("ruff", "check", *(paths or ["."]))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    typed = [ROOT / folder for folder in project["tool"]["pyright"]["include"]]
    chosen = [path for path in paths if any((ROOT / path).resolve().is_relative_to(folder) for folder in typed)]
    if chosen or not paths:
        yield ("pyright", *chosen)
