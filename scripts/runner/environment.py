"""Environments made from lock files, and the record that says how far one came.

An environment is finished only when its record says so: the record names the step being done before it starts, and the
step's key (a hash of everything that decides it) after it ended. One that broke off in the middle, or whose lock file
changed, is removed and made anew. A folder that this script did not make is filled, never removed.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from reprise_addon.bridge.install import pip_failures, torch_builds
from reprise_addon.bridge.install.environments import size_of
from reprise_addon.bridge.install.machine import this_machine
from reprise_addon.core.errors import RepriseError

from .base_python import find_base
from .console import Refusal, StepFailed, run_logged, say

ROOT = Path(__file__).resolve().parents[2]
BLENDERS = ("4.2", "4.5", "5.0", "5.2")
NEWER_PYTHON = {"5.2": (3, 13)}  # what a bpy wheel is built for, where it is not the Python of all else
RECORD = "reprise-environment.json"
_TEST_TOOLS = 0.8  # gigabytes that the test tools add to the backend, with their downloads


@dataclass(frozen=True)
class Attempt:
    """One way to install: pip's arguments, and a sentence to print before it is tried (may be empty).

    `gigabytes` is what the whole environment takes this way, where that is more than its own `gigabytes`.
    """

    arguments: tuple[str, ...]
    note: str = ""
    gigabytes: float = field(default=0.0, repr=False)  # no part of a step's key: it makes no other environment


@dataclass(frozen=True)
class Step:
    """One `pip install`: `key` changes when it has to be done again, `attempts` are tried until one succeeds.

    A change of a `cheap` step's key repeats only that step; any other makes the whole environment anew.
    """

    name: str
    title: str
    key: str
    attempts: tuple[Attempt, ...]
    cheap: bool = False


@dataclass(frozen=True)
class Environment:
    """A virtual environment at `path`, filled by `steps` in order; `gigabytes` is what it takes while it is made.

    `version` is that of its Python.
    """

    path: Path
    steps: tuple[Step, ...]
    gigabytes: float
    version: tuple[int, int] = (3, 11)

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.program("python")

    def program(self, name: str) -> Path:
        """An installed program of it, such as `reprise`."""
        return self.path / ("Scripts/" + name + ".exe" if os.name == "nt" else "bin/" + name)


@dataclass(frozen=True)
class Record:
    """How far an environment came: the step being done (None when none is), and the finished ones with their keys.

    `adopted`: the folder was there before this script, so it is never removed.
    """

    doing: str | None = None
    done: Mapping[str, str] | None = None
    adopted: bool = False

    def finished(self, steps: tuple[Step, ...]) -> bool:
        """Whether nothing broke off and every step was done as it would be done now."""
        return self.doing is None and all((self.done or {}).get(step.name) == step.key for step in steps)

    def usable(self, steps: tuple[Step, ...]) -> bool:
        """Whether the missing steps can be added; False when something broke off or was done from another lock file."""
        done = self.done or {}
        stale = any(step.name in done and done[step.name] != step.key and not step.cheap for step in steps)
        return self.doing is None and not stale


def main_environment(with_tests: bool) -> Environment:
    """The backend's environment `.venv`: runtime packages, torch, the project itself, and test tools on demand."""
    path = ROOT / ".venv"
    build = _torch_build()
    tools = _TEST_TOOLS if with_tests else 0.0
    steps = [_lock_step("runtime.lock", path), _torch_step(path, build, tools)]
    if with_tests:
        steps.append(_lock_step("test.lock", path))
    project = Attempt(("--no-deps", "--no-build-isolation", "--no-index", "-e", str(ROOT)))
    key = _key(path, (ROOT / "pyproject.toml").read_bytes())
    steps.append(Step("project", "this project", key, (project,), cheap=True))
    return Environment(path, tuple(steps), gigabytes=_gigabytes(build.attempts[0]) + tools)


def blender_environment(version: str) -> Environment:
    """The environment of one Blender as a Python module (bpy wheel): `.cache/bpy-VERSION`."""
    path = ROOT / ".cache" / f"bpy-{version}"
    python = NEWER_PYTHON.get(version, (3, 11))
    return Environment(path, (_lock_step(f"bpy-{version}.lock", path),), gigabytes=1.5, version=python)


def what_is_missing(environment: Environment) -> str:
    """One sentence when there is no Python to make the environment with, an empty one when there is, or it is made."""
    if _is_finished(environment) or find_base(environment.version) is not None:
        return ""
    wanted = f"{environment.version[0]}.{environment.version[1]}"
    return f"{_shown(environment.path)} needs Python {wanted}, and there is none on the PATH or among pyenv's."


def ensure(environment: Environment) -> Environment:
    """Makes the environment where it is not finished, and returns it; raises `Refusal` with what stands in the way."""
    if _is_finished(environment):
        return environment
    with _one_at_a_time():
        if not _is_finished(environment):  # another run may have made it while this one waited
            _make(environment)
    return environment


def child_variables(**more: str) -> dict[str, str]:
    """Environment variables for programs of an environment: nothing of the caller's Python leaks into them."""
    kept = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PIP_USER")}
    return {**kept, "PYTHONNOUSERSITE": "1", "PYTHONUTF8": "1", **more}


def read_record(path: Path) -> Record | None:
    """The record of the environment in `path`; None when there is none. An unreadable one counts as broken off."""
    file = path / RECORD
    if not file.exists():
        return None
    try:
        values: Any = json.loads(file.read_text(encoding="utf-8"))
        return Record(doing=values["doing"], done=dict(values["done"]), adopted=bool(values["adopted"]))
    except (ValueError, KeyError, TypeError):
        return Record(doing="unknown")


def write_record(path: Path, record: Record) -> None:
    """Writes the record whole or not at all."""
    path.mkdir(parents=True, exist_ok=True)
    temporary = path / f"{RECORD}.part"
    values = {"doing": record.doing, "done": dict(record.done or {}), "adopted": record.adopted}
    temporary.write_text(json.dumps(values, indent=1), encoding="utf-8")
    temporary.replace(path / RECORD)


def start(environment: Environment) -> Record:
    """Brings the folder into a state that steps can be done in, and returns its record.

    What broke off or is out of date is removed, unless this script did not make it.
    """
    path = environment.path
    record = read_record(path)
    if record is None:
        adopted = path.exists() and any(path.iterdir())
        return Record(done={}, adopted=adopted)
    if record.adopted or (record.usable(environment.steps) and environment.python.exists()):
        return replace(record, doing=None)
    say(f"  {_shown(path)} is unfinished or out of date: making it anew")
    shutil.rmtree(path)
    return Record(done={})


def _is_finished(environment: Environment) -> bool:
    record = read_record(environment.path)
    return record is not None and record.finished(environment.steps) and environment.python.exists()


def _make(environment: Environment) -> None:
    path = environment.path
    say(f"Making {_shown(path)} (needs about {environment.gigabytes:.2g} GB)")
    try:
        record = start(environment)
        _check_space(environment, environment.gigabytes)
        if not environment.python.exists():
            base = find_base(environment.version)
            if base is None:
                raise Refusal(what_is_missing(environment))
            write_record(path, replace(record, doing="venv"))
            _run(environment, "empty environment", "venv", (str(base), "-m", "venv", str(path)))
        for step in environment.steps:
            if (record.done or {}).get(step.name) != step.key:
                write_record(path, replace(record, doing=step.name))
                _install(environment, step)
                record = replace(record, doing=None, done={**(record.done or {}), step.name: step.key})
                write_record(path, record)
    except OSError as error:
        raise Refusal(str(pip_failures.explain(str(error), environment.gigabytes, ""))) from error


def _install(environment: Environment, step: Step) -> None:
    pip = (str(environment.python), "-m", "pip", "install", "--no-input", "--disable-pip-version-check")
    pip += ("--no-warn-script-location", "--progress-bar", "off", "--retries", "2")
    for index, attempt in enumerate(step.attempts):
        if attempt.note:
            say(attempt.note)
        _check_space(environment, attempt.gigabytes)
        try:
            _run(environment, step.title, step.name, (*pip, *attempt.arguments), last=index == len(step.attempts) - 1)
            return
        except StepFailed:
            continue


def _run(environment: Environment, title: str, name: str, command: tuple[str, ...], last: bool = True) -> None:
    log = ROOT / ".cache" / "logs" / f"{environment.path.name.lstrip('.')}-{name}.log"
    try:
        run_logged(title, command, log, ROOT, child_variables())
    except StepFailed as failure:
        if not last:
            raise
        raise Refusal(str(pip_failures.explain(failure.output, environment.gigabytes, _shown(log)))) from failure


def _check_space(environment: Environment, gigabytes: float) -> None:
    """Raises `Refusal` where there is no room for what of so many gigabytes is not in the environment yet."""
    free = shutil.disk_usage(ROOT).free / 1e9
    lacking = gigabytes - size_of(environment.path) / 1e9
    if free < lacking:
        raise Refusal(
            f"Only {free:.1f} GB are free here and {_shown(environment.path)} needs about "
            f"{lacking:.2g} GB: free some space and run the same command again."
        )


def _lock_step(name: str, path: Path) -> Step:
    lock = ROOT / "requirements" / name
    if not lock.is_file():
        raise Refusal(f"The lock file {_shown(lock)} is missing: this copy of the project is incomplete.")
    text = lock.read_text(encoding="utf-8")
    packages = sum("==" in line for line in text.splitlines())
    attempt = Attempt(("--no-deps", "--require-hashes", "-r", str(lock)))
    return Step(name, f"{packages} packages of {name}", _key(path, text.encode()), (attempt,))


def _torch_build() -> torch_builds.TorchBuild:
    try:
        return torch_builds.choose_build(this_machine())
    except RepriseError as error:
        raise Refusal(str(error)) from error


def _torch_step(path: Path, build: torch_builds.TorchBuild, tools: float) -> Step:
    locked = ("--no-deps", "--require-hashes", "-r", str(ROOT / "requirements" / "torch-pypi.lock"))
    attempts = tuple(
        Attempt(
            (way.requirement, *way.options) if way.requirement else locked,
            way.note and f"  {way.note}",
            _gigabytes(way) + tools,
        )
        for way in build.attempts
    )
    return Step("torch", f"torch {torch_builds.VERSION}", _key(path, repr(attempts).encode()), attempts)


def _gigabytes(way: torch_builds.Attempt) -> float:
    """What the backend takes with torch got this way, and what pip downloads meanwhile."""
    return (way.size.disk + way.size.download) / 1e9


def _key(path: Path, what: bytes) -> str:
    """Hash of what decides a step: its input, the Python, and the place (environments cannot be moved)."""
    python = f"{sys.version_info[0]}.{sys.version_info[1]}"
    return hashlib.sha256(b"\0".join((python.encode(), str(path).encode(), what))).hexdigest()


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Two runs at once would fill the same folder: the second waits for the first."""
    lock = ROOT / ".cache" / "run.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a+b") as file:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield
