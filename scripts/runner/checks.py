"""`run.py check`: formatting, lint and types, each with the one tool that the project uses for it."""

from __future__ import annotations

import subprocess

from . import environment as environments
from .console import say
from .environment import ROOT, child_variables

CHECKS = (("ruff", "format", "--check", "."), ("ruff", "check", "."), ("pyright",))


def run_checks() -> int:
    """Runs every check, also after one failed, and returns 1 when any did."""
    main = environments.ensure(environments.main_environment(with_tests=True))
    failed = []
    for program, *arguments in CHECKS:
        shown = " ".join((program, *arguments))
        say(f"$ {shown}")
        result = subprocess.run([main.program(program), *arguments], cwd=ROOT, env=child_variables(), check=False)
        if result.returncode != 0:
            failed.append(shown)
    say(f"Failed: {'; '.join(failed)}" if failed else "Formatting, lint and types are clean.")
    return 1 if failed else 0
