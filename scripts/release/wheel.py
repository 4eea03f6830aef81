"""The package `reprise` as a wheel, with its weights and its starter library."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from runner.console import Refusal
from runner.environment import ROOT, child_variables

from .archive import make_reproducible

_FOLDERS = ("addon/core", "backend/reprise", "LICENSES")
_FILES = ("pyproject.toml", "README.md", "LICENSE")
JUNK = ("__pycache__", "*.pyc", ".*")


def build_wheel(out: Path) -> Path:
    """Builds it into the folder `out` and returns its path; raises `Refusal` where this Python cannot."""
    if importlib.util.find_spec("setuptools") is None:
        raise Refusal("This Python has no setuptools: run it with the project's own, .venv/bin/python.")
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:  # setuptools leaves its build folder beside the sources
        copy, built = Path(name) / "source", Path(name) / "built"
        for part in _FOLDERS:
            shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns(*JUNK))
        for part in _FILES:
            shutil.copy(ROOT / part, copy / part)
        run_pip("wheel", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", built, copy)
        (wheel,) = built.glob("reprise-*.whl")
        make_reproducible(wheel)
        return Path(shutil.move(wheel, out / wheel.name))


def run_pip(*arguments: str | Path) -> None:
    """Runs this Python's pip; raises `Refusal` with its last words when it fails."""
    command = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, env=child_variables(), check=False)
    if done.returncode != 0:
        raise Refusal(f"pip {arguments[0]} failed: {done.stderr.strip() or done.stdout.strip()}")
